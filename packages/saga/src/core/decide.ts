import { decideUndo } from './decide-undo.ts'
import { type Decision, failed, lookUp, type Plan, park, record, waitUntil } from './decision.ts'
import { IllegalTransition } from './errors.ts'
import type { RunState } from './evolve.ts'
import { hasEnded, type StepRecord } from './run.ts'
import type { StepDefinition } from './step.ts'

/** What to do next with a run, by its state alone. Pure; recovery and normal running are the same. */
export function decide(state: RunState, plan: Plan, now: number): Decision {
  const { run } = state
  if (hasEnded(run.status)) return { type: 'rest' }
  if (run.status === 'parked' && !cancels(state, plan)) return { type: 'rest' }
  if (run.direction === 'undo') return decideUndo(state, plan, now)
  const step = state.steps[run.currentStep]
  if (cancels(state, plan) && step?.status !== 'running') return goBack(state, 'cancelled', step)
  if (run.lockKeys.length > 0 && !run.locksHeld) return { type: 'acquire_locks' }
  return decideForward(state, plan, now)
}

/** Whether a cancel has been asked for and can still be followed. */
function cancels(state: RunState, plan: Plan): boolean {
  const { run } = state
  return run.cancelRequestedAt !== null && run.direction === 'forward' && !isPastPivot(state, plan)
}

/** Whether an effect that cannot be taken back is, or may be, out there. */
export function isPastPivot({ steps }: RunState, plan: Plan): boolean {
  return steps.some(
    ({ idx, status, issuedAt }) =>
      plan[idx]?.effect === 'pivot' &&
      (status === 'completed' ||
        status === 'unknown' ||
        (status === 'waiting' && issuedAt !== null)),
  )
}

function decideForward(state: RunState, plan: Plan, now: number): Decision {
  const { run, steps } = state
  const idx = run.currentStep
  const definition = plan[idx]
  const step = steps[idx]
  if (definition === undefined) return record({ type: 'run_completed' })
  if (step === undefined) return openFirst(definition, run.id, idx, now)
  switch (step.status) {
    case 'running':
      return { type: 'call', call: 'do', idx }
    case 'waiting':
      return decideWaiting(step, definition, now)
    case 'unknown':
      return decideUnknown(state, step, definition, now)
    case 'failed':
      return goBackOrPark(state, plan, definition, step)
    default:
      // A step that is done never stays the current one.
      throw new IllegalTransition(`step ${idx}: ${step.status}`, 'decide forward')
  }
}

function openFirst(definition: StepDefinition, id: string, idx: number, now: number): Decision {
  if (definition.kind !== 'sleep') return { type: 'open', idx, attempt: 1 }
  const { name, sleepMs } = definition
  return record({ type: 'step_asleep', idx, name, key: `${id}-${idx}`, until: now + sleepMs })
}

function decideWaiting(step: StepRecord, definition: StepDefinition, now: number): Decision {
  const { idx } = step
  const deadlineAt = step.deadlineAt ?? Number.POSITIVE_INFINITY
  if (step.issuedAt !== null && now >= deadlineAt) {
    // After a long silence it may be there: it is given up only when a late look found nothing.
    const lookedAt = (step.nextAt ?? 0) - definition.policy.everyMs
    if (lookedAt < deadlineAt) return { type: 'call', call: 'until', idx }
    const error = {
      code: 'deadline_exceeded',
      message: `not there after ${definition.policy.deadlineMs} ms`,
    }
    return record({ type: 'step_unknown', idx, error, since: now, nextAt: now })
  }
  if (step.nextAt !== null && now < step.nextAt) return waitUntil(earliest(step))
  if (definition.kind === 'sleep') return record({ type: 'step_completed', idx, output: null })
  if (step.issuedAt !== null) return { type: 'call', call: 'until', idx }
  if (step.attempts < definition.policy.retry.attempts) {
    return { type: 'open', idx, attempt: step.attempts + 1 }
  }
  return record(failed(step))
}

/** The next probe, or the deadline where that comes first. */
function earliest({ nextAt, deadlineAt }: StepRecord): number {
  return Math.min(nextAt ?? Number.POSITIVE_INFINITY, deadlineAt ?? Number.POSITIVE_INFINITY)
}

function decideUnknown(
  state: RunState,
  step: StepRecord,
  definition: StepDefinition,
  now: number,
): Decision {
  const { idx } = step
  // The effect is out there, but did not become what it should.
  if (step.issuedAt !== null) return undoFromHere(state, definition, step)
  if (definition.find !== undefined) return lookUp(step, definition, now)
  if (step.attempts < definition.policy.retry.attempts) {
    return step.nextAt !== null && now < step.nextAt
      ? waitUntil(step.nextAt)
      : { type: 'open', idx, attempt: step.attempts + 1 }
  }
  return definition.effect === 'read' ? record(failed(step)) : undoFromHere(state, definition, step)
}

function undoFromHere(
  state: RunState,
  { effect, name }: StepDefinition,
  step: StepRecord,
): Decision {
  if (effect === 'pivot') return park(`outcome_unknown:${name}`, step.idx)
  return goBack(state, `step_failed:${name}`, step)
}

function goBackOrPark(
  state: RunState,
  plan: Plan,
  { name }: StepDefinition,
  step: StepRecord,
): Decision {
  const reason = `step_failed:${name}`
  return isPastPivot(state, plan) ? park(reason, step.idx) : goBack(state, reason, step)
}

/** Begins the way back: at the step itself, unless nothing of it can be out there. */
function goBack(state: RunState, reason: string, step: StepRecord | undefined): Decision {
  const { currentStep } = state.run
  const effectless =
    step === undefined ||
    step.status === 'failed' ||
    (step.status === 'waiting' && step.issuedAt === null)
  if (step !== undefined && step.status === 'waiting' && effectless) {
    return record(failed(step, step.error ?? cancelled), {
      type: 'compensation_started',
      reason,
      from: currentStep - 1,
    })
  }
  const from = effectless ? currentStep - 1 : currentStep
  return record({ type: 'compensation_started', reason, from })
}

const cancelled = { code: 'cancelled', message: 'cancelled before it had an effect' }
