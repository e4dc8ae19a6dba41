import type { Act } from './acts.ts'
import type { StoredError } from './errors.ts'
import type { Json } from './json.ts'
import type { LeftBehind, WaitsFor } from './run.ts'

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
  /** `until` null: only what it waits for wakes it. */
  | { readonly type: 'run_waiting'; readonly waitsFor: WaitsFor; readonly until: number | null }
  | { readonly type: 'compensation_started'; readonly reason: string; readonly from: number }
  | { readonly type: 'run_completed' }
  | { readonly type: 'run_rolled_back' }
  | { readonly type: 'run_failed' }
  | {
      readonly type: 'run_parked'
      readonly reason: string
      readonly step: number
      readonly actor?: string | null
    }
  /** An operator has said how a parked run goes on. */
  | {
      readonly type: 'run_resumed'
      readonly act: Act
      readonly actor: string | null
      /** Where it stands at no step's event. */
      readonly reason?: string
    }
  | {
      readonly type: 'run_abandoned'
      readonly actor: string | null
      readonly reason: string
      readonly leftBehind: readonly LeftBehind[]
    }
  | {
      readonly type: 'roll_back_requested'
      readonly actor: string | null
      readonly reason: string
      readonly from: number
    }
  /** It was accepted, but by the time it was read the run did not allow it any more. */
  | {
      readonly type: 'act_refused'
      readonly act: Act
      readonly actor: string | null
      readonly reason: string
    }

/** What can happen to one step. */
export type StepEventData = { readonly idx: number } & (
  | {
      /** Written before the effect can happen: from here on its outcome may be unknown. */
      readonly type: 'step_opened'
      readonly name: string
      readonly input: Json
      readonly key: string
      readonly attempt: number
      /** Of the claim that makes it: tells it from an attempt of the same number before. */
      readonly epoch: number
    }
  /** The attempt was written down, but never made: it does not count. */
  | { readonly type: 'step_not_called' }
  | {
      readonly type: 'step_asleep'
      readonly name: string
      readonly key: string
      readonly until: number
    }
  | {
      readonly type: 'step_awaiting'
      readonly name: string
      readonly key: string
      readonly deadlineAt: number | null
    }
  /** What it waited for has come from outside. */
  | { readonly type: 'step_answered'; readonly actor: string | null; readonly output: Json }
  | { readonly type: 'step_rejected'; readonly actor: string | null; readonly error: StoredError }
  /** Written together with the child itself. */
  | {
      readonly type: 'child_started'
      readonly name: string
      readonly input: Json
      readonly key: string
      readonly attempt: number
      readonly receipt: Json
    }
  | { readonly type: 'child_reported' }
  | { readonly type: 'step_issued'; readonly receipt: Json; readonly deadlineAt: number }
  | {
      readonly type: 'step_probed'
      readonly nextAt: number | null
      readonly error: StoredError | null
    }
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
  | { readonly type: 'undo_pending'; readonly nextAt: number | null }
  | { readonly type: 'undo_retrying'; readonly error: StoredError; readonly nextAt: number }
  | { readonly type: 'step_compensated' }
  | { readonly type: 'undo_failed'; readonly error: StoredError }
  /** A worker that had lost the run had an effect after all; `known`: the ledger has it already. */
  | { readonly type: 'stray_reported'; readonly epoch: number; readonly known: boolean }
  /** The stray effect is all there is of the step now, and has to be taken back. */
  | { readonly type: 'stray_unsettled'; readonly receipt: Json }
  /** A call of a worker that had lost the run ended without an answer, at `since` at the latest. */
  | { readonly type: 'stray_doubted'; readonly epoch: number; readonly since: number }
  /** Nothing of the step was thought to be out there; now it has to be looked for. */
  | { readonly type: 'doubt_unsettled' }
  | {
      readonly type: 'step_retried'
      readonly actor: string | null
      readonly attempts: number
      readonly deadlineAt: number | null
    }
  | { readonly type: 'lookup_retried'; readonly actor: string | null; readonly attempts: number }
  | {
      readonly type: 'undo_retried'
      readonly actor: string | null
      readonly deadlineAt: number
    }
  | {
      readonly type: 'step_skipped'
      readonly name: string
      readonly actor: string | null
      readonly reason: string
    }
  | {
      readonly type: 'step_resolved'
      readonly name: string
      readonly actor: string | null
      readonly reason: string
      readonly output: Json
    }
  | { readonly type: 'undo_skipped'; readonly actor: string | null; readonly reason: string }
  | { readonly type: 'undo_resolved'; readonly actor: string | null; readonly reason: string }
)

/** What can happen to a run or to one of its steps. */
export type SagaEventData = RunEventData | StepEventData
/** An event and when it happened: epoch milliseconds by the database's clock. */
export type SagaEvent = SagaEventData & { readonly now: number }
export type StepEvent = StepEventData & { readonly now: number }

export function isStepEvent(event: SagaEvent): event is StepEvent {
  return 'idx' in event
}
