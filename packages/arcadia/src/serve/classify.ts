import { DigitalOceanError } from '@arcadia-cloud/digitalocean'
import type { Verdict } from '@arcadia-cloud/saga'
import { AccountError, WritesRefused } from '../accounts/index.ts'

/**
 * What an error thrown by a step proves. The DigitalOcean client says of each of its errors whether
 * anything can have changed, and so do our own that are thrown before a request leaves; all else
 * proves nothing.
 */
export function classify(error: unknown): Verdict | undefined {
  if (error instanceof DigitalOceanError || error instanceof WritesRefused) {
    return { effect: error.effect, retryable: error.retryable }
  }
  // There is no such account, or no token for it: no request was formed.
  if (error instanceof AccountError) return { effect: 'none', retryable: false }
  if (saysItself(error)) return { effect: error.effect, retryable: error.retryable }
  return undefined
}

/** Errors of the features that carry their own verdict, such as another team's token. */
function saysItself(error: unknown): error is Error & Verdict {
  return (
    error instanceof Error &&
    'effect' in error &&
    (error.effect === 'none' || error.effect === 'unknown') &&
    'retryable' in error &&
    typeof error.retryable === 'boolean'
  )
}
