import type { Clock } from './clock.ts'

/** The store's time between its answers: the last one, and what has passed here since. */
export class StoreTime {
  readonly #clock: Clock
  #offset = Number.NaN

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param now what the store said, epoch milliseconds
   * @param sentAt when it was asked, by the monotonic clock: its answer is at least that old
   */
  set(now: number, sentAt: number): void {
    this.#offset = now - sentAt
  }

  now(): number {
    return Math.round(this.#clock.monotonic() + this.#offset)
  }
}
