import { setTimeout as delay } from 'node:timers/promises'

/**
 * Looks until something is so, in a hook as well as in tests that run side by side, where
 * `expect.poll` cannot be used: for what another process does in its own time.
 * @throws with what was seen last, when the time is over
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  { timeoutMs = 20_000, everyMs = 10 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    if (performance.now() > end) {
      throw new Error(`not within ${timeoutMs} ms: ${what}; it is ${JSON.stringify(value)}`)
    }
    await delay(everyMs)
  }
}
