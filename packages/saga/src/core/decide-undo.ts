import {
  combine,
  type Decision,
  failed,
  type InFlight,
  lookUp,
  type Plan,
  park,
  record,
  type StepDecision,
  waitUntil,
} from './decision.ts'
import { isLeftBehind, type RunState } from './evolve.ts'
import { stepsBefore } from './plan.ts'
import { mayHaveLeftSomething, needsLocks, type StepRecord } from './run.ts'
import { isCertain, type StepDefinition } from './step.ts'

/**
 * What to do next on the way back: the last step that may have left something goes first, and with
 * it those that ran at once with it.
 */
export function decideUndo(
  { run, steps }: RunState,
  plan: Plan,
  now: number,
  inFlight: InFlight,
): Decision {
  const last = steps.findLast(({ status }) => mayHaveLeftSomething(status))
  if (last === undefined) {
    return record({ type: steps.some(isLeftBehind) ? 'run_failed' : 'run_rolled_back' })
  }
  if (needsLocks(run)) return { type: 'acquire_locks' }
  const first = stepsBefore(run.plan, steps, last.idx).length
  const group = steps.slice(first, last.idx + 1)
  const open = group.filter(({ status }) => status === 'compensating').length
  const room = (run.plan[first]?.atOnce ?? Number.POSITIVE_INFINITY) - open
  const decisions = group.map((step): StepDecision => {
    if (inFlight.has(step.idx)) return busy
    const decision = undoStep(step, plan[step.idx], now)
    return room <= 0 && step.status !== 'compensating' && begins(decision) ? done : decision
  })
  return combine(decisions)
}

/** Whether it is the first of an undo: no more of them at once than there were steps at once. */
function begins(decision: StepDecision): boolean {
  return (
    decision.type === 'child' ||
    (decision.type === 'record' && decision.events.some(({ type }) => type === 'undo_opened'))
  )
}

const done: StepDecision = { type: 'done' }

const busy: StepDecision = { type: 'busy' }

function undoStep(
  step: StepRecord,
  definition: StepDefinition | undefined,
  now: number,
): StepDecision {
  const { idx, status } = step
  if (!mayHaveLeftSomething(status)) return { type: 'done' }
  if (definition === undefined) return park(`plan_mismatch:${step.name}`, idx)
  if (definition.kind === 'child') return undoChild(step, now)
  if (status === 'compensating') return continueUndo(step, definition, now)
  if (status === 'completed' && definition.effect === 'read') {
    return record({ type: 'step_compensated', idx })
  }
  const nothing = isCertain(definition) || (status === 'waiting' && step.issuedAt === null)
  if (status !== 'completed' && nothing) return record(failed(step))
  // Neither its receipt nor its absence is known: the cloud has to say.
  const lookedUp = step.issuedAt !== null || definition.find === undefined
  if (status === 'unknown' && !lookedUp) return lookUp(step, definition, now)
  // A call may still land: an undo would come too early.
  const settledAt = (step.unknownSince ?? Number.NEGATIVE_INFINITY) + definition.policy.settlesMs
  if (now < settledAt) return waitUntil(settledAt)
  // It took effect when the run had gone back without it.
  if (definition.effect === 'pivot') return park(`irreversible:${step.name}`, idx)
  return openUndo(step, definition, now)
}

/** A child is undone by itself, as a run of its own: it is asked once, and waited for. */
function undoChild(step: StepRecord, now: number): StepDecision {
  const { idx, status, issuedAt, nextAt } = step
  if (issuedAt === null) {
    const message = 'it was resolved by hand: there is no child to take back'
    return record({ type: 'undo_failed', idx, error: { code: 'no_child', message } })
  }
  if (status !== 'compensating') return { type: 'child', act: 'undo', idx }
  if (nextAt === null) return { type: 'wait', waitsFor: 'child', until: null }
  return now < nextAt ? waitUntil(nextAt) : { type: 'child', act: 'undo', idx }
}

function openUndo(step: StepRecord, { policy }: StepDefinition, now: number): StepDecision {
  return record({
    type: 'undo_opened',
    idx: step.idx,
    attempt: step.undoAttempts + 1,
    deadlineAt: step.undoDeadlineAt ?? now + policy.undo.deadlineMs,
  })
}

function continueUndo(step: StepRecord, definition: StepDefinition, now: number): StepDecision {
  const { idx, nextAt } = step
  if (nextAt === null) return { type: 'call', call: 'undo', idx }
  if (isUndoExhausted(step, definition, now)) return giveUp(step, definition)
  if (now < nextAt) return waitUntil(nextAt)
  const answeredPending = step.undoError === null
  return answeredPending ? { type: 'call', call: 'undo', idx } : openUndo(step, definition, now)
}

/** One that answers `pending` is asked once more after a silence that outlasted its deadline. */
function isUndoExhausted(
  { undoError, undoDeadlineAt, undoAttempts, nextAt }: StepRecord,
  { policy }: StepDefinition,
  now: number,
): boolean {
  return undoError === null
    ? Math.min(now, Number(nextAt)) >= (undoDeadlineAt ?? 0)
    : undoAttempts >= policy.undo.retry.attempts
}

function giveUp(step: StepRecord, { name, policy }: StepDefinition): StepDecision {
  if (policy.undo.onExhausted === 'park') return park(`undo_exhausted:${name}`, step.idx)
  const error = step.undoError ?? {
    code: 'deadline_exceeded',
    message: `its undo was not through after ${policy.undo.deadlineMs} ms`,
  }
  return record({ type: 'undo_failed', idx: step.idx, error })
}
