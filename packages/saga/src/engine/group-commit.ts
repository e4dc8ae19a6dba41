import { DefinitionError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from './clock.ts'
import type { Commit, CommitResult, Store } from './store.ts'
import { Trouble } from './trouble.ts'

/** One statement that a worker wrote runs with. */
export interface Flush {
  /** How many runs were in it. */
  readonly size: number
  /** How long the store took to answer, in milliseconds. */
  readonly ms: number
}

export interface GroupCommitDeps {
  readonly store: Pick<Store, 'commitRuns' | 'isTransient'>
  readonly clock: Clock
  readonly log: Log
}

export interface GroupCommitOptions {
  /** The most patches in a statement. Default 200; 1: each is written by itself, at once. */
  readonly most?: number | undefined
  /** Told of every statement that was answered, or failed. */
  readonly onFlush?: ((flush: Flush) => void) | undefined
}

interface Waiting {
  readonly patch: Commit
  readonly assertLease: (runId: string) => void
  readonly resolve: (result: CommitResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * How long others wait for the flush in flight. One that takes longer waits for somebody (a row that
 * a caller's own transaction keeps locked, a connection that was cut without a word), and the worker,
 * whose lease goes on being renewed, must not stand still with it.
 */
const patienceMs = 500

/**
 * Writes the patches of a worker's runs. Nothing in flight: at once. While a flush is in flight
 * others gather, and go together in the next, in one statement.
 */
export class GroupCommit {
  readonly #deps: GroupCommitDeps
  readonly #most: number
  readonly #onFlush: (flush: Flush) => void
  readonly #trouble: Trouble
  #waiting: Waiting[] = []
  /** There is a flush in flight that the others wait for. */
  #busy = false

  /** @throws {@link DefinitionError} when no patch at all may be in a statement */
  constructor(deps: GroupCommitDeps, { most = 200, onFlush = () => {} }: GroupCommitOptions = {}) {
    if (!Number.isInteger(most) || most < 1) {
      throw new DefinitionError(`"${most}" runs cannot be written in a statement: give 1 or more`)
    }
    this.#deps = deps
    this.#trouble = new Trouble(deps)
    this.#most = most
    this.#onFlush = onFlush
  }

  /**
   * Writes a patch with others, one of a run at a time. `assertLease` is asked again at the moment
   * the statement is sent; what it throws is thrown, and the patch is not sent.
   * @throws what the store did when it refused this patch alone, or lost the answer to all
   */
  write(patch: Commit, assertLease: (runId: string) => void): Promise<CommitResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitResult>()
    this.#waiting.push({ patch, assertLease, resolve, reject })
    this.#next()
    return promise
  }

  #next(): void {
    if (this.#busy || this.#waiting.length === 0) return
    this.#busy = true
    void this.#fly(this.#take())
  }

  /** What goes with the next flush: first come, first served, and one patch a run. */
  #take(): readonly Waiting[] {
    const batch = new Map<string, Waiting>()
    const left: Waiting[] = []
    for (const waiting of this.#waiting) {
      const { id } = waiting.patch.run
      if (batch.size < this.#most && !batch.has(id)) batch.set(id, waiting)
      else left.push(waiting)
    }
    this.#waiting = left
    return [...batch.values()]
  }

  async #fly(batch: readonly Waiting[]): Promise<void> {
    let waitedFor = true
    const letOthersGo = () => {
      if (!waitedFor) return
      waitedFor = false
      this.#busy = false
      this.#next()
    }
    const cancel = this.#deps.clock.after(patienceMs, letOthersGo)
    const written = this.#write(batch)
    if (this.#most === 1) letOthersGo()
    await written
    cancel()
    // Those that were just answered have more to write as a rule. They come within a turn of the event
    // loop, and go together; or the first of them would be in flight alone, before all the others.
    await new Promise(setImmediate)
    letOthersGo()
  }

  /** Settles every patch of the batch; never rejects. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const { store, clock } = this.#deps
    const sure = batch.filter(isSure)
    if (sure.length === 0) return
    const sentAt = clock.monotonic()
    try {
      const results = await store.commitRuns({ commits: sure.map(({ patch }) => patch) })
      this.#trouble.over()
      for (const [index, { patch, resolve, reject }] of sure.entries()) {
        const result = results[index]
        if (result === undefined) reject(new TypeError(`no answer for saga ${patch.run.id}`))
        else resolve(result)
      }
    } catch (error) {
      this.#observe(sure.length, sentAt)
      return this.#afterFailure(sure, error)
    }
    this.#observe(sure.length, sentAt)
  }

  /**
   * Whatever is not the database's trouble may be about one of the patches: a value it refuses
   * (SQLSTATE class 22, 23, 54), or too much of it to be put into one statement. Half by half, it is
   * found and fails alone; if it is about none of them, that costs at most twice as many statements
   * as there are patches. After a transient error whose patch was written is not known here: whoever
   * waits for it asks for the last write of its run.
   */
  async #afterFailure(sent: readonly Waiting[], error: unknown): Promise<void> {
    const passes = this.#deps.store.isTransient(error)
    if (passes) this.#trouble.met(error, sent.length)
    if (sent.length === 1 || passes) {
      for (const { reject } of sent) reject(error)
      return
    }
    const middle = Math.ceil(sent.length / 2)
    await this.#write(sent.slice(0, middle))
    await this.#write(sent.slice(middle))
  }

  #observe(size: number, sentAt: number): void {
    const { clock, log } = this.#deps
    try {
      this.#onFlush({ size, ms: clock.monotonic() - sentAt })
    } catch (error) {
      log.error({ err: error }, 'onFlush threw; what was written is written')
    }
  }
}

/** Whether the lease of a patch's run is still sure; a patch whose lease went is dropped. */
function isSure({ patch, assertLease, reject }: Waiting): boolean {
  try {
    assertLease(patch.run.id)
    return true
  } catch (error) {
    reject(error)
    return false
  }
}
