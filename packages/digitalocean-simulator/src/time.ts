import { z } from 'zod'

/** Where time comes from; tests give one that they advance by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`; used by latency faults only. Real timers when it is left out. */
  sleep?(ms: number): Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** How far listings lag behind, in milliseconds of the real API, before `speed` divides them. */
export interface Lag {
  /** A GET by id of a new droplet answers 404 for at most so long. */
  readonly read: number
  /** A new droplet is missing from listings, and a deleted one still in them, for at most so long. */
  readonly list: number
  /** A new snapshot is missing from listings for at most so long after its action completed. */
  readonly snapshot: number
  /** A deleted snapshot lingers in listings for at most so long. */
  readonly deleted: number
}

/** What was seen of the real API: seconds, never minutes. */
const realisticLag: Lag = { read: 1_000, list: 3_000, snapshot: 8_000, deleted: 10_000 }

/** One number for every lag, or only those that differ from the realistic ones. */
export function lagFrom(
  given: number | { readonly [name in keyof Lag]?: Lag[name] | undefined } = {},
): Lag {
  if (typeof given === 'number')
    return { read: given, list: given, snapshot: given, deleted: given }
  return {
    read: given.read ?? realisticLag.read,
    list: given.list ?? realisticLag.list,
    snapshot: given.snapshot ?? realisticLag.snapshot,
    deleted: given.deleted ?? realisticLag.deleted,
  }
}

/**
 * How many times faster than in the real cloud actions run and lags pass; `immediate` for all that
 * takes time to be over at the next request.
 */
export const speedSetting = z.union([z.number().positive(), z.literal('immediate')], {
  error: 'must be a number above 0, or "immediate"',
})
export type Speed = z.infer<typeof speedSetting>

/** The simulated time line: the clock's, moved by what `/_simulator/clock` added. */
export class SimulatedTime {
  readonly #clock: Clock
  #offsetMs = 0
  #speed: Speed

  constructor(clock: Clock, speed: Speed) {
    this.#clock = clock
    this.#speed = speed
  }

  now(): number {
    return Math.floor(this.#clock.now() + this.#offsetMs)
  }

  get speed(): Speed {
    return this.#speed
  }

  set speed(speed: Speed) {
    this.#speed = speed
  }

  get offsetMs(): number {
    return this.#offsetMs
  }

  set offsetMs(offsetMs: number) {
    this.#offsetMs = offsetMs
  }

  /** How long something lasts here that lasts `ms` in the real cloud. */
  scaled(ms: number): number {
    return this.#speed === 'immediate' ? 0 : Math.round(ms / this.#speed)
  }

  sleep(ms: number): Promise<void> {
    if (this.#clock.sleep) return this.#clock.sleep(ms)
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** A time as the API writes it: whole seconds, UTC. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
