import type { Breach } from './breach.ts'
import type { Evidence, RunFact, StepFact, StepStatus } from './evidence.ts'
import { standingStill } from './standing.ts'

/** Whether each saga was started once, has ended or is parked with a reason, and is nobody's. */
export function checkRuns({ keys, runs, locks, unreadStrays }: Evidence): readonly Breach[] {
  const started = Map.groupBy(
    runs.filter(({ parentId }) => parentId === null),
    ({ startKey }) => startKey,
  )
  const breaches: Breach[] = keys
    .filter((key) => started.get(key)?.length !== 1)
    .map((key) => ({
      check: 'started once',
      what: `the start "${key}" has made ${started.get(key)?.length ?? 0} runs`,
    }))
  const planned = new Set(keys)
  const still = stillIn({ runs, locks })
  for (const run of runs) {
    const { id: runId, status, parked, workerId, error } = run
    if (run.parentId === null && !planned.has(run.startKey ?? '')) {
      breaches.push({ check: 'started once', runId, what: 'nobody has started it' })
    }
    if (!run.ended && !still.has(runId)) {
      breaches.push({ check: 'ended or parked', runId, what: `it is still ${status}` })
    }
    if (status === 'parked' && !knownReasons.test(parked?.reason ?? '')) {
      const what = `it is parked for "${parked?.reason ?? ''}", which is no reason`
      breaches.push({ check: 'ended or parked', runId, what })
    }
    if (status === 'failed' && (error?.left_behind ?? []).length === 0) {
      const what = 'it has failed, and names nothing that it left behind'
      breaches.push({ check: 'ended or parked', runId, what })
    }
    if (workerId !== null) {
      breaches.push({ check: 'held by nobody', runId, what: `worker ${workerId} still holds it` })
    }
  }
  for (const { runId } of unreadStrays) {
    const what = 'a stray effect of it was reported, and never taken up'
    breaches.push({ check: 'strays taken up', runId, what })
  }
  return breaches
}

function stillIn({ runs, locks }: Pick<Evidence, 'runs' | 'locks'>): ReadonlySet<string> {
  const open = runs.filter(({ ended }) => !ended)
  return standingStill(open, locks)
}

/** As the engine's README lists them. Of `asked` and `unknown_step` there is nothing here. */
const knownReasons =
  /^(step_failed|outcome_unknown|undo_exhausted|stray_effect|irreversible|plan_mismatch|stalled):./

/** What the steps of a run of each status may be. */
const legal: Readonly<Partial<Record<RunFact['status'], readonly StepStatus[]>>> = {
  completed: ['completed', 'skipped'],
  rolled_back: ['failed', 'compensated', 'skipped'],
}

/** Whether the ledger of each run fits how it ended, and children how their parents did. */
export function checkLedgers({ runs, steps }: Evidence): readonly Breach[] {
  const stepsOf = Map.groupBy(steps, ({ runId }) => runId)
  const childrenOf = Map.groupBy(
    runs.filter(({ parentId }) => parentId !== null),
    ({ parentId }) => parentId,
  )
  return runs.flatMap((run) => {
    const ledger = stepsOf.get(run.id) ?? []
    const breach = (what: string): Breach => ({ check: 'ledger', what, runId: run.id })
    return [...illegal(run, ledger), ...children(run, ledger, childrenOf.get(run.id) ?? [])].map(
      breach,
    )
  })
}

function illegal({ status, plan }: RunFact, ledger: readonly StepFact[]): string[] {
  const allowed = legal[status]
  if (allowed === undefined) return []
  const wrong = ledger
    .filter((step) => !allowed.includes(step.status))
    .map(({ idx, name, status: of }) => `it is ${status}, and its step ${idx} (${name}) is ${of}`)
  if (status === 'completed' && ledger.length !== plan.length) {
    wrong.push(`it is completed, with ${ledger.length} of ${plan.length} steps`)
  }
  return wrong
}

function children(run: RunFact, ledger: readonly StepFact[], own: readonly RunFact[]): string[] {
  return own.flatMap(({ id, status, parentStep, parked }) => {
    const step = ledger[parentStep ?? -1]
    if (step === undefined) return [`its child ${id} belongs to none of its steps`]
    const undone = step.status === 'compensated' || step.status === 'failed'
    const agrees =
      (step.status === 'completed' && status === 'completed') ||
      (undone && status === 'rolled_back') ||
      (!run.ended && !undone) ||
      // It had ended, and its parent was told so; what has parked it came to light afterwards.
      parked?.reason.startsWith('stray_effect:') === true
    return agrees ? [] : [`its step ${step.idx} is ${step.status}, and the child ${id} ${status}`]
  })
}

/** Whether locks are held by parked runs, and waited for by those behind them, alone. */
export function checkLocks({ runs, locks }: Evidence): readonly Breach[] {
  const statusOf = new Map(runs.map(({ id, status }) => [id, status]))
  const still = stillIn({ runs, locks })
  return locks
    .filter(({ runId }) => !still.has(runId))
    .map(({ key, runId, held }) => ({
      check: 'locks',
      runId,
      what: `the lock ${key} is ${held ? 'held' : 'waited for'} by a run that is ${statusOf.get(runId) ?? 'not there'}`,
    }))
}
