import type { StoredError } from './errors.ts'
import type { Json } from './json.ts'
import type { WaitsFor } from './run.ts'

/** What can happen to a run as a whole. Times are epoch milliseconds. */
export type RunEventData =
  | {
      readonly type: 'run_claimed'
      readonly worker: string
      /** The end of the lease of the worker that lost the run; null: it was let go in order. */
      readonly interruptedAt: number | null
    }
  | { readonly type: 'locks_acquired' }
  | { readonly type: 'cancel_requested'; readonly actor: string | null; readonly at: number }
  | { readonly type: 'run_waiting'; readonly waitsFor: WaitsFor; readonly until: number }
  | { readonly type: 'compensation_started'; readonly reason: string; readonly from: number }
  | { readonly type: 'run_completed' }
  | { readonly type: 'run_rolled_back' }
  | { readonly type: 'run_failed' }
  | { readonly type: 'run_parked'; readonly reason: string; readonly step: number }

/** What can happen to one step. */
export type StepEventData = { readonly idx: number } & (
  | {
      /** Written before the effect can happen: from here on its outcome may be unknown. */
      readonly type: 'step_opened'
      readonly name: string
      readonly input: Json
      readonly key: string
      readonly attempt: number
    }
  /** The attempt was written down, but never made: it does not count. */
  | { readonly type: 'step_not_called' }
  | {
      readonly type: 'step_asleep'
      readonly name: string
      readonly key: string
      readonly until: number
    }
  | { readonly type: 'step_issued'; readonly receipt: Json; readonly deadlineAt: number }
  | { readonly type: 'step_probed'; readonly nextAt: number; readonly error: StoredError | null }
  | { readonly type: 'step_completed'; readonly output: Json }
  | { readonly type: 'step_retrying'; readonly error: StoredError; readonly nextAt: number }
  /** The call had no effect: nothing of this step is out there. */
  | { readonly type: 'step_failed'; readonly name: string; readonly error: StoredError }
  | {
      readonly type: 'step_unknown'
      readonly error: StoredError
      readonly since: number
      readonly nextAt: number
    }
  | { readonly type: 'lookup_failed'; readonly error: StoredError; readonly nextAt: number }
  /** Not found, but too soon after the call for that to count. */
  | { readonly type: 'lookup_unsettled'; readonly nextAt: number }
  | { readonly type: 'undo_opened'; readonly attempt: number; readonly deadlineAt: number }
  | { readonly type: 'undo_pending'; readonly nextAt: number }
  | { readonly type: 'undo_retrying'; readonly error: StoredError; readonly nextAt: number }
  | { readonly type: 'step_compensated' }
  | { readonly type: 'undo_failed'; readonly error: StoredError }
)

export type SagaEventData = RunEventData | StepEventData
/** An event and when it happened: epoch milliseconds by the database's clock. */
export type SagaEvent = SagaEventData & { readonly now: number }
export type StepEvent = StepEventData & { readonly now: number }

export function isStepEvent(event: SagaEvent): event is StepEvent {
  return 'idx' in event
}
