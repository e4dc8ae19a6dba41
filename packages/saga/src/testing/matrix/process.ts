import type { Engine, Worker } from '../../engine/api.ts'
import type { Clock } from '../../engine/clock.ts'
import type { SimulatedClock } from '../simulated-clock.ts'
import type { Activity } from './activity.ts'
import { Gone } from './fault.ts'

/** How long a worker's lease lasts in a case. Longer than a call may take, as a rule. */
export const leaseMs = 60_000

const never = new Promise<never>(() => {})

/**
 * A process of a case: an engine and a worker of its own. It can be stopped, and goes on later as
 * if no time had passed for it, and it can be killed: then nothing of it reaches the store or the
 * world any more.
 */
export class SimulatedProcess {
  readonly number: number
  readonly clock: Clock
  /** When its worker's lease is over, by the store's clock; undefined: it never had one. */
  leaseUntil: number | undefined
  /** The round under way. */
  ticking: Promise<void> | undefined
  resumesAtOnce = false
  /** What its worker holds runs under, since its lease was last made or renewed. */
  workerId: unknown
  readonly #activity: Activity
  #state: 'alive' | 'stopped' | 'dead' = 'alive'
  #thaw = Promise.withResolvers<void>()
  #missed: (() => void)[] = []
  #made: { readonly engine: Engine; readonly worker: Worker } | undefined

  constructor(number: number, clock: SimulatedClock, activity: Activity) {
    this.number = number
    this.#activity = activity
    this.clock = {
      monotonic: () => clock.monotonic(),
      after: (ms, callback) => clock.after(ms, () => this.#fire(callback)),
    }
  }

  /** Gives it what it is made of, which needs itself to be made. */
  equip(engine: Engine, worker: Worker): void {
    this.#made = { engine, worker }
  }

  get engine(): Engine {
    return this.#equipped.engine
  }

  get worker(): Worker {
    return this.#equipped.worker
  }

  get #equipped() {
    if (this.#made === undefined) throw new TypeError('this process has no engine yet')
    return this.#made
  }

  get isAlive(): boolean {
    return this.#state === 'alive'
  }

  get isDead(): boolean {
    return this.#state === 'dead'
  }

  get isStopped(): boolean {
    return this.#state === 'stopped'
  }

  kill(): void {
    this.#state = 'dead'
    this.#missed = []
  }

  stop(): void {
    if (this.#state === 'alive') this.#state = 'stopped'
  }

  /** Goes on: first whatever was held up, then the timers that fell due meanwhile. */
  async resume(): Promise<void> {
    if (this.#state !== 'stopped') return
    this.#state = 'alive'
    const thaw = this.#thaw
    this.#thaw = Promise.withResolvers()
    thaw.resolve()
    for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate)
    for (const callback of this.#missed.splice(0)) callback()
  }

  /** Passed by a process that is alive; where one is stopped waits, and where it is dead ends here. */
  async gate(): Promise<void> {
    while (this.#state !== 'alive') {
      await this.#activity.held(this.#state === 'dead' ? never : this.#thaw.promise)
    }
  }

  /** Never resolves, and is not under way. */
  async nothing(): Promise<never> {
    return this.#activity.held(never)
  }

  /** For where nothing can be waited for. @throws {@link Gone} */
  assertThere(): void {
    if (this.#state === 'dead') throw new Gone()
  }

  #fire(callback: () => void): void {
    if (this.#state === 'alive') callback()
    else if (this.#state === 'stopped') this.#missed.push(callback)
  }
}
