import type { ActiveRun } from './runner.ts'
import type { Signal } from './store.ts'

/** The runs that a worker holds, and the room it has for more. */
export class HeldRuns {
  readonly #most: number
  /** Told when there is room again, and something may be due that there was none for. */
  readonly #onRoom: () => void
  readonly #active = new Map<string, ActiveRun>()
  /** Those of them that have been let go, and take no room any more. */
  readonly #released = new Set<ActiveRun>()
  /** For how many runs a claim is under way: what is begun meanwhile does not take their room. */
  #asked = 0
  /** Whether something may be due that there was no room for: it comes before what is new. */
  #backlog = true

  constructor(most: number, onRoom: () => void) {
    this.#most = most
    this.#onRoom = onRoom
  }

  /** How many more there may be. */
  get room(): number {
    return this.#most - this.#active.size + this.#released.size - this.#asked
  }

  /** Whether a run may be begun before anything that waits has been claimed. */
  get isFree(): boolean {
    return this.room > 0 && !this.#backlog
  }

  get ids(): readonly string[] {
    return [...this.#active.keys()]
  }

  /** Those that were let go among them, until the last of their calls has ended. */
  has(runId: string): boolean {
    return this.#active.has(runId)
  }

  /** Whether a run is under way. */
  holds(runId: string): boolean {
    const run = this.#active.get(runId)
    return run !== undefined && !this.#released.has(run)
  }

  hold(run: ActiveRun): void {
    this.#active.set(run.id, run)
    void run.done.then(() => this.#finished(run))
  }

  /**
   * Keeps room for as many runs as a claim asks for. `work` gives whether there was more than that, and
   * has held what came; what it did not take is free when it is through.
   */
  async reserve<T>(
    count: number,
    work: () => Promise<{ readonly more: boolean; readonly value: T }>,
  ): Promise<T> {
    this.#asked = count
    this.#backlog = false
    let more = true
    try {
      const claimed = await work()
      more = claimed.more
      return claimed.value
    } finally {
      this.#asked = 0
      this.#backlog ||= more
    }
  }

  /** A run is nobody's now, though its last calls may not have ended. */
  release(runId: string): void {
    const run = this.#active.get(runId)
    if (run === undefined) return
    const awaited = this.room <= 0 && this.#backlog
    this.#released.add(run)
    if (awaited) this.#onRoom()
  }

  #finished(run: ActiveRun): void {
    const awaited = this.room <= 0 && this.#backlog
    this.#released.delete(run)
    if (this.#active.get(run.id) === run) this.#active.delete(run.id)
    if (awaited) this.#onRoom()
  }

  deliver(signals: readonly Signal[]): void {
    for (const signal of signals) this.#active.get(signal.runId)?.deliver([signal])
  }

  drain(): void {
    for (const run of this.#active.values()) run.drain()
  }

  abortAll(reason: Error): void {
    for (const run of this.#active.values()) run.abort(reason)
    // They are not this worker's any more; a run that comes back is a new claim.
    this.#active.clear()
    this.#released.clear()
  }

  /** Resolves when those of now are through. */
  async settled(): Promise<void> {
    await Promise.all([...this.#active.values()].map(({ done }) => done))
  }
}
