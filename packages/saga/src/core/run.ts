import type { StoredError } from './errors.ts'
import type { Json } from './json.ts'
import type { RunInfo } from './step.ts'

/**
 * Every status of a run. A `waiting` run wakes by itself, in the direction it goes; a `parked` one
 * needs an operator; `rolled_back` has left nothing behind, and `failed` has, and names it.
 */
export const runStatuses = [
  'pending',
  'running',
  'waiting',
  'compensating',
  'parked',
  'completed',
  'rolled_back',
  'failed',
] as const
/** One of {@link runStatuses}. */
export type RunStatus = (typeof runStatuses)[number]

/** The statuses that a run does not leave by itself. */
export const endedStatuses = ['completed', 'rolled_back', 'failed'] as const

/** Whether a run of this status has ended. A parked one has not. */
export function hasEnded(status: RunStatus): boolean {
  return endedStatuses.some((ended) => ended === status)
}

/** Forward through the steps, or back through their undos. */
export type Direction = 'forward' | 'undo'

/** What a waiting run waits for. */
export type WaitsFor = 'time' | 'lock' | 'child' | 'signal'

/** A step of a run, as it was pinned when the run was started. */
export interface PinnedStep {
  readonly name: string
  /** Which step of the definition it is, where that is not its own place in the plan. */
  readonly place?: number
  /** Given to this place of the plan alone; joins the run's input. */
  readonly input?: { readonly [key: string]: Json }
  /** Of steps that run at once: the place of the first of them. */
  readonly group?: number
  /** Of steps that run at once: how many of them at most. */
  readonly atOnce?: number
  /** Of an `each`: the name of the list that its outputs make. */
  readonly as?: string
  /** An `each` over nothing: its list is empty. */
  readonly none?: true
  /** What the run waits for in it: a child of its own, or a signal from outside. */
  readonly kind?: 'child' | 'signal' | 'approval'
}

/** Why a run went back. */
export interface RunError {
  /** `step_failed:<name>`, `rejected:<name>`, `stray_effect:<name>`, `cancelled`, `rolled_back` or `abandoned`. */
  readonly reason: string
  /** Where the undo began, which is the step itself when its outcome was unknown; -1: nothing to undo. */
  readonly compensate_from_idx: number
  /** In a failed run: what was not taken back. */
  readonly left_behind?: readonly LeftBehind[]
}

/** A step of which something is left, or may be. */
export interface LeftBehind {
  readonly idx: number
  readonly name: string
  readonly key: string
}

/** The trace of a run, as W3C Trace Context writes it. */
export interface TraceContext {
  /** What the run was started in: all of its spans are below it. */
  readonly traceparent: string
  readonly tracestate?: string
  /** The span of its last claim, where that was recorded. */
  readonly claim?: string
}

/** A run of a saga, as it is stored. Times are epoch milliseconds. */
export interface Run extends RunInfo {
  readonly version: number
  readonly plan: readonly PinnedStep[]
  readonly status: RunStatus
  readonly direction: Direction
  readonly currentStep: number
  readonly inputs: { readonly [key: string]: Json }
  /** The outputs of the completed steps, merged. */
  readonly context: { readonly [key: string]: Json }
  readonly error: RunError | null
  /** Why an operator is needed. */
  readonly parked: { readonly reason: string; readonly step: number } | null
  readonly startKey: string | null
  readonly priority: number
  readonly wakeAt: number | null
  readonly waitsFor: WaitsFor | null
  readonly lockKeys: readonly string[]
  readonly locksHeld: boolean
  readonly reservedFor: string | null
  readonly workerId: string | null
  readonly epoch: number
  readonly revision: number
  readonly eventSeq: number
  readonly rootId: string
  /** The run that waits for this one, and its step that does. */
  readonly parentId: string | null
  readonly parentStep: number | null
  readonly cancelRequestedAt: number | null
  readonly cancelRequestedBy: string | null
  readonly startedBy: string | null
  /** Null: it was started before there were traces. */
  readonly traceContext: TraceContext | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** Whether a run has to take its locks first. A child has those of its parent, until it has ended. */
export function needsLocks({ lockKeys, locksHeld }: Run): boolean {
  return lockKeys.length > 0 && !locksHeld
}

/**
 * Every status of a step. `failed`: it certainly had no effect. `unknown`: it may have had one, and
 * is looked for.
 */
export const stepStatuses = [
  'running',
  'waiting',
  'completed',
  'failed',
  'unknown',
  'compensating',
  'compensated',
  'compensation_failed',
  'skipped',
  'undo_skipped',
] as const
/** One of {@link stepStatuses}. */
export type StepStatus = (typeof stepStatuses)[number]

/** Whether a step is over on the way forward: what comes after it may begin. */
export function isDone(status: StepStatus): boolean {
  return status === 'completed' || status === 'skipped'
}

/** Whether, on the way back, something of a step may still be out there. */
export function mayHaveLeftSomething(status: StepStatus): boolean {
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

/** Whether an effect of a step stands as it should, or is becoming what it should. */
export function standsAsIs({ status, issuedAt }: StepRecord): boolean {
  return status === 'completed' || (status === 'waiting' && issuedAt !== null)
}

/** A row of the ledger. Times are epoch milliseconds. */
export interface StepRecord {
  readonly idx: number
  readonly name: string
  readonly status: StepStatus
  readonly input: Json
  readonly key: string
  readonly receipt: Json
  /** When the receipt was learnt; null: it is not known. */
  readonly issuedAt: number | null
  readonly output: Json
  readonly attempts: number
  /** The claim that made the last of them; 0: there was none. */
  readonly openedEpoch: number
  /** When the next attempt, probe or look-up is due. */
  readonly nextAt: number | null
  /** When `until` gives up. */
  readonly deadlineAt: number | null
  /** The last moment a call whose outcome is unknown could have left. */
  readonly unknownSince: number | null
  /** Look-ups in a row that failed. */
  readonly failedLookups: number
  readonly error: StoredError | null
  readonly undoAttempts: number
  readonly undoDeadlineAt: number | null
  readonly undoError: StoredError | null
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly undoStartedAt: number | null
  readonly undoFinishedAt: number | null
}
