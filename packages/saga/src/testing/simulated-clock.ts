import type { Clock } from '../engine/clock.ts'

/** Time that stands still until a test moves it: for a store (`now`) and an engine (`clock`) alike. */
export interface SimulatedClock extends Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Moves time on, calling back what falls due on the way, in its order. */
  advance(ms: number): void
  /** When the next callback falls due, epoch milliseconds; undefined: none is waited for. */
  next(): number | undefined
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/**
 * A clock for a test.
 * @param start epoch milliseconds
 */
export function simulatedClock(start = Date.UTC(2030, 0, 1)): SimulatedClock {
  let now = start
  const timers = new Set<Timer>()
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = Math.max(now, due.at)
        due.callback()
      }
      now = end
    },
    next() {
      const due = [...timers].map(({ at }) => at)
      return due.length === 0 ? undefined : Math.min(...due)
    },
  }
}
