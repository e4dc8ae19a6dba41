import { type Classifier, StepFailed } from '../../core/errors.ts'
import { groupAt } from '../../core/plan.ts'
import { mayHaveLeftSomething } from '../../core/run.ts'
import type { CallArgs } from '../../core/step.ts'
import type { ClaimedRun, Store, StoredRun } from '../../engine/store.ts'
import type { SimulatedClock } from '../simulated-clock.ts'
import type { Scope } from './scope.ts'

/** A call that has begun. */
interface Called extends Scope {
  readonly args: CallArgs<unknown>
}

/** What is known of the last `do` of a step. */
interface LastDo {
  /** The last moment it could have left; undefined: it is under way. */
  readonly leftBy: () => number
  leftNothing: boolean
}

type End = { readonly value: unknown } | { readonly error: unknown }

/** What has to hold at every call of a step's functions, by what is in the store at that moment. */
export class CallChecks {
  readonly breaches = new Set<string>()
  /** How often `do` was called: by run and step. */
  readonly calls = new Map<string, number>()
  readonly #store: Store
  readonly #clock: SimulatedClock
  readonly #classify: Classifier
  readonly #made = new Set<string>()
  readonly #lastDo = new Map<string, LastDo>()
  readonly #lastAbsent = new Map<string, number>()
  /** Of the last claim, by run. */
  readonly #epochs = new Map<string, number>()

  constructor(store: Store, clock: SimulatedClock, classify: Classifier) {
    this.#store = store
    this.#clock = clock
    this.#classify = classify
  }

  breach(what: string): void {
    this.breaches.add(what)
  }

  /** Runs that a claim has given. Each claim of a run has an epoch of its own, above those before. */
  claimed(runs: readonly unknown[]): void {
    for (const claimed of runs) {
      if (!isClaimed(claimed)) continue
      const { id, epoch } = claimed.run
      if (epoch <= (this.#epochs.get(id) ?? 0)) {
        this.breach(`a run was claimed under the epoch ${epoch} again`)
      }
      this.#epochs.set(id, epoch)
    }
  }

  /** Looks whether a call may be made; gives what is to be told how it ended. */
  async entered(called: Called): Promise<(end: End) => void> {
    const { process, call, args, path } = called
    const now = this.#clock.now()
    if (process.leaseUntil !== undefined && now > process.leaseUntil) {
      this.breach(`${path} was called by a worker whose lease was over`)
      return () => {}
    }
    const at = `${args.run.id} ${args.idx}`
    if (call === 'until') return () => {}
    if (call === 'find') {
      return (end) => {
        if ('value' in end && end.value === undefined) this.#lastAbsent.set(at, now)
      }
    }
    const stored = await this.#store.readRun({ id: args.run.id })
    if (stored === undefined) {
      this.breach(`${path} was called for a run that is not there`)
      return () => {}
    }
    this.#checkRow(stored, called)
    await this.#checkLocks(stored, path)
    if (call === 'do') return this.#checkDo(called, at)
    this.#checkOrder(stored, called)
    return () => {}
  }

  #checkRow({ run, steps }: StoredRun, { call, args, path }: Called): void {
    const row = steps[args.idx]
    const fits =
      call === 'do'
        ? row?.status === 'running' && row.attempts === args.attempt
        : row?.status === 'compensating' && row.undoAttempts === args.attempt
    if (run.epoch !== args.epoch || !fits) {
      this.breach(
        `${path} (attempt ${args.attempt}, epoch ${args.epoch}) was called while the ledger said: ${row?.status ?? 'nothing'}, attempts ${row?.attempts}/${row?.undoAttempts}, epoch ${run.epoch}`,
      )
    }
    if (call === 'do' && run.direction !== 'forward')
      this.breach(`${path} was called on the way back`)
  }

  async #checkLocks({ run }: StoredRun, path: string): Promise<void> {
    const keys = run.lockKeys
    if (keys.length === 0) return
    const holders = await this.#store.listLockHolders({ keys, limit: keys.length * 2 })
    // Those of its parents, or its own: it may have gone back after they had ended.
    const family = [run.id, run.parentId, run.rootId]
    const held = new Set(
      holders.filter(({ runId }) => family.includes(runId)).map(({ key }) => key),
    )
    const missing = keys.filter((key) => !held.has(key))
    if (missing.length > 0) this.breach(`${path} was called without the lock ${missing.join(', ')}`)
  }

  #checkDo({ process, definition, args, path }: Called, at: string): (end: End) => void {
    const { idempotent, effect, kind, policy } = definition
    const attempt = `${at} ${args.attempt} ${args.epoch}`
    if (this.#made.has(attempt)) this.breach(`${path} was called twice for attempt ${args.attempt}`)
    this.#made.add(attempt)
    this.calls.set(at, (this.calls.get(at) ?? 0) + 1)
    const last = this.#lastDo.get(at)
    const mayRepeat = idempotent || effect === 'read' || kind === 'transact'
    if (last !== undefined && !last.leftNothing && !mayRepeat) {
      const absentAt = this.#lastAbsent.get(at) ?? Number.NEGATIVE_INFINITY
      if (absentAt < last.leftBy() + policy.settlesMs) {
        this.breach(`${path} was repeated, though the call before may have had an effect`)
      }
    }
    let endedAt: number | undefined
    let abortedAt: number | undefined
    args.signal.addEventListener('abort', () => {
      abortedAt ??= this.#clock.now()
    })
    const leftBy = () => {
      if (endedAt !== undefined) return endedAt
      const isLost = process.isDead || process.isStopped
      const lostAt = isLost ? (process.leaseUntil ?? this.#clock.now()) : Number.POSITIVE_INFINITY
      return Math.min(lostAt, abortedAt ?? Number.POSITIVE_INFINITY)
    }
    const made: LastDo = { leftBy, leftNothing: false }
    this.#lastDo.set(at, made)
    return (end) => {
      endedAt = this.#clock.now()
      made.leftNothing = 'error' in end && this.#provesNothingLeft(end.error)
    }
  }

  #provesNothingLeft(error: unknown): boolean {
    const verdict = error instanceof StepFailed ? error : this.#classify(error)
    return verdict?.effect === 'none'
  }

  /** What came after it has to be taken back before. */
  #checkOrder({ run, steps }: StoredRun, { args, path }: Called): void {
    const last = groupAt(run.plan, args.idx)?.last ?? args.idx
    for (const { idx, name, status } of steps.slice(last + 1)) {
      if (mayHaveLeftSomething(status)) {
        this.breach(
          `${path} was called before step ${idx} (${name}) was taken back: it is ${status}`,
        )
      }
    }
  }
}

function isClaimed(value: unknown): value is ClaimedRun {
  return typeof value === 'object' && value !== null && 'run' in value
}
