import { IllegalTransition, type StoredError } from './errors.ts'
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
  /** Start a child, look how it is, or have it undone. */
  | { readonly type: 'child'; readonly act: ChildAct; readonly idx: number }
  /** Calls are under way, and until one of them ends there is nothing else to do. */
  | { readonly type: 'idle'; readonly until: number | null; readonly abort: boolean }
  /** `until` null: only what it waits for wakes it. */
  | { readonly type: 'wait'; readonly waitsFor: WaitsFor; readonly until: number | null }
  /** Nothing to be done: the run has ended or is parked. */
  | { readonly type: 'rest' }

export type StepCall = 'do' | 'find' | 'until' | 'undo'
export type ChildAct = 'start' | 'look' | 'undo'

/** What is to be done with one step; several at once are put together by {@link combine}. */
export type StepDecision =
  | Exclude<Decision, { type: 'acquire_locks' | 'idle' | 'rest' }>
  | { readonly type: 'park'; readonly reason: string; readonly idx: number }
  /** A call of it is under way. */
  | { readonly type: 'busy' }
  /** There is nothing to be done with it, now or ever. */
  | { readonly type: 'done' }

/** The definitions of a run's steps, in the order of its pinned plan. */
export type Plan = readonly StepDefinition[]

/** The steps whose calls are under way in this worker. */
export type InFlight = ReadonlySet<number>

export function record(...events: readonly SagaEventData[]): Extract<Decision, { type: 'record' }> {
  return { type: 'record', events }
}

export function waitUntil(until: number): StepDecision {
  return { type: 'wait', waitsFor: 'time', until }
}

export function park(reason: string, idx: number): StepDecision {
  return { type: 'park', reason, idx }
}

const noError: StoredError = { code: 'failed', message: 'no attempt is left' }

/** The event that says: nothing of this step is out there, and it is over. */
export function failed(step: StepRecord, error = step.error ?? noError): SagaEventData {
  return { type: 'step_failed', idx: step.idx, name: step.name, error }
}

/**
 * Looks for an effect whose outcome is unknown, until the step's deadline; then asks an operator. After
 * a silence in which nobody looked, one look that comes late is made before: what would not say for a
 * moment, an hour ago, may say it now.
 */
export function lookUp(step: StepRecord, definition: StepDefinition, now: number): StepDecision {
  const { deadlineMs, settlesMs } = definition.policy
  if (step.nextAt !== null && now < step.nextAt) return waitUntil(step.nextAt)
  const givesUpAt = (step.unknownSince ?? now) + deadlineMs + settlesMs
  // When the next look was due, if the last one failed.
  if (step.failedLookups > 0 && Number(step.nextAt) >= givesUpAt) {
    return park(`outcome_unknown:${definition.name}`, step.idx)
  }
  return { type: 'call', call: 'find', idx: step.idx }
}

/**
 * One decision for the steps that run at once. What is written down comes before what is called, so
 * that all their intents go in one write; an operator is asked only when nothing else can be done.
 */
export function combine(decisions: readonly StepDecision[]): Decision {
  const first = <T extends StepDecision['type']>(...types: readonly T[]) =>
    decisions.find((decision): decision is Extract<StepDecision, { type: T }> =>
      types.some((type) => type === decision.type),
    )
  const next = first('record', 'open', 'child') ?? first('call')
  if (next !== undefined) return next
  const waits = decisions.filter((decision) => decision.type === 'wait')
  const until = earliest(waits.map((wait) => wait.until))
  if (first('busy') !== undefined) return { type: 'idle', until, abort: false }
  const stuck = first('park')
  if (stuck !== undefined) {
    return record({ type: 'run_parked', reason: stuck.reason, step: stuck.idx })
  }
  // What has a time wakes it first; what it shows is what most likely holds it up.
  const wait = waits.find(({ waitsFor }) => waitsFor !== 'time') ?? waits[0]
  // A step that is done never stays the current one.
  if (wait === undefined) throw new IllegalTransition('every step is over', 'decide')
  return { ...wait, until }
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
