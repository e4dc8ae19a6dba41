import { decide, isPastPivot } from '../core/decide.ts'
import type { StepCall } from '../core/decision.ts'
import { Fenced, storedError } from '../core/errors.ts'
import type { SagaEventData } from '../core/event.ts'
import type { PlacedStep } from '../core/saga.ts'
import { Execution } from './execution.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { callStep, openStep, settled } from './step-call.ts'
import type { ClaimedRun, Signal } from './store.ts'
import { transactStep } from './transact.ts'

/** How long a run that waits for a lock sleeps when no release wakes it. */
const lockPollMs = 1_000

/** How long a run that could not go on here is left alone. */
const abandonedMs = 5_000

/** A run under way in this worker, and how the worker speaks to it. */
export interface ActiveRun {
  readonly id: string
  /** Resolves when the run was let go, or lost; never rejects. */
  readonly done: Promise<void>
  deliver(signals: readonly Signal[]): void
  /** Lets the call under way end, then gives the run back. */
  drain(): void
  /** Aborts the call under way; nothing more is written. */
  abort(reason: Error): void
}

/** Runs a claimed run until it waits, ends, or is lost. */
export function startRun(
  deps: RunnerDeps,
  worker: string,
  claimed: ClaimedRun,
  plan: readonly PlacedStep[] | { readonly missing: string },
): ActiveRun {
  const run = new Runner(deps, worker, claimed, plan)
  return Object.assign(run, { done: run.run() })
}

class Runner {
  readonly id: string
  readonly #deps: RunnerDeps
  readonly #execution: Execution
  readonly #plan: readonly PlacedStep[]
  readonly #missing: string | undefined
  readonly #lost = new AbortController()
  readonly #cancel = new AbortController()
  readonly #inbox: Signal[] = []
  readonly #seen = new Set<string>()
  #draining = false

  constructor(
    deps: RunnerDeps,
    worker: string,
    claimed: ClaimedRun,
    plan: readonly PlacedStep[] | { readonly missing: string },
  ) {
    this.id = claimed.run.id
    this.#deps = deps
    this.#plan = 'missing' in plan ? [] : plan
    this.#missing = 'missing' in plan ? plan.missing : undefined
    this.#execution = new Execution(deps, worker, claimed)
    this.deliver(claimed.signals)
  }

  deliver(signals: readonly Signal[]): void {
    for (const signal of signals) {
      if (this.#seen.has(signal.id)) continue
      this.#seen.add(signal.id)
      this.#inbox.push(signal)
      if (signal.type === 'cancel') this.#cancel.abort(new Error('the saga was cancelled'))
    }
  }

  drain(): void {
    this.#draining = true
  }

  abort(reason: Error): void {
    this.#lost.abort(reason)
  }

  async run(): Promise<void> {
    const { log } = this.#deps
    const { epoch } = this.#execution.state.run
    try {
      await this.#advance()
    } catch (error) {
      if (error instanceof Fenced) {
        log.warn({ saga: this.id, epoch }, 'lost to another worker; nothing more is written')
        return
      }
      log.error({ saga: this.id, epoch, err: error }, 'cannot go on with this saga; let go')
      await this.#abandon(epoch, storedError(error).message)
    }
  }

  /** Gives the run back, however long the database takes to answer, as long as it is this worker's. */
  async #abandon(epoch: number, why: string): Promise<void> {
    const { store, log, assertLease, pause } = this.#deps
    for (;;) {
      try {
        assertLease(this.id)
        return await store.abandonRun({ runId: this.id, epoch, delayMs: abandonedMs, stalled: why })
      } catch (error) {
        if (error instanceof Fenced) return
        log.error({ saga: this.id, epoch, err: error }, 'cannot let go of this saga; trying again')
        await pause(abandonedMs)
      }
    }
  }

