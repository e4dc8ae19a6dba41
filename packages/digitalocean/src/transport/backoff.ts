/** How often, and how patiently, a call is repeated that may be. Times in milliseconds. */
export interface RetryPolicy {
  /** How many times a call is sent at most, the first included. */
  readonly attempts: number
  /** The bound of the first wait; it doubles with every further one. */
  readonly baseMs: number
  /** No bound grows beyond this. */
  readonly capMs: number
}

/**
 * The wait before attempt `failed + 1`: exponential with full jitter, a whole number of
 * milliseconds between 0 and `min(capMs, baseMs · 2^(failed − 1))`.
 *
 * @param failed how many attempts have failed, from 1
 * @param random from 0 to below 1
 */
export function backoffMs(policy: RetryPolicy, failed: number, random: number): number {
  // Beyond 52 doublings the product could be infinite, and nothing times infinity is not a number.
  const doublings = Math.min(failed - 1, 52)
  return Math.floor(random * Math.min(policy.capMs, policy.baseMs * 2 ** doublings))
}
