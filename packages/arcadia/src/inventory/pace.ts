import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { LocalClock } from './clock.ts'

/** How long to wait before the next request of a sync, in milliseconds. Pure. */
export function paceOf(
  known: { readonly limit: number; readonly remaining: number; readonly resetAt: Date } | undefined,
  now: number,
): number {
  if (known === undefined || known.remaining > known.limit / 2) return 0
  // The oldest request leaves the window at the reset, and its place may be taken.
  return Math.max(0, known.resetAt.getTime() - now)
}

/**
 * Waits until a sync may send a request: it leaves half of the token's hourly budget to everything
 * else, however much of the other half was spent, and by whom. What is left is the server's own
 * word, so this holds for any number of processes on one token.
 */
export async function turn(
  cloud: DigitalOcean,
  clock: LocalClock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const wait = paceOf(cloud.rateLimits().read, clock.now())
  if (wait > 0) await clock.sleep(wait, signal)
}
