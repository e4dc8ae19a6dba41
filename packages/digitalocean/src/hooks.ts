import type { DigitalOceanError, Method } from './errors.ts'
import type { RateLimit } from './limits/budget.ts'

/** Which of the two tokens a request carries. */
export type Purpose = 'read' | 'provisioning'

/** What is known of a request; never a header or a body, so no token and no `user_data`. */
export interface RequestEvent {
  /** The method of this client, e.g. `droplets.list`: few values, fit for a metric's label. */
  readonly operation: string
  readonly method: Method
  /** The path with its query, e.g. `/v2/droplets?page=2&per_page=200`. */
  readonly path: string
  readonly purpose: Purpose
  /** 1 for the first time it is sent. */
  readonly attempt: number
}

export interface SentEvent extends RequestEvent {
  readonly sentAt: Date
  /** How long the request waited for its turn under the rate limits, in milliseconds. */
  readonly queuedMs: number
}

export interface AnsweredEvent extends RequestEvent {
  readonly status: number
  /** From sending to the last byte of the answer, in milliseconds. */
  readonly durationMs: number
  readonly requestId: string | undefined
  /** What the answer's own headers say, where it has them. */
  readonly rateLimit: RateLimit | undefined
}

export interface RetryEvent extends RequestEvent {
  readonly error: DigitalOceanError
  /** How long the client waits before it asks for its turn again, in milliseconds. */
  readonly delayMs: number
}

export interface ErrorEvent extends RequestEvent {
  /** What the caller is about to get. */
  readonly error: DigitalOceanError
}

/**
 * For tracing and metrics. Called synchronously; what a hook throws is discarded, because a failing
 * metric must not turn a change that happened into one that looks as if it had not.
 */
export interface Hooks {
  /** A request is about to leave. */
  readonly onRequest?: ((event: SentEvent) => void) | undefined
  /** An answer has arrived, whatever its status. */
  readonly onResponse?: ((event: AnsweredEvent) => void) | undefined
  /** A request failed and will be sent again. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined
  /** A call has failed for good. */
  readonly onError?: ((event: ErrorEvent) => void) | undefined
}

/** Calls a hook, if there is one, and lets nothing of it through. */
export function notify<E>(hook: ((event: E) => void) | undefined, event: E): void {
  try {
    hook?.(event)
  } catch {
    // See Hooks: an observer has no say in the outcome.
  }
}
