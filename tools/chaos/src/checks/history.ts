import type { Breach } from './breach.ts'
import type { EventFact, Evidence, RunFact, RunStatus, StepFact, StepStatus } from './evidence.ts'

/** Whether what each run, its ledger and its history say is the same. */
export function checkHistories({ runs, steps, events }: Evidence): readonly Breach[] {
  const stepsOf = Map.groupBy(steps, ({ runId }) => runId)
  const eventsOf = Map.groupBy(events, ({ runId }) => runId)
  return runs.flatMap((run) => {
    const history = eventsOf.get(run.id) ?? []
    const ledger = stepsOf.get(run.id) ?? []
    const breach = (what: string): Breach => ({ check: 'history', what, runId: run.id })
    return [
      ...gaps(run, history),
      ...statusOf(run, history),
      ...ledgerOf(ledger, history),
      ...placesOf(ledger),
    ].map(breach)
  })
}

function gaps({ eventSeq }: RunFact, history: readonly EventFact[]): string[] {
  const missing = Array.from({ length: eventSeq }, (_, n) => n + 1).filter(
    (seq) => history[seq - 1]?.seq !== seq,
  )
  if (history.length === eventSeq && missing.length === 0) return []
  return [`it has counted ${eventSeq} events, and there are ${history.length}; see ${missing[0]}`]
}

/** What each event makes of a run; the others leave it as it is. */
const runAfter: Readonly<Record<string, RunStatus | 'on'>> = {
  run_created: 'pending',
  run_claimed: 'on',
  run_waiting: 'waiting',
  compensation_started: 'compensating',
  roll_back_requested: 'compensating',
  run_resumed: 'on',
  run_completed: 'completed',
  run_rolled_back: 'rolled_back',
  run_failed: 'failed',
  run_abandoned: 'failed',
  run_parked: 'parked',
}
const atRest: readonly string[] = ['completed', 'rolled_back', 'failed', 'parked']

function statusOf({ status }: RunFact, history: readonly EventFact[]): string[] {
  let told: RunStatus | 'on' | undefined
  for (const { type } of history) {
    const next = runAfter[type]
    // A claim of what has ended is to tell it something, and ends nothing.
    const stays = type === 'run_claimed' && told !== undefined && atRest.includes(told)
    if (next !== undefined && !stays) told = next
  }
  // What is under way says no more than that; it is another check's that nothing is.
  if (told === status || told === 'on' || !atRest.includes(status)) return []
  return [`its row says ${status}, and its history ${told ?? 'nothing'}`]
}

/** What each event makes of a step; the others leave it as it is. */
const stepAfter: Readonly<Record<string, StepStatus>> = {
  step_opened: 'running',
  step_not_called: 'waiting',
  step_asleep: 'waiting',
  step_awaiting: 'waiting',
  step_answered: 'completed',
  step_rejected: 'failed',
  child_started: 'waiting',
  step_issued: 'waiting',
  step_completed: 'completed',
  step_retrying: 'waiting',
  step_failed: 'failed',
  step_unknown: 'unknown',
  undo_opened: 'compensating',
  step_compensated: 'compensated',
  undo_failed: 'compensation_failed',
  doubt_unsettled: 'unknown',
  step_retried: 'waiting',
  step_skipped: 'skipped',
  step_resolved: 'completed',
  undo_skipped: 'undo_skipped',
  undo_resolved: 'compensated',
}

function ledgerOf(ledger: readonly StepFact[], history: readonly EventFact[]): string[] {
  const told = new Map<number, StepStatus>()
  for (const { idx, type } of history) {
    if (idx === null) continue
    const before = told.get(idx)
    // A stray effect that is being taken back with the step needs nothing more.
    const unsettled = type === 'stray_unsettled' && before !== 'compensating'
    const next = unsettled ? 'unknown' : stepAfter[type]
    if (next !== undefined) told.set(idx, next)
  }
  const ofLedger = ledger
    .filter(({ idx, status }) => !fits(told.get(idx), status))
    .map(
      ({ idx, name, status }) =>
        `step ${idx} (${name}) is ${status} in the ledger, and ${told.get(idx) ?? 'not there'} in the history`,
    )
  const rows = new Set(ledger.map(({ idx }) => idx))
  const ofHistory = [...told.keys()]
    .filter((idx) => !rows.has(idx))
    .map((idx) => `step ${idx} is in the history, and not in the ledger`)
  return [...ofLedger, ...ofHistory]
}

/** A call that was cut off is unknown from the next claim on, which says so of all of them at once. */
function fits(told: StepStatus | undefined, status: StepStatus): boolean {
  return told === status || (told === 'running' && status === 'unknown')
}

function placesOf(ledger: readonly StepFact[]): string[] {
  return ledger.every(({ idx }, n) => idx === n) ? [] : ['its ledger has a gap']
}
