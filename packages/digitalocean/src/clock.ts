import { setTimeout as delay } from 'node:timers/promises'

/**
 * Where the client gets its time from, for waits and for the moments it reports. (The timeout of a
 * request guards real I/O and runs on real time.)
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects, with the signal's reason, when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      // node:timers wraps the reason in an AbortError of its own; the contract is the reason itself.
      signal.throwIfAborted()
      throw error
    }
  },
}
