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
import { isCertain, type StepDefinition } from './step.ts'

/** How a call of a step's function ended. */
export type Outcome =
  | { readonly type: 'returned'; readonly value: Json }
  /** `until` or `undo` answered pending, or `find` found nothing. */
  | { readonly type: 'not_yet' }
  /** It gave something that cannot be kept, or that is not what the step says it gives. */
  | { readonly type: 'unusable'; readonly value: Json; readonly error: StoredError }
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
type Made = Exclude<Outcome, { type: 'not_called' | 'unusable' }>

/** What the outcome of a call means for its step. Pure. */
export function settle(
  step: StepRecord,
  definition: StepDefinition,
  call: StepCall,
  outcome: Outcome,
  moment: Moment,
): readonly SagaEventData[] {
  if (outcome.type === 'not_called') {
    return call === 'do' ? [neverMade(step, moment)] : []
  }
  if (outcome.type === 'unusable') return settleUnusable(step, definition, call, outcome, moment)
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

/** This attempt was not made; where the one before may have been, its outcome is as unknown as it was. */
function neverMade({ idx, unknownSince, error }: StepRecord, { now }: Moment): SagaEventData {
  if (unknownSince === null) return { type: 'step_not_called', idx }
  const reason = error ?? { code: 'not_called', message: 'the next attempt was not made' }
  return { type: 'step_unknown', idx, error: reason, since: unknownSince, nextAt: now }
}

/** Its effect is out there, but nobody can go on from it: it is taken back. */
function settleUnusable(
  step: StepRecord,
  definition: StepDefinition,
  call: StepCall,
  { value, error }: Extract<Outcome, { type: 'unusable' }>,
  { now }: Moment,
): readonly SagaEventData[] {
  const { idx, name } = step
  if (isCertain(definition)) {
    return [{ type: 'step_failed', idx, name, error }]
  }
  return call === 'until'
    ? [{ type: 'step_unknown', idx, error, since: now, nextAt: now }]
    : issuedInVain(step, definition, value, { now }, error)
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
  const unknown = verdict.effect === 'unknown' || step.unknownSince !== null
  if (!isCertain(definition) && unknown) {
    const lookedUpAt = definition.find === undefined ? nextAt : moment.now
    return [{ type: 'step_unknown', idx, error, since: moment.now, nextAt: lookedUpAt }]
  }
  const last = !verdict.retryable || step.attempts >= definition.policy.retry.attempts
  return last
    ? [{ type: 'step_failed', idx, name: step.name, error }]
    : [{ type: 'step_retrying', idx, error, nextAt }]
}

/** The effect is out there: with an `until` its outcome is still to come, without one it is done. */
export function issued(
  { idx }: StepRecord,
  { until, policy }: StepDefinition,
  receipt: Json,
  { now }: Pick<Moment, 'now'>,
): readonly SagaEventData[] {
  const event: SagaEventData = {
    type: 'step_issued',
    idx,
    receipt,
    deadlineAt: now + policy.deadlineMs,
  }
  return until === undefined ? [event, { type: 'step_completed', idx, output: receipt }] : [event]
}

const unusable = { code: 'unusable', message: 'what the step gave is not what it says it gives' }

/** The effect is out there, but what it gave cannot be gone on from. */
export function issuedInVain(
  { idx }: StepRecord,
  { policy }: StepDefinition,
  receipt: Json,
  { now }: Pick<Moment, 'now'>,
  error: StoredError = unusable,
): readonly SagaEventData[] {
  return [
    { type: 'step_issued', idx, receipt, deadlineAt: now + policy.deadlineMs },
    { type: 'step_unknown', idx, error, since: now, nextAt: now },
  ]
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

/** How a child stands, as its parent sees it. */
export type ChildState =
  | { readonly type: 'under_way' }
  | { readonly type: 'completed'; readonly output: Json }
  | { readonly type: 'rolled_back'; readonly error: StoredError }
  /** It ended with something left behind. */
  | { readonly type: 'failed'; readonly error: StoredError }

/** What the state of a child means for the step that waits for it. Pure. */
export function settleChild(
  step: StepRecord,
  { policy }: StepDefinition,
  child: ChildState,
  { now, random }: Moment,
): readonly SagaEventData[] {
  const { idx, attempts } = step
  switch (child.type) {
    case 'under_way':
      return [{ type: 'step_probed', idx, nextAt: null, error: null }]
    case 'completed':
      return [{ type: 'step_completed', idx, output: child.output }]
    case 'failed':
      return [{ type: 'undo_failed', idx, error: child.error }]
    case 'rolled_back': {
      const { error } = child
      if (attempts >= policy.retry.attempts) {
        return [{ type: 'step_failed', idx, name: step.name, error }]
      }
      const nextAt = now + retryDelay(policy.retry, attempts, random)
      return [{ type: 'step_retrying', idx, error, nextAt }]
    }
  }
}

/** What the state of a child that was told to go back means for its step. Pure. */
export function settleChildUndo({ idx }: StepRecord, child: ChildState): readonly SagaEventData[] {
  switch (child.type) {
    case 'under_way':
    case 'completed':
      return [{ type: 'undo_pending', idx, nextAt: null }]
    case 'rolled_back':
      return [{ type: 'step_compensated', idx }]
    case 'failed':
      return [{ type: 'undo_failed', idx, error: child.error }]
  }
}
