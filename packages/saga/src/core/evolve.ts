import { isStepEvent, type SagaEvent } from './event.ts'
import { evolveLedger } from './ledger.ts'
import { groupAt } from './plan.ts'
import { isDone, type LeftBehind, mayHaveLeftSomething, type Run, type StepRecord } from './run.ts'
import { nextRunStatus } from './transitions.ts'

/** A run and its ledger: all that a decision is made of. `steps[i].idx` is `i`. */
export interface RunState {
  readonly run: Run
  readonly steps: readonly StepRecord[]
}

/**
 * The state after an event. Pure.
 * @throws {@link IllegalTransition} when the state does not allow the event
 */
export function evolve(state: RunState, event: SagaEvent): RunState {
  if (isStepEvent(event)) {
    const steps = evolveLedger(state.steps, event)
    return { steps, run: { ...state.run, currentStep: currentStep(state.run, steps) } }
  }
  const evolved = { ...state, run: evolveRun(state, event) }
  switch (event.type) {
    case 'run_claimed':
      return settleInterrupted(evolved, event)
    case 'compensation_started':
      return lookAgain(evolved)
    default:
      return evolved
  }
}

/** On the way back the world is asked afresh: what it would not say before, it may say now. */
function lookAgain({ run, steps }: RunState): RunState {
  const asked = steps.map((step) =>
    step.status === 'unknown' ? { ...step, failedLookups: 0, nextAt: null } : step,
  )
  return { run, steps: asked }
}

/**
 * Where a run stands: on the way forward at the first step that is not done, or the first of those
 * that run at once with it; on the way back at the last that may have left something, or -1.
 */
function currentStep({ plan, direction }: Run, steps: readonly StepRecord[]): number {
  if (direction === 'undo') return steps.findLastIndex(({ status }) => mayHaveLeftSomething(status))
  const undone = steps.findIndex(({ status }) => !isDone(status))
  const idx = undone === -1 ? steps.length : undone
  return groupAt(plan, idx)?.first ?? idx
}

type RunEvent = Exclude<SagaEvent, { idx: number }>

function evolveRun({ run, steps }: RunState, event: RunEvent): Run {
  const status = nextRunStatus(run.status, event.type)
  switch (event.type) {
    case 'run_claimed':
      return {
        ...run,
        status: status === 'running' && run.direction === 'undo' ? 'compensating' : status,
        waitsFor: null,
        wakeAt: null,
        startedAt: run.startedAt ?? event.now,
      }
    case 'locks_acquired':
      return { ...run, locksHeld: true }
    case 'cancel_requested':
      return {
        ...run,
        cancelRequestedAt: run.cancelRequestedAt ?? event.at,
        cancelRequestedBy: run.cancelRequestedBy ?? event.actor,
      }
    case 'run_waiting':
      return { ...run, status, waitsFor: event.waitsFor, wakeAt: event.until }
    case 'compensation_started':
      return {
        ...run,
        status,
        direction: 'undo',
        parked: null,
        currentStep: event.from,
        error: { reason: event.reason, compensate_from_idx: event.from },
      }
    case 'run_parked': {
      const { reason, step } = event
      return { ...run, status, parked: { reason, step }, endedAt: null }
    }
    case 'run_resumed':
      return {
        ...run,
        status: run.direction === 'undo' ? 'compensating' : status,
        parked: null,
        currentStep: currentStep(run, steps),
      }
    case 'run_abandoned': {
      const error = run.error ?? { reason: 'abandoned', compensate_from_idx: run.currentStep }
      const left_behind = event.leftBehind
      const endedAt = run.endedAt ?? event.now
      const ended = { status, parked: null, endedAt, locksHeld: false }
      return { ...run, ...ended, error: { ...error, left_behind } }
    }
    case 'roll_back_requested':
      return {
        ...run,
        status,
        direction: 'undo',
        currentStep: event.from,
        error: { reason: 'rolled_back', compensate_from_idx: event.from },
        endedAt: null,
      }
    case 'act_refused':
      return run
    case 'run_completed':
    case 'run_rolled_back':
      return { ...run, status, endedAt: event.now, locksHeld: false }
    case 'run_failed': {
      const error = withLeftBehind(run.error, steps)
      return { ...run, status, endedAt: event.now, locksHeld: false, error }
    }
  }
}

function withLeftBehind(error: Run['error'], steps: readonly StepRecord[]): Run['error'] {
  const left_behind = steps.filter(isLeftBehind).map(named)
  return error && { ...error, left_behind }
}

/** Whether the way back has passed over a step of which something is left. */
export function isLeftBehind({ status }: StepRecord): boolean {
  return status === 'compensation_failed' || status === 'undo_skipped'
}

export function named({ idx, name, key }: StepRecord): LeftBehind {
  return { idx, name, key }
}

/** Calls that were under way when the run was last let go: nobody knows how they ended. */
function settleInterrupted(
  state: RunState,
  { interruptedAt, now }: Extract<SagaEvent, { type: 'run_claimed' }>,
): RunState {
  const error = { code: 'interrupted', message: 'the worker that made the call was lost' }
  const since = interruptedAt ?? now
  let settled = state
  for (const { idx, status, nextAt } of state.steps) {
    // The undo of a child is not a call: it waits for the child.
    const undoing = status === 'compensating' && state.run.plan[idx]?.kind !== 'child'
    if (status === 'running') {
      settled = evolve(settled, { type: 'step_unknown', idx, error, since, nextAt: now, now })
    } else if (undoing && nextAt === null) {
      settled = evolve(settled, { type: 'undo_retrying', idx, error, nextAt: now, now })
    }
  }
  return settled
}
