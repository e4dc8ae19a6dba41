import { type Duration, toMs } from './duration.ts'

/** How often a call is made again after it failed, and how long to wait before. */
export interface RetryOptions {
  /** Calls in all, the first one included. */
  readonly attempts?: number
  /** The wait before the second attempt. */
  readonly initial?: Duration
  /** No wait is longer. */
  readonly max?: Duration
  /** Each wait is this many times the one before. */
  readonly factor?: number
  /** The share of each wait that is left to chance, from 0 (none) to 1 (all of it). */
  readonly jitter?: number
}

/** {@link RetryOptions} with every default filled in, in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number
  readonly initialMs: number
  readonly maxMs: number
  readonly factor: number
  readonly jitter: number
}

export function retryPolicy(options: RetryOptions, defaults: RetryPolicy): RetryPolicy {
  const policy = {
    attempts: options.attempts ?? defaults.attempts,
    initialMs: options.initial === undefined ? defaults.initialMs : toMs(options.initial),
    maxMs: options.max === undefined ? defaults.maxMs : toMs(options.max),
    factor: options.factor ?? defaults.factor,
    jitter: options.jitter ?? defaults.jitter,
  }
  if (!Number.isInteger(policy.attempts) || policy.attempts < 1) {
    throw new TypeError(`retry.attempts is ${policy.attempts}: it must be a whole number from 1`)
  }
  if (!(policy.factor >= 1)) throw new TypeError(`retry.factor is ${policy.factor}: at least 1`)
  if (!(policy.jitter >= 0 && policy.jitter <= 1)) {
    throw new TypeError(`retry.jitter is ${policy.jitter}: it must be from 0 to 1`)
  }
  return policy
}

/**
 * The wait, in milliseconds, after attempt number `attempt` (from 1) failed.
 * @param random a number from 0 (inclusive) to 1, which decides the jitter
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1))
  return Math.round(full * (1 - policy.jitter * random))
}
