import type { Clock } from './clock.ts'

/** How long a good answer is better than a newer one that took longer: clocks drift apart. */
const goodForMs = 60_000

/**
 * The store's time between its answers. An answer is at least as old as it took to arrive, but may
 * be as old as the whole round trip, so the quickest of late counts; and it counts from its arrival,
 * so that this clock is never ahead: what must have settled has, and no deadline passes early.
 */
export class StoreTime {
  readonly #clock: Clock
  #offset = Number.NaN
  #roundTripMs = Number.POSITIVE_INFINITY
  #heardAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param now what the store said, epoch milliseconds
   * @param sentAt when it was asked, by the monotonic clock
   */
  hear(now: number, sentAt: number): void {
    const arrivedAt = this.#clock.monotonic()
    const roundTripMs = arrivedAt - sentAt
    if (roundTripMs > this.#roundTripMs && arrivedAt - this.#heardAt < goodForMs) return
    this.#offset = now - arrivedAt
    this.#roundTripMs = roundTripMs
    this.#heardAt = arrivedAt
  }

  now(): number {
    return Math.round(this.#clock.monotonic() + this.#offset)
  }
}
