/** Where time comes from. The store's own clock decides; this one measures between its answers. */
export interface Clock {
  /** Milliseconds that never go back; their zero means nothing. */
  monotonic(): number
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
