import type { Json } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import { type Clock, pause } from './clock.ts'
import type { Store } from './store.ts'

/** A `do` that nobody has written down: its worker had lost the run, or had given up waiting. */
export type Stray = {
  readonly runId: string
  readonly kind: string
  readonly idx: number
  readonly step: string
  readonly key: string
  readonly epoch: number
  readonly attempt: number
} & (
  | {
      /** It had an effect. */
      readonly doubtful: false
      readonly receipt: Json
      /** False: what the call gave is not what the step says it gives. */
      readonly usable: boolean
    }
  /** It gave no answer. It has ended, so its effect, if there is one, had left by then. */
  | { readonly doubtful: true }
)

const retryMs = 1_000

/**
 * Reports calls that ended, with an effect or a doubtful one, when their run had gone on without them. Unfenced: it is a
 * word to whoever holds the run now. Tried until the database takes it.
 */
export class Strays {
  readonly #store: Pick<Store, 'insertSignal'>
  readonly #clock: Clock
  readonly #log: Log
  readonly #open = new Set<Promise<void>>()

  constructor({
    store,
    clock,
    log,
  }: {
    store: Pick<Store, 'insertSignal'>
    clock: Clock
    log: Log
  }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  report(stray: Stray): void {
    const report = this.#send(stray).finally(() => this.#open.delete(report))
    this.#open.add(report)
  }

  /** Resolves when every report is in the database. */
  async settled(): Promise<void> {
    await Promise.all(this.#open)
  }

  async #send(stray: Stray): Promise<void> {
    const { runId, kind, idx, step, key, epoch, attempt } = stray
    const about = { saga: runId, kind, step, idx, key, epoch }
    for (;;) {
      try {
        const told = await this.#store.insertSignal({
          runId,
          type: 'stray_effect',
          actor: null,
          stepIdx: idx,
          payload: { key, epoch, attempt, ...wordOf(stray) },
        })
        const said = told ? 'reported' : 'its saga has been pruned'
        const what = stray.doubtful
          ? 'a call ended without an answer after its run had gone on without it'
          : 'a call had an effect after its run had gone on without it'
        this.#log.warn(about, `${what}; ${said}`)
        return
      } catch (error) {
        if (isHopeless(error)) {
          this.#log.error({ ...about, err: error }, 'a stray effect could not be reported')
          return
        }
      }
      await pause(this.#clock, retryMs)
    }
  }
}

function wordOf(stray: Stray): { readonly [key: string]: Json } {
  if (stray.doubtful) return { doubtful: true }
  const { receipt, usable } = stray
  return { receipt, usable }
}

/** The database will never take it: a value or a rule is against it, not the moment. */
function isHopeless(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(22|23|54)/.test(code)
}
