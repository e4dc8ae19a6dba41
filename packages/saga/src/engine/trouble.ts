import type { Log } from '../core/log.ts'
import type { Clock } from './clock.ts'

/** How often trouble that goes on is told of. */
const repeatMs = 10_000

/**
 * Tells of a database that does not take what is written, though it is asked again five times a
 * second: when that begins, now and then while it goes on, and when it is over.
 */
export class Trouble {
  readonly #deps: { readonly clock: Clock; readonly log: Log }
  #toldAt: number | undefined

  constructor(deps: { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps
  }

  /** A write of so many runs failed, for a reason that passes. */
  met(error: unknown, runs: number): void {
    const { clock, log } = this.#deps
    const now = clock.monotonic()
    if (this.#toldAt !== undefined && now - this.#toldAt < repeatMs) return
    this.#toldAt = now
    log.warn({ err: error, runs }, 'runs could not be written; trying again')
  }

  /** A write came through. */
  over(): void {
    if (this.#toldAt === undefined) return
    this.#toldAt = undefined
    this.#deps.log.info({}, 'runs are written again')
  }
}
