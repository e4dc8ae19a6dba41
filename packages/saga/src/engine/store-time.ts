import type { Clock } from './clock.ts'

/**
 * The store's time between its answers. An answer was true at some moment between asking and
 * hearing, so it gives the two clocks' distance within bounds. What is known already is kept while
 * it fits; else an answer counts from when it was heard, so that this clock is never ahead: what
 * must have settled has, and no deadline passes early, however slow an answer was.
 */
export class StoreTime {
  readonly #clock: Clock
  #offset = Number.NaN

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param now what the store said, epoch milliseconds
   * @param sentAt when it was asked, by the monotonic clock
   */
  hear(now: number, sentAt: number): void {
    const least = now - this.#clock.monotonic()
    const most = now - sentAt
    const fits = this.#offset >= least && this.#offset <= most
    if (!fits) this.#offset = least
  }

  now(): number {
    return Math.round(this.#clock.monotonic() + this.#offset)
  }
}
