import type { Asked } from '../asked.ts'
import type { Decision, InFlight, StepCall } from '../decision.ts'
import type { SagaEventData } from '../event.ts'
import type { RunState } from '../evolve.ts'
import { groupAt } from '../plan.ts'
import { hasEnded, isDone, mayHaveLeftSomething, needsLocks } from '../run.ts'
import type { SimulatedRun } from './simulated-run.ts'
import type { Simulation } from './simulation.ts'
import type { Effect } from './step-world.ts'

/** What has to hold of every run, at every step of its way and at its end. */
export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}

/** Nobody can know of it: it came when its absence had been believed, and is told to nobody. */
function isHidden({ late, reported, doubted }: Effect): boolean {
  return late && !reported && !doubted
}

function standing(run: SimulatedRun, idx: number): readonly Effect[] {
  return run.worldAt(idx).effects.filter((effect) => !isHidden(effect))
}

export function checkDecision(run: SimulatedRun, decision: Decision, inFlight: InFlight): void {
  if (decision.type !== 'wait') return
  must(inFlight.size === 0, 'it waits while calls are under way')
  const { until, waitsFor } = decision
  must(until === null || until > run.simulation.now, 'it waits for a time that is over')
  must(until !== null || isWoken(run, waitsFor), `nothing will wake it from waiting: ${waitsFor}`)
}

function isWoken(run: SimulatedRun, waitsFor: string): boolean {
  return run.state.steps.some(({ idx, status, receipt }) => {
    const { kind } = run.definitionAt(idx)
    if (waitsFor === 'signal') return kind === 'signal' && status === 'waiting'
    if (kind !== 'child' || (status !== 'waiting' && status !== 'compensating')) return false
    const child = run.simulation.childrenOf(run, idx).at(-1)
    const told = run.inbox.some(({ type, stepIdx }) => type === 'child_ended' && stepIdx === idx)
    const asked = child?.inbox.some(({ type }) => type === 'roll_back') === true
    return (
      receipt !== null &&
      child !== undefined &&
      (!hasEnded(child.written.run.status) || told || asked)
    )
  })
}

export function checkEvent(run: SimulatedRun, event: SagaEventData, before: RunState): void {
  switch (event.type) {
    case 'run_claimed':
      for (const [idx, { deadlineAt, undoDeadlineAt }] of before.steps.entries()) {
        const after = run.rowAt(idx)
        must(after.deadlineAt === deadlineAt, 'a takeover moves a deadline')
        must(after.undoDeadlineAt === undoDeadlineAt, 'a takeover moves the deadline of an undo')
      }
      return
    case 'compensation_started':
    case 'roll_back_requested':
      must(!isPivotOut(run), 'it goes back though a pivot has taken effect')
      return
    case 'step_opened':
    case 'step_asleep':
    case 'step_awaiting':
    case 'child_started':
      checkRoom(run, event.idx)
      return
    default:
      return
  }
}

function isPivotOut(run: SimulatedRun): boolean {
  return run.plan.some(({ effect, kind }, idx) => {
    if (effect !== 'pivot') return false
    if (kind === 'child') return run.simulation.childrenOf(run, idx).some(isPivotOut)
    return run.worldAt(idx).effects.some(({ late }) => !late)
  })
}

function checkRoom({ state: { run, steps }, reopened }: SimulatedRun, idx: number): void {
  const most = run.plan[idx]?.atOnce
  const group = groupAt(run.plan, idx)
  must(run.direction === 'forward', 'a step is begun on the way back')
  if (group === undefined || most === undefined) return
  const open = steps
    .slice(group.first, group.last + 1)
    .filter((step) => !isDone(step.status) && !reopened.has(step.idx))
  must(open.length <= most, `${open.length} steps are open where ${most} may be`)
}

export function checkCall(run: SimulatedRun, call: StepCall, idx: number): void {
  const { state } = run
  must(!needsLocks(state.run), `${call} is called without the locks`)
  if (call === 'do') {
    must(state.run.direction === 'forward', 'do is called on the way back')
    const { effect, idempotent, kind } = run.definitionAt(idx)
    const blind = run.worldAt(idx).unclearSince !== null
    const repeatable = idempotent || effect === 'read' || kind === 'transact'
    must(repeatable || !blind, 'do is called though it may have had an effect')
  }
  if (call === 'undo') checkOrder(run, idx)
}

