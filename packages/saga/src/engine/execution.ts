import { randomUUID } from 'node:crypto'
import type { InFlight, Plan } from '../core/decision.ts'
import type { SagaEvent, SagaEventData } from '../core/event.ts'
import { evolve, type RunState } from '../core/evolve.ts'
import { heed } from '../core/heed.ts'
import { isNews } from '../core/news.ts'
import { contextOf } from '../core/plan.ts'
import type { Begun } from './begun.ts'
import { type CommitDeps, commit } from './commit.ts'
import type { ObservedClaim } from './observer.ts'
import type { ClaimedRun, Commit, Signal } from './store.ts'

export interface ExecutionDeps extends CommitDeps {
  /** The store's time, epoch milliseconds. */
  readonly now: () => number
  /** The run is nobody's now: told before anybody hears of it, so that there is room for another. */
  readonly released: (runId: string) => void
  /** Told of what is durable. */
  readonly observed: ObservedClaim
}

/**
 * A claimed run in memory: its state, and what of it is not written yet. Only {@link flush} writes.
 */
export class Execution {
  readonly #deps: ExecutionDeps
  #state: RunState
  #events: SagaEvent[] = []
  /** A run that is claimed again, and was not taken over, was waiting before. */
  #lastNews: SagaEvent['type'] = 'run_waiting'
  #readSignals: Signal[] = []
  /** Rows of the ledger that are stored. */
  #ledgerLength: number
  readonly #changed = new Set<number>()
  /** As long as the run has no row. */
  #begun: Begun | undefined

  constructor(deps: ExecutionDeps, worker: string, claimed: ClaimedRun, begun?: Begun) {
    this.#deps = deps
    this.#begun = begun
    this.#state = { run: claimed.run, steps: claimed.steps }
    this.#ledgerLength = claimed.steps.length
    this.apply([{ type: 'run_claimed', worker, interruptedAt: claimed.interruptedAt }])
  }

  get state(): RunState {
    return this.#state
  }

  /** Whether the run has a row that others can see. */
  get isStored(): boolean {
    return this.#begun === undefined
  }

  now(): number {
    return this.#deps.now()
  }

  apply(events: readonly SagaEventData[]): void {
    for (const data of events) {
      const event: SagaEvent = { ...data, now: this.#deps.now() }
      const repeated = event.type === 'run_waiting' && this.#lastNews === 'run_waiting'
      if (isNews(this.#state, event) && !repeated) {
        this.#events.push(event)
        this.#lastNews = event.type
      }
      const { steps: before } = this.#state
      this.#state = evolve(this.#state, event)
      for (const step of this.#state.steps) {
        if (step !== before[step.idx]) this.#changed.add(step.idx)
      }
    }
  }

  /** Takes up what others have left for the run. Gives back what it is too early for. */
  read(signals: readonly Signal[], plan: Plan, inFlight: InFlight): readonly Signal[] {
    return signals.filter((signal) => {
      const meant = heed(this.#state, plan, signal, this.#deps.now(), inFlight)
      if (meant === 'later') return true
      this.#readSignals.push(signal)
      this.apply(meant)
      return false
    })
  }

  /** What {@link flush} would write; for a transaction that writes it itself. */
  patch(release: boolean): Commit {
    const { run, steps } = this.#state
    const { toStore: traceContext } = this.#deps.observed
    return {
      run: release ? { ...run, context: contextOf(run.plan, steps) } : run,
      steps: steps.filter(({ idx }) => this.#changed.has(idx)),
      events: this.#events,
      ledgerLength: this.#ledgerLength,
      readSignals: this.#readSignals.map(({ id }) => id),
      cancelsRead: this.#readSignals.filter(({ type }) => type === 'cancel').length,
      release,
      writeId: randomUUID(),
      ...(this.#begun === undefined ? {} : { start: this.#begun.start }),
      ...(traceContext === null ? {} : { traceContext }),
    }
  }

  /** Marks a patch as written: the next one begins after it. */
  written(patch: Commit): void {
    const revision = patch.run.revision + 1
    const eventSeq = patch.run.eventSeq + patch.events.length
    this.#state = { ...this.#state, run: { ...this.#state.run, revision, eventSeq } }
    this.#events = []
    this.#readSignals = []
    this.#changed.clear()
    this.#ledgerLength = Math.max(this.#ledgerLength, ...patch.steps.map(({ idx }) => idx + 1))
    const run = { ...patch.run, revision, eventSeq }
    if (patch.release) this.#deps.released(run.id)
    this.#begun?.onStored(run)
    this.#begun = undefined
    this.#deps.observed.committed(run, patch.events)
  }

  /**
   * Writes what is not written yet, in one statement. False: the run would have completed, but for a
   * cancel that it has not read.
   * @throws {@link Fenced} when the run belongs to another worker
   */
  async flush(release: boolean): Promise<boolean> {
    const idle =
      this.#events.length === 0 && this.#changed.size === 0 && this.#readSignals.length === 0
    if (idle && !release && this.isStored) return true
    const patch = this.patch(release)
    if ((await commit(this.#deps, patch)) === 'signalled') return false
    this.written(patch)
    return true
  }

  /** Where it stands now, written or not; what comes after can be taken back. Gives what does so. */
  mark(): () => void {
    const state = this.#state
    const events = [...this.#events]
    const readSignals = [...this.#readSignals]
    const changed = [...this.#changed]
    const lastNews = this.#lastNews
    return () => {
      this.#state = state
      this.#events = events
      this.#readSignals = readSignals
      this.#changed.clear()
      for (const idx of changed) this.#changed.add(idx)
      this.#lastNews = lastNews
    }
  }
}
