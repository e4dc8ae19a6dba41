import { setTimeout as delay } from 'node:timers/promises'

/**
 * Reads until what was read is as it should be; for what another process does in its own time.
 * (`expect.poll` belongs to one test at a time; these run side by side.)
 * @throws with the last thing read, when the time is over
 */
export async function eventually<T>(
  what: string,
  read: () => T | Promise<T>,
  isSo: (value: T) => boolean,
  { timeoutMs = 20_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const value = await read()
    if (isSo(value)) return value
    if (performance.now() >= until) {
      throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${JSON.stringify(value)}`)
    }
    await delay(everyMs)
  }
}
