import { setTimeout as delay } from 'node:timers/promises'

const patienceMs = 20_000
const lookMs = 10

/** Looks until something is so, in a hook as well as in a test. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const end = performance.now() + patienceMs
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    if (performance.now() > end) {
      throw new Error(`not within ${patienceMs} ms: ${what}; it is ${JSON.stringify(value)}`)
    }
    await delay(lookMs)
  }
}
