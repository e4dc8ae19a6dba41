/** Where time comes from. The store's own clock decides; this one measures between its answers. */
export interface Clock {
  /** Milliseconds that never go back; their zero means nothing. */
  monotonic(): number
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

const longestTimerMs = 2 ** 31 - 1

/** The time of this process. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(ms, callback) {
    let timer: NodeJS.Timeout
    // setTimeout fires at once when it is asked for longer than a 32-bit number of milliseconds.
    const wait = (left: number) => {
      const next = left > longestTimerMs ? () => wait(left - longestTimerMs) : callback
      timer = setTimeout(next, Math.min(left, longestTimerMs))
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}

/** Waits for a promise, but no longer than `ms`; leaves no timer behind. */
export async function within(clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const cancel = clock.after(ms, over.resolve)
  await Promise.race([promise, over.promise])
  cancel()
}
