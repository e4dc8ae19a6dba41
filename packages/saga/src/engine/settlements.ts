import { hasEnded, type Run } from '../core/run.ts'
import type { Clock } from './clock.ts'
import type { Store } from './store.ts'

/** How soon it is looked for what nobody in this process has told of, and then how often. */
const firstLookMs = 50
const lookMs = 250

export interface SettlementDeps {
  readonly store: Pick<Store, 'listSettled' | 'isTransient'>
  readonly clock: Clock
}

interface Waiting {
  readonly resolve: (run: Run) => void
  readonly reject: (error: unknown) => void
}

/** Whether a run does not go on by itself: it has ended, or an operator has to look at it. */
export function isSettled({ status }: Run): boolean {
  return hasEnded(status) || status === 'parked'
}

/**
 * Who waits for runs to settle. Those that this process runs it tells itself, at the moment they are
 * durable; all others are asked for together, every so often, as long as somebody waits.
 */
export class Settlements {
  readonly #deps: SettlementDeps
  readonly #waiting = new Map<string, Set<Waiting>>()
  #looking = false

  constructor(deps: SettlementDeps) {
    this.#deps = deps
  }

  /** Resolves with the run when it has settled; rejects when it is aborted, or the store refuses. */
  wait(id: string, signal?: AbortSignal): Promise<Run> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Run>()
    const others = this.#waiting.get(id) ?? new Set()
    const giveUp = () => {
      others.delete(waiting)
      if (others.size === 0) this.#waiting.delete(id)
      reject(signal?.reason)
    }
    // A signal may live as long as the process, and outlive many that wait under it.
    const listenNoMore = () => signal?.removeEventListener('abort', giveUp)
    const waiting: Waiting = {
      resolve: (run) => {
        listenNoMore()
        resolve(run)
      },
      reject: (error) => {
        listenNoMore()
        reject(error)
      },
    }
    this.#waiting.set(id, others.add(waiting))
    signal?.addEventListener('abort', giveUp, { once: true })
    if (!this.#looking) {
      this.#looking = true
      this.#deps.clock.after(firstLookMs, () => void this.#look())
    }
    return promise
  }

  /** A run of this process was written. */
  tell(run: Run): void {
    if (this.#waiting.size === 0 || !isSettled(run)) return
    const waiting = this.#waiting.get(run.id)
    this.#waiting.delete(run.id)
    for (const { resolve } of waiting ?? []) resolve(run)
  }

  async #look(): Promise<void> {
    const ids = [...this.#waiting.keys()]
    if (ids.length > 0) await this.#ask(ids)
    this.#looking = this.#waiting.size > 0
    if (this.#looking) this.#deps.clock.after(lookMs, () => void this.#look())
  }

  async #ask(ids: readonly string[]): Promise<void> {
    const { store } = this.#deps
    try {
      for (const run of await store.listSettled({ ids })) this.tell(run)
    } catch (error) {
      if (store.isTransient(error)) return
      for (const id of ids) {
        const waiting = this.#waiting.get(id)
        this.#waiting.delete(id)
        for (const { reject } of waiting ?? []) reject(error)
      }
    }
  }
}
