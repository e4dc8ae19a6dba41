import type { Clock } from '../src/clock.ts'

/** Time that passes at once whenever someone sleeps, and only then. */
export class InstantClock implements Clock {
  readonly sleeps: number[] = []
  #time: number

  constructor(time = 1_700_000_000_000) {
    this.#time = time
  }

  now(): number {
    return this.#time
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.sleeps.push(ms)
    this.#time += ms
  }
}

interface Sleeper {
  readonly dueAt: number
  readonly wake: () => void
  readonly fail: (reason: unknown) => void
}

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  time: number
  #sleepers: Sleeper[] = []
  #watchers: (() => void)[] = []

  constructor(time = 1_700_000_000_000) {
    this.time = time
  }

  now(): number {
    return this.time
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = { dueAt: this.time + ms, wake: resolve, fail: reject }
      this.#sleepers.push(sleeper)
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal.reason)
      })
      for (const watcher of this.#watchers.splice(0)) watcher()
    })
  }

  /** When those who sleep are to wake, relative to now. */
  get pending(): number[] {
    return this.#sleepers.map(({ dueAt }) => dueAt - this.time)
  }

  /** Resolves once someone sleeps. */
  async slept(): Promise<void> {
    if (this.#sleepers.length > 0) return
    await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }

  /** Lets time pass, wakes who is due, and lets what follows from that happen. */
  async advance(ms: number): Promise<void> {
    this.time += ms
    const due = this.#sleepers.filter(({ dueAt }) => dueAt <= this.time)
    this.#sleepers = this.#sleepers.filter(({ dueAt }) => dueAt > this.time)
    for (const { wake } of due) wake()
    await settled()
  }

  /** Fails every sleep, as a broken clock would. */
  async break(reason: unknown): Promise<void> {
    for (const { fail } of this.#sleepers.splice(0)) fail(reason)
    await settled()
  }
}

/** Resolves after everything that waits on nothing but promises has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