function checkOrder(run: SimulatedRun, idx: number): void {
  const { plan } = run.state.run
  const last = groupAt(plan, idx)?.last ?? idx
  for (const { idx: later, status } of run.state.steps.slice(last + 1)) {
    must(!mayHaveLeftSomething(status), `step ${idx} is undone before step ${later} is settled`)
    const left = ['compensation_failed', 'undo_skipped'].includes(status)
    const own = run.hasEffect(later) && standing(run, later).some(({ late }) => !late)
    must(left || !own, `step ${idx} is undone while the effect of step ${later} stands`)
  }
}

export function checkHeeded(
  run: SimulatedRun,
  { payload, type }: Asked,
  refused: string | undefined,
  meant: readonly SagaEventData[],
  before: RunState,
): void {
  if (refused === undefined || JSON.stringify(payload).includes('parent')) return
  // A cancel that comes too late is noted: should a pivot prove absent, it is followed.
  if (type === 'cancel') {
    must(
      meant.every((event) => event.type === 'cancel_requested'),
      'a refused cancel acts',
    )
    return
  }
  must(run.state.run === before.run && run.state.steps === before.steps, `a refused ${type} acts`)
  must(meant.length > 0, `a refused ${type} leaves no trace`)
}

/** When nothing happens by itself any more: it has ended, is parked, or waits for somebody. */
export function checkRest(run: SimulatedRun): void {
  const { status, waitsFor } = run.state.run
  const waits = status === 'waiting' && (waitsFor === 'signal' || waitsFor === 'child')
  must(hasEnded(status) || status === 'parked' || waits, `run ${run.id} rests as ${status}`)
  if (waits) must(isWoken(run, waitsFor), `nothing will wake run ${run.id} from ${waitsFor}`)
  if (status === 'parked') {
    must(
      /^[a-z_]+:[\w, ]*$/.test(run.state.run.parked?.reason ?? ''),
      'it does not say why it is parked',
    )
  }
}

export function checkEnds({ runs }: Simulation): void {
  for (const run of runs) {
    must(
      run.state.steps.every(({ idx }, n) => idx === n),
      'the ledger has a gap',
    )
    switch (run.status) {
      case 'completed':
        checkCompleted(run)
        break
      case 'rolled_back':
        checkRolledBack(run)
        break
      case 'failed':
        checkFailed(run)
        break
      default:
        break
    }
  }
}

function checkCompleted(run: SimulatedRun): void {
  const { steps } = run.state
  must(steps.length === run.plan.length, 'it completed without all of its steps')
  for (const { idx, status } of steps) {
    must(isDone(status), `it completed with step ${idx} ${status}`)
    const visible = standing(run, idx).length
    if (status === 'skipped' || !run.hasEffect(idx)) {
      must(visible === 0, `step ${idx} has an effect that it should not have`)
    } else {
      must(run.worldAt(idx).effects.length > 0, `the effect of step ${idx} is not there`)
      must(visible <= 1, `step ${idx} has ${visible} effects`)
    }
  }
}

function checkRolledBack(run: SimulatedRun): void {
  for (const idx of run.plan.keys()) {
    must(standing(run, idx).length === 0, `run ${run.id} rolled back, but step ${idx} stands`)
    for (const child of run.simulation.childrenOf(run, idx)) {
      if (hasEnded(child.status) && !isRevived(child)) checkRolledBack(child)
    }
  }
}

/** A child had rolled back, and a stray effect came to light afterwards: it tells of that itself. */
function isRevived({ hasRolledBack, status }: SimulatedRun): boolean {
  return hasRolledBack && status === 'failed'
}

function checkFailed(run: SimulatedRun): void {
  const { error } = run.state.run
  const named = new Set(error?.left_behind?.map(({ idx }) => idx))
  for (const { idx, status } of run.state.steps) {
    const stands = standing(run, idx).length > 0
    must(named.has(idx) || !stands, `it failed and does not name step ${idx}, which stands`)
    const may =
      mayHaveLeftSomething(status) || status === 'compensation_failed' || status === 'undo_skipped'
    must(!named.has(idx) || may, `it names step ${idx}, which is ${status}`)
  }
  must(named.size > 0 || run.isAbandoned, 'it failed and names nothing')
}