  /** Load, decide, do, write: until the run is let go. */
  async #advance(): Promise<void> {
    const execution = this.#execution
    if (this.#missing !== undefined) return this.#parkUnknown(this.#missing)
    const plan = this.#plan.map(({ step }) => step)
    for (;;) {
      execution.read(this.#inbox.splice(0))
      const decision = decide(execution.state, plan, execution.now())
      switch (decision.type) {
        case 'record':
          if (decision.events.some(({ type }) => type === 'run_completed')) {
            if (await this.#complete(decision.events)) return
            break
          }
          if (this.#draining && decision.events.some(opensCall)) return this.#letGo()
          execution.apply(decision.events)
          break
        case 'open':
          if (this.#draining) return this.#letGo()
          execution.apply([
            await openStep(this.#deps, execution.state, this.#placed(decision.idx), decision),
          ])
          break
        case 'acquire_locks':
          if (!(await this.#acquireLocks())) return this.#letGo()
          break
        case 'call':
          // Whatever has no intent written down yet may as well be another worker's.
          if (this.#draining && isProbe(decision.call)) return this.#letGo()
          await this.#call(decision.call, this.#placed(decision.idx), decision.idx)
          if (this.#lost.signal.aborted) return this.#letGo()
          break
        case 'wait':
          execution.apply([
            { type: 'run_waiting', waitsFor: decision.waitsFor, until: decision.until },
          ])
          return this.#letGo()
        case 'rest':
          return this.#letGo()
      }
    }
  }

  async #letGo(): Promise<void> {
    await this.#execution.flush(true)
  }

  #placed(idx: number): PlacedStep {
    const placed = this.#plan[idx]
    if (placed === undefined) throw new RangeError(`the plan has no step ${idx}`)
    return placed
  }

  /** Ends the run, unless a cancel came before; false: there is one to be read. */
  async #complete(events: readonly SagaEventData[]): Promise<boolean> {
    const execution = this.#execution
    const takeBack = execution.mark()
    execution.apply(events)
    if (await execution.flush(true)) return true
    takeBack()
    this.deliver(await this.#deps.store.listSignals({ runIds: [this.id] }))
    return false
  }

  /** Without its definitions a run can only be given up before its first step, or parked. */
  async #parkUnknown(name: string): Promise<void> {
    const execution = this.#execution
    execution.read(this.#inbox.splice(0))
    const { run, steps } = execution.state
    if (run.cancelRequestedAt !== null && steps.length === 0) {
      execution.apply([
        { type: 'compensation_started', reason: 'cancelled', from: -1 },
        { type: 'run_rolled_back' },
      ])
    } else if (run.status !== 'parked') {
      const step = run.currentStep
      execution.apply([{ type: 'run_parked', reason: `unknown_step:${name}`, step }])
    }
    await execution.flush(true)
  }

  /** True when the run holds its locks; else it waits for them. */
  async #acquireLocks(): Promise<boolean> {
    const execution = this.#execution
    const { id, epoch, lockKeys } = execution.state.run
    this.#deps.assertLease(id)
    if (await this.#deps.store.acquireLocks({ runId: id, epoch, keys: lockKeys })) {
      execution.apply([{ type: 'locks_acquired' }])
      return true
    }
    const until = execution.now() + lockPollMs
    execution.apply([{ type: 'run_waiting', waitsFor: 'lock', until }])
    return false
  }

  async #call(call: StepCall, placed: PlacedStep, idx: number): Promise<void> {
    const execution = this.#execution
    const request = { call, idx, signals: this.#signals() }
    if (placed.step.transact !== undefined) {
      await transactStep(this.#deps, execution, placed, request)
      return
    }
    await execution.flush(false)
    this.#deps.assertLease(this.id)
    const outcome = await callStep(this.#deps, execution.state, placed, request)
    this.#deps.assertLease(this.id)
    execution.apply(settled(this.#deps, execution, placed.step, request, outcome))
  }

  /** An undo is not cancellable, and neither is what follows the point of no return. */
  #signals(): readonly AbortSignal[] {
    const { state } = this.#execution
    const plan = this.#plan.map(({ step }) => step)
    const cancellable = state.run.direction === 'forward' && !isPastPivot(state, plan)
    return cancellable ? [this.#lost.signal, this.#cancel.signal] : [this.#lost.signal]
  }
}

function opensCall({ type }: SagaEventData): boolean {
  return type === 'undo_opened'
}

function isProbe(call: StepCall): boolean {
  return call === 'find' || call === 'until'
}
