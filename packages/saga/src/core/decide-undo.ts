import { type Decision, failed, lookUp, type Plan, park, record, waitUntil } from './decision.ts'
import type { RunState } from './evolve.ts'
import type { StepRecord } from './run.ts'
import type { StepDefinition } from './step.ts'

/** What to do next on the way back: the last step that may have left something goes first. */
export function decideUndo({ run, steps }: RunState, plan: Plan, now: number): Decision {
  const step = steps.slice(0, run.currentStep + 1).findLast(mayHaveLeftSomething)
  if (step === undefined) {
    return record({ type: leftBehind(steps) ? 'run_failed' : 'run_rolled_back' })
  }
  const definition = plan[step.idx]
  if (definition === undefined) return park(`plan_mismatch:${step.name}`, step.idx)
  if (step.status === 'compensating') return continueUndo(step, definition, now)
  if (definition.effect === 'read') {
    return step.status === 'completed'
      ? record({ type: 'step_compensated', idx: step.idx })
      : record(failed(step))
  }
  if (step.status === 'waiting' && step.issuedAt === null) return record(failed(step))
  // Neither its receipt nor its absence is known: the cloud has to say.
  const lookedUp = step.issuedAt !== null || definition.find === undefined
  if (step.status === 'unknown' && !lookedUp) return lookUp(step, definition, now)
  // Nobody can look for it, and the call may still land: an undo would come too early.
  const settledAt = (step.unknownSince ?? now) + definition.policy.settlesMs
  if (step.status === 'unknown' && step.issuedAt === null && now < settledAt) {
    return waitUntil(settledAt)
  }
  return openUndo(step, definition, now)
}

function mayHaveLeftSomething({ status }: StepRecord): boolean {
  switch (status) {
    case 'running':
    case 'waiting':
    case 'unknown':
    case 'completed':
    case 'compensating':
      return true
    case 'failed':
    case 'skipped':
    case 'compensated':
    case 'compensation_failed':
    case 'undo_skipped':
      return false
  }
}

function leftBehind(steps: readonly StepRecord[]): boolean {
  return steps.some(({ status }) => status === 'compensation_failed')
}

function openUndo(step: StepRecord, { policy }: StepDefinition, now: number): Decision {
  return record({
    type: 'undo_opened',
    idx: step.idx,
    attempt: step.undoAttempts + 1,
    deadlineAt: step.undoDeadlineAt ?? now + policy.undo.deadlineMs,
  })
}

function continueUndo(step: StepRecord, definition: StepDefinition, now: number): Decision {
  const { idx, nextAt } = step
  if (nextAt === null) return { type: 'call', call: 'undo', idx }
  const { undo } = definition.policy
  const answeredPending = step.undoError === null
  const exhausted = answeredPending
    ? now >= (step.undoDeadlineAt ?? now)
    : step.undoAttempts >= undo.retry.attempts
  if (exhausted) return giveUp(step, definition)
  if (now < nextAt) return waitUntil(nextAt)
  return answeredPending ? { type: 'call', call: 'undo', idx } : openUndo(step, definition, now)
}

function giveUp(step: StepRecord, { name, policy }: StepDefinition): Decision {
  if (policy.undo.onExhausted === 'park') return park(`undo_exhausted:${name}`, step.idx)
  const error = step.undoError ?? {
    code: 'deadline_exceeded',
    message: `its undo was not through after ${policy.undo.deadlineMs} ms`,
  }
  return record({ type: 'undo_failed', idx: step.idx, error })
}
