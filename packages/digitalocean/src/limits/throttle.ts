import type { Clock } from '../clock.ts'
import {
  type Budget,
  delayBeforeNext,
  knownLimit,
  newBudget,
  type Observation,
  type RateLimit,
  settle,
  spend,
} from './budget.ts'

interface Waiter {
  readonly grant: (sequence: number) => void
  readonly refuse: (reason: unknown) => void
}

interface Alarm {
  readonly dueAt: number
  readonly controller: AbortController
}

/** The queue of one token: first come, first served, at the pace its budget allows. */
export class Throttle {
  readonly #clock: Clock
  readonly #queue: Waiter[] = []
  #budget: Budget
  #alarm: Alarm | undefined
  #latest = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock
    this.#budget = newBudget(perMinute)
  }

  /**
   * Resolves when a request may leave, to its number, which must be given back by {@link release}
   * however the request ends. Rejects with the signal's reason, and leaves the queue, on abort.
   */
  acquire(signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1)
        reject(signal?.reason)
        this.#pump()
      }
      const waiter: Waiter = {
        grant: (sequence) => {
          signal?.removeEventListener('abort', leave)
          resolve(sequence)
        },
        refuse: (reason) => {
          signal?.removeEventListener('abort', leave)
          reject(reason)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#queue.push(waiter)
      this.#pump()
    })
  }

  release(sequence: number, observation: Observation): void {
    this.#budget = settle(this.#budget, sequence, observation, this.#now())
    this.#pump()
  }

  known(): RateLimit | undefined {
    return knownLimit(this.#budget)
  }

  #pump(): void {
    for (;;) {
      const waiter = this.#queue[0]
      const now = this.#now()
      const delay =
        waiter === undefined ? Number.POSITIVE_INFINITY : delayBeforeNext(this.#budget, now)
      if (waiter === undefined || delay > 0) {
        this.#setAlarm(now + delay)
        return
      }
      this.#queue.shift()
      this.#budget = spend(this.#budget, now)
      waiter.grant(this.#budget.sent)
    }
  }

  /** One alarm at most; none for `Infinity`, when an answer or a newcomer will call. */
  #setAlarm(dueAt: number): void {
    if (this.#alarm?.dueAt === dueAt) return
    this.#alarm?.controller.abort()
    this.#alarm = undefined
    if (dueAt === Number.POSITIVE_INFINITY) return
    const alarm: Alarm = { dueAt, controller: new AbortController() }
    this.#alarm = alarm
    this.#clock.sleep(dueAt - this.#now(), alarm.controller.signal).then(
      () => this.#wake(alarm),
      (reason) => this.#giveUp(alarm, reason),
    )
  }

  #wake(alarm: Alarm): void {
    if (this.#alarm !== alarm) return
    this.#alarm = undefined
    this.#latest = Math.max(this.#latest, alarm.dueAt)
    this.#pump()
  }

  /** A clock that fails (other than because we stopped it) must not leave its waiters for ever. */
  #giveUp(alarm: Alarm, reason: unknown): void {
    if (this.#alarm !== alarm) return
    this.#alarm = undefined
    this.#queue.shift()?.refuse(reason)
    this.#pump()
  }

  /** Timers may ring a little early and clocks be set back; a sleep that ended is believed. */
  #now(): number {
    this.#latest = Math.max(this.#latest, this.#clock.now())
    return this.#latest
  }
}
