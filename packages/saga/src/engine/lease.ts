import { Fenced } from '../core/errors.ts'
import type { Clock } from './clock.ts'
import type { Known, Store } from './store.ts'

/** A lease is over: what was held under it may be another's. */
export class LeaseOver extends Error {
  /**
   * When it ended, by the monotonic clock of its worker, or before that: whoever takes over counts
   * absences from then on. Minus infinity: it was heard of from the store.
   */
  readonly endedAt: number

  constructor(endedAt: number) {
    super('the lease of this worker is over')
    this.name = 'LeaseOver'
    this.endedAt = endedAt
  }
}

export interface LeaseDeps {
  readonly store: Store
  readonly clock: Clock
  readonly newId: () => string
}

export interface LeaseOptions {
  readonly name: string
  readonly leaseMs: number
  /** What the worker can run, for those who ask what nobody can. */
  readonly known: Known
  /** Told at the moment from which on others may take over what this worker holds. */
  readonly onLost: (reason: Error) => void
}

/**
 * A worker's one lease, for all of its runs. Others compare it by the database's clock; the worker
 * itself, by its monotonic clock and counted from before the heartbeat was sent, stops a margin
 * earlier. A lost lease is never renewed: the worker goes on under another id.
 */
export class Lease {
  readonly #deps: LeaseDeps
  readonly #options: LeaseOptions
  #id: string | undefined
  #ensuring: Promise<string> | undefined
  #sureUntil = Number.NEGATIVE_INFINITY
  #renewAt = Number.NEGATIVE_INFINITY
  #cancelExpiry = () => {}

  constructor(deps: LeaseDeps, options: LeaseOptions) {
    this.#deps = deps
    this.#options = options
  }

  /** How long to wait between two heartbeats. */
  get renewMs(): number {
    return this.#options.leaseMs / 4
  }

  /** @throws {@link Fenced} when the lease a run was claimed under is not sure any more */
  assert(worker: string, runId: string): void {
    if (this.#deps.clock.monotonic() >= this.#sureUntil) this.#lose()
    if (this.#id !== worker) throw new Fenced(runId)
  }

  /** The id to hold runs under, as long as the lease is sure. */
  get held(): string | undefined {
    return this.#deps.clock.monotonic() < this.#sureUntil ? this.#id : undefined
  }

  /** Makes or renews the lease where that is due; gives the id to claim under. */
  ensure(): Promise<string> {
    // The heartbeat and the claims ask at the same time; two leases would be two workers.
    this.#ensuring ??= this.#renew().finally(() => {
      this.#ensuring = undefined
    })
    return this.#ensuring
  }

  async #renew(): Promise<string> {
    const { clock, store, newId } = this.#deps
    const { name, leaseMs, known } = this.#options
    const sentAt = clock.monotonic()
    if (this.#id !== undefined && sentAt >= this.#sureUntil) this.#lose()
    if (this.#id !== undefined && sentAt < this.#renewAt) return this.#id
    const first = this.#id === undefined
    const worker = this.#id ?? newId()
    if (await store.renewLease({ worker, name, leaseMs, first, known })) {
      this.#keep(worker, sentAt)
      return worker
    }
    this.#lose(Number.NEGATIVE_INFINITY)
    return this.#renew()
  }

  /** Gives the lease up: what this worker still holds may be taken over at once. */
  async end(): Promise<void> {
    const worker = this.#id
    this.#forget()
    if (worker !== undefined) await this.#deps.store.endLease({ worker })
  }

  #keep(worker: string, sentAt: number): void {
    const { leaseMs } = this.#options
    this.#id = worker
    this.#sureUntil = sentAt + leaseMs - this.#marginMs
    this.#renewAt = sentAt + this.renewMs
    this.#cancelExpiry()
    const left = this.#sureUntil - this.#deps.clock.monotonic()
    this.#cancelExpiry = this.#deps.clock.after(Math.max(0, left), () => this.#lose())
  }

  get #marginMs(): number {
    return this.#options.leaseMs / 5
  }

  #lose(endedAt = this.#sureUntil + this.#marginMs): void {
    if (this.#id === undefined) return
    this.#forget()
    this.#options.onLost(new LeaseOver(endedAt))
  }

  #forget(): void {
    this.#id = undefined
    this.#sureUntil = Number.NEGATIVE_INFINITY
    this.#renewAt = Number.NEGATIVE_INFINITY
    this.#cancelExpiry()
  }
}
