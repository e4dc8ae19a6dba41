import type { StoredError } from './errors.ts'
import type { SagaEventData } from './event.ts'
import type { StepRecord, WaitsFor } from './run.ts'
import type { StepDefinition } from './step.ts'

/** What is to be done next with a run. */
export type Decision =
  /** Write these down and decide again. */
  | { readonly type: 'record'; readonly events: readonly SagaEventData[] }
  | { readonly type: 'acquire_locks' }
  /** Make the step's input and key, and write its intent. */
  | { readonly type: 'open'; readonly idx: number; readonly attempt: number }
  | { readonly type: 'call'; readonly call: StepCall; readonly idx: number }
  | { readonly type: 'wait'; readonly waitsFor: WaitsFor; readonly until: number }
  /** Nothing to be done: the run has ended or is parked. */
  | { readonly type: 'rest' }

export type StepCall = 'do' | 'find' | 'until' | 'undo'

/** The definitions of a run's steps, in the order of its pinned plan. */
export type Plan = readonly StepDefinition[]

export function record(...events: readonly SagaEventData[]): Decision {
  return { type: 'record', events }
}

export function waitUntil(until: number): Decision {
  return { type: 'wait', waitsFor: 'time', until }
}

export function park(reason: string, step: number): Decision {
  return record({ type: 'run_parked', reason, step })
}

const noError: StoredError = { code: 'failed', message: 'no attempt is left' }

/** The event that says: nothing of this step is out there, and it is over. */
export function failed(step: StepRecord, error = step.error ?? noError): SagaEventData {
  return { type: 'step_failed', idx: step.idx, name: step.name, error }
}

/** Looks for an effect whose outcome is unknown, until the step's deadline; then asks an operator. */
export function lookUp(step: StepRecord, definition: StepDefinition, now: number): Decision {
  const { deadlineMs, settlesMs } = definition.policy
  if (step.nextAt !== null && now < step.nextAt) return waitUntil(step.nextAt)
  const givesUpAt = (step.unknownSince ?? now) + deadlineMs + settlesMs
  if (step.failedLookups > 0 && now >= givesUpAt) {
    return park(`outcome_unknown:${definition.name}`, step.idx)
  }
  return { type: 'call', call: 'find', idx: step.idx }
}
