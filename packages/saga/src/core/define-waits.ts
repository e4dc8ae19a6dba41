import type { NoOutput } from './define-step.ts'
import { type Duration, toMs } from './duration.ts'
import { plainStep, policyOf } from './policy.ts'
import type { Schema } from './schema.ts'
import type { Step, StepDefinition } from './step.ts'

/** A step that waits in the database, holding no worker, and gives nothing. */
export function sleep<const Name extends string>(
  name: Name,
  duration: Duration,
): Step<Name, unknown, NoOutput>
export function sleep(name: string, duration: Duration): StepDefinition {
  return { ...plainStep(name, policyOf({})), kind: 'sleep', sleepMs: toMs(duration) }
}

/** What an {@link approval} or a {@link signal} may ask of what it waits for. */
export interface SignalOptions<Payload> {
  /** What has to be sent along; any Standard Schema. Without it, nothing may be. */
  readonly payload?: Schema<unknown, Payload>
  /** How long it is waited for; then the step has failed. Without it, for as long as it takes. */
  readonly deadline?: Duration
}

/** What a step that waited for somebody gives, under its own name. */
export type Answer<Name extends string, Payload> = {
  readonly [name in Name]: {
    /** Who sent it, as the host names its callers. */
    readonly by: string | null
    readonly payload: Payload
  }
}

/**
 * A step that waits until somebody approves (`engine.approve`). Rejected (`engine.reject`, with a
 * reason), or not answered before its deadline, it has failed, and the saga goes back.
 */
export function approval<const Name extends string, Payload = null>(
  name: Name,
  options?: SignalOptions<Payload>,
): Step<Name, unknown, Answer<Name, Payload>>
export function approval(name: string, options: SignalOptions<unknown> = {}): StepDefinition {
  return awaiting(name, true, options)
}

/**
 * A step that waits for a signal of its name (`engine.signal`). One that is sent before the step has
 * begun is kept for it.
 */
export function signal<const Name extends string, Payload = null>(
  name: Name,
  options?: SignalOptions<Payload>,
): Step<Name, unknown, Answer<Name, Payload>>
export function signal(name: string, options: SignalOptions<unknown> = {}): StepDefinition {
  return awaiting(name, false, options)
}

function awaiting(
  name: string,
  rejectable: boolean,
  { payload, deadline }: SignalOptions<unknown>,
): StepDefinition {
  const deadlineMs = deadline === undefined ? null : toMs(deadline)
  return {
    ...plainStep(name, policyOf({})),
    kind: 'signal',
    signal: { rejectable, payload, deadlineMs },
  }
}
