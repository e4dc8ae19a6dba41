import type { StepCall } from './decision.ts'
import {
  type Classifier,
  StepFailed,
  type StoredError,
  storedError,
  type Verdict,
} from './errors.ts'
import type { SagaEventData } from './event.ts'
import type { Json } from './json.ts'
import { retryDelay } from './retry.ts'
import type { StepRecord } from './run.ts'
import type { StepDefinition } from './step.ts'

/** How a call of a step's function ended. */
export type Outcome =
  | { readonly type: 'returned'; readonly value: Json }
  /** `until` or `undo` answered pending, or `find` found nothing. */
  | { readonly type: 'not_yet' }
  /** Aborted before it was made. */
  | { readonly type: 'not_called' }
  | {
      readonly type: 'threw'
      readonly error: StoredError
      readonly verdict: Verdict
    }

/** Time and chance, as data. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number
  /** From 0 to 1. */
  readonly random: number
}

/** What a thrown value proves: a {@link StepFailed} speaks for itself, then the host's classifier. */
export function thrown(error: unknown, classify: Classifier): Outcome & { type: 'threw' } {
  const verdict =
    error instanceof StepFailed
      ? { effect: error.effect, retryable: error.retryable }
      : classified(error, classify)
  return {
    type: 'threw',
    error: storedError(error),
    verdict: verdict ?? { effect: 'unknown', retryable: true },
  }
}

/** A classifier that fails itself has proved nothing. */
function classified(error: unknown, classify: Classifier): Verdict | undefined {
  try {
    return classify(error)
  } catch {
    return undefined
  }
}

/** An outcome of a call that was made. */
type Made = Exclude<Outcome, { type: 'not_called' }>

/** What the outcome of a call means for its step. Pure. */
export function settle(
  step: StepRecord,
  definition: StepDefinition,
  call: StepCall,
  outcome: Outcome,
  moment: Moment,
): readonly SagaEventData[] {
  if (outcome.type === 'not_called') {
    return call === 'do' ? [{ type: 'step_not_called', idx: step.idx }] : []
  }
  switch (call) {
    case 'do':
      return settleDo(step, definition, outcome, moment)
    case 'find':
      return settleFind(step, definition, outcome, moment)
    case 'until':
      return settleUntil(step, definition, outcome, moment)
    case 'undo':
      return settleUndo(step, definition, outcome, moment)
  }
}

function settleDo(
  step: StepRecord,
  definition: StepDefinition,
  outcome: Made,
  moment: Moment,
): readonly SagaEventData[] {
  const { idx } = step
  if (outcome.type === 'returned') return issued(step, definition, outcome.value, moment)
  const { error, verdict } = failure(outcome)
  const nextAt = moment.now + retryDelay(definition.policy.retry, step.attempts, moment.random)
  const effectless = definition.effect === 'read' || definition.kind === 'transact'
  const unknown = verdict.effect === 'unknown' || step.unknownSince !== null
  if (!effectless && unknown) {
    const lookedUpAt = definition.find === undefined ? nextAt : moment.now
    return [{ type: 'step_unknown', idx, error, since: moment.now, nextAt: lookedUpAt }]
  }
  const last = !verdict.retryable || step.attempts >= definition.policy.retry.attempts
  return last
    ? [{ type: 'step_failed', idx, name: step.name, error }]
    : [{ type: 'step_retrying', idx, error, nextAt }]
}

/** The effect is out there: with an `until` its outcome is still to come, without one it is done. */
function issued(
  { idx }: StepRecord,
  { until, policy }: StepDefinition,
  receipt: Json,
  { now }: Moment,
): readonly SagaEventData[] {
  const event: SagaEventData = {
    type: 'step_issued',
    idx,
    receipt,
    deadlineAt: now + policy.deadlineMs,
  }
  return until === undefined ? [event, { type: 'step_completed', idx, output: receipt }] : [event]
}

function settleFind(
  step: StepRecord,
  definition: StepDefinition,
  outcome: Made,
  moment: Moment,
): readonly SagaEventData[] {
  const { idx } = step
  const { policy } = definition
  if (outcome.type === 'returned') return issued(step, definition, outcome.value, moment)
  if (outcome.type === 'threw') {
    const { everyMs, retry } = policy
    const backoff = { ...retry, initialMs: everyMs, maxMs: Math.max(everyMs, retry.maxMs) }
    const delay = retryDelay(backoff, step.failedLookups + 1, moment.random)
    return [{ type: 'lookup_failed', idx, error: outcome.error, nextAt: moment.now + delay }]
  }
  const countsFrom = (step.unknownSince ?? moment.now) + policy.settlesMs
  if (moment.now < countsFrom) {
    const nextAt = Math.min(moment.now + policy.everyMs, countsFrom)
    return [{ type: 'lookup_unsettled', idx, nextAt }]
  }
  const error = step.error ?? { code: 'absent', message: 'its effect is not there' }
  return step.attempts < policy.retry.attempts
    ? [{ type: 'step_retrying', idx, error, nextAt: moment.now }]
    : [{ type: 'step_failed', idx, name: step.name, error }]
}

function settleUntil(
  { idx }: StepRecord,
  { policy }: StepDefinition,
  outcome: Made,
  { now }: Moment,
): readonly SagaEventData[] {
  const nextAt = now + policy.everyMs
  switch (outcome.type) {
    case 'returned':
      return [{ type: 'step_completed', idx, output: outcome.value }]
    case 'not_yet':
      return [{ type: 'step_probed', idx, nextAt, error: null }]
    case 'threw':
      return outcome.verdict.retryable
        ? [{ type: 'step_probed', idx, nextAt, error: outcome.error }]
        : [{ type: 'step_unknown', idx, error: outcome.error, since: now, nextAt: now }]
  }
}

function settleUndo(
  { idx, undoAttempts }: StepRecord,
  { policy }: StepDefinition,
  outcome: Made,
  { now, random }: Moment,
): readonly SagaEventData[] {
  switch (outcome.type) {
    case 'returned':
      return [{ type: 'step_compensated', idx }]
    case 'not_yet':
      return [{ type: 'undo_pending', idx, nextAt: now + policy.undo.everyMs }]
    case 'threw': {
      const nextAt = now + retryDelay(policy.undo.retry, undoAttempts, random)
      return [{ type: 'undo_retrying', idx, error: outcome.error, nextAt }]
    }
  }
}

function failure(outcome: Exclude<Made, { type: 'returned' }>): {
  error: StoredError
  verdict: Verdict
} {
  if (outcome.type === 'threw') return outcome
  const error = { code: 'not_an_outcome', message: 'do answered pending: waiting belongs in until' }
  return { error, verdict: { effect: 'unknown', retryable: false } }
}
