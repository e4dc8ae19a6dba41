import { decide, isPastPivot } from '../core/decide.ts'
import type { ChildAct, Decision, Plan, StepCall } from '../core/decision.ts'
import { Fenced, storedError } from '../core/errors.ts'
import type { SagaEventData } from '../core/event.ts'
import type { RunState } from '../core/evolve.ts'
import type { PlacedStep } from '../core/saga.ts'
import { abandon } from './abandoning.ts'
import type { Begun } from './begun.ts'
import { CallEnds } from './call-ends.ts'
import { lookAtChild, startChild, undoChild } from './child.ts'
import { untilAnswered } from './commit.ts'
import { Execution } from './execution.ts'
import { acquireLocks } from './locks.ts'
import { Mailbox } from './mailbox.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { type CallEnd, type CallRequest, callStep, openStep, rowOf, settled } from './step-call.ts'
import { Stop } from './stop.ts'
import type { ClaimedRun, Signal } from './store.ts'
import { transactStep } from './transact.ts'
import { giveUpUnknown } from './unknown-plan.ts'

/** A run under way in this worker, and how the worker speaks to it. */
export interface ActiveRun {
  readonly id: string
  /** Resolves when the run was let go, or lost; never rejects. */
  readonly done: Promise<void>
  deliver(signals: readonly Signal[]): void
  /** Lets the calls under way end, then gives the run back. */
  drain(): void
  /** Aborts the calls under way; nothing more is written. */
  abort(reason: Error): void
}

/** Runs a claimed run until it waits, ends, or is lost. */
export function startRun(
  deps: RunnerDeps,
  worker: string,
  claimed: ClaimedRun,
  plan: readonly PlacedStep[] | { readonly missing: string },
): ActiveRun {
  const run = new Runner(deps, new Execution(deps, worker, claimed), plan)
  run.deliver(claimed.signals)
  return Object.assign(run, { done: run.run() })
}

/** {@link startRun} of one that is begun where it was started. `onLost`: it will not be stored. */
export function beginRun(
  deps: RunnerDeps,
  worker: string,
  claimed: ClaimedRun,
  plan: readonly PlacedStep[],
  begun: Begun & { readonly onLost: (error: unknown) => void },
): ActiveRun {
  const run = new Runner(deps, new Execution(deps, worker, claimed, begun), plan, begun.onLost)
  return Object.assign(run, { done: run.run() })
}

class Runner {
  readonly id: string
  readonly #deps: RunnerDeps
  readonly #execution: Execution
  readonly #placed: readonly PlacedStep[]
  readonly #plan: Plan
  readonly #missing: string | undefined
  readonly #lost = new Stop()
  readonly #cancel = new Stop()
  /** Aborted when a step that runs at once with others has failed. */
  #siblings = new Stop()
  readonly #mailbox = new Mailbox()
  readonly #inFlight = new Map<number, Promise<void>>()
  readonly #ends: CallEnds
  #inbox: readonly Signal[] = []
  readonly #seen = new Set<string>()
  #draining = false
  readonly #onLost: (error: unknown) => void

  constructor(
    deps: RunnerDeps,
    execution: Execution,
    plan: readonly PlacedStep[] | { readonly missing: string },
    onLost: (error: unknown) => void = () => {},
  ) {
    this.id = execution.state.run.id
    this.#onLost = onLost
    this.#deps = deps
    this.#placed = 'missing' in plan ? [] : plan
    this.#plan = this.#placed.map(({ step }) => step)
    this.#missing = 'missing' in plan ? plan.missing : undefined
    this.#execution = execution
    this.#ends = new CallEnds(deps, this.#plan, this.#lost)
  }

  deliver(signals: readonly Signal[]): void {
    for (const signal of signals) {
      if (this.#seen.has(signal.id)) continue
      this.#seen.add(signal.id)
      this.#inbox = [...this.#inbox, signal]
      if (signal.type === 'cancel') this.#cancel.stop(new Error('the saga was cancelled'))
    }
    this.#mailbox.ring()
  }

  drain(): void {
    this.#draining = true
    this.#mailbox.ring()
  }

  abort(reason: Error): void {
    this.#lost.stop(reason)
    this.#mailbox.ring()
  }

  async run(): Promise<void> {
    const { log, observed, secrets } = this.#deps
    const { epoch } = this.#execution.state.run
    try {
      await this.#advance()
    } catch (error) {
      this.#lost.stop(error instanceof Error ? error : new Error(String(error)))
      const fenced = error instanceof Fenced
      this.#mailbox.close(error)
      this.#ends.giveUp({ fenced })
      // Aborted, they end soon; until then the run is not another's by our own doing.
      await Promise.all(this.#inFlight.values())
      if (!this.#execution.isStored) {
        this.#onLost(error)
        return
      }
      if (fenced) {
        log.warn({}, 'lost to another worker; nothing more is written')
        return
      }
      log.error({ err: error }, 'cannot go on with this saga; let go')
      const stalled = storedError(error, secrets.scrub).message
      await abandon(this.#deps, { runId: this.id, epoch, stalled, seen: [...this.#seen] })
    } finally {
      // Of one that was never stored there is no claim to tell of.
      if (this.#execution.isStored) observed.over(this.#execution.state.run)
    }
  }

  /** Load, decide, do, write: until the run is let go. */
  async #advance(): Promise<void> {
    const execution = this.#execution
    if (this.#missing !== undefined) {
      return giveUpUnknown(execution, this.#inbox, this.#missing)
    }
    for (;;) {
      await this.#mailbox.open()
      if (this.#lost.reason !== undefined) {
        if (this.#inFlight.size === 0) return this.#letGo()
        await this.#mailbox.rung()
        continue
      }
      const inFlight = new Set(this.#inFlight.keys())
      this.#inbox = execution.read(this.#inbox, this.#plan, inFlight)
      const decision = decide(execution.state, this.#plan, execution.now(), inFlight)
      if (this.#draining && beginsSomething(decision)) {
        if (this.#inFlight.size === 0) return this.#letGo()
        await this.#idle(null)
        continue
      }
      if (await this.#follow(decision)) return
    }
  }

  /** Does what was decided. True: the run has been let go. */
  async #follow(decision: Decision): Promise<boolean> {
    const execution = this.#execution
    switch (decision.type) {
      case 'record':
        if (decision.events.some(({ type }) => type === 'run_completed')) {
          return this.#complete(decision.events)
        }
        execution.apply(decision.events)
        return false
      case 'open':
        execution.apply([
          await openStep(this.#deps, execution.state, this.#at(decision.idx), decision),
        ])
        return false
      case 'acquire_locks':
        if (await this.#acquireLocks()) return false
        break
      case 'call':
        await this.#call(decision.call, decision.idx)
        return false
      case 'child':
        await this.#child(decision.act, decision.idx)
        return false
      case 'idle':
        if (decision.abort) this.#abortSiblings()
        await this.#idle(decision.until)
        return false
      case 'wait':
        execution.apply([
          { type: 'run_waiting', waitsFor: decision.waitsFor, until: decision.until },
        ])
        break
      case 'rest':
        break
    }
    await this.#letGo()
    return true
  }

  async #letGo(): Promise<void> {
    await this.#flush(true)
  }

  async #flush(release: boolean): Promise<boolean> {
    const areWritten = this.#ends.mark()
    const written = await this.#execution.flush(release)
    if (written) areWritten()
    return written
  }

  #at(idx: number): PlacedStep {
    const placed = this.#placed[idx]
    if (placed === undefined) throw new RangeError(`the plan has no step ${idx}`)
    return placed
  }

  /** Ends the run, unless a cancel came before; false: there is one to be read. */
  async #complete(events: readonly SagaEventData[]): Promise<boolean> {
    const execution = this.#execution
    const takeBack = execution.mark()
    execution.apply(events)
    if (await this.#flush(true)) return true
    takeBack()
    const { store } = this.#deps
    const unread = () => store.listSignals({ runIds: [this.id] })
    this.deliver(await untilAnswered(this.#deps, this.id, unread))
    return false
  }

  /** True when the run holds its locks; else it waits for them. */
  async #acquireLocks(): Promise<boolean> {
    const execution = this.#execution
    // One that had ended holds nothing until it is written down that it goes back; and one that was
    // just begun has no row.
    if (execution.state.run.direction === 'undo' || !execution.isStored) await this.#flush(false)
    return acquireLocks(this.#deps, execution)
  }

  /** Those under way; what begins later is beside nothing that has failed. */
  #abortSiblings(): void {
    this.#siblings.stop(new Error('a step beside it has failed'))
    this.#siblings = new Stop()
  }

  /** Begins a call; how it ends comes by the mailbox, so that others can be under way beside it. */
  async #call(call: StepCall, idx: number): Promise<void> {
    const execution = this.#execution
    const placed = this.#at(idx)
    const stops = this.#stops()
    await this.#flush(false)
    this.#deps.assertLease(this.id)
    const { state } = execution
    const row = rowOf(state, idx)
    const observed = this.#deps.observed.called(state.run, row, call)
    const request = { call, idx, attempt: row.attempts, key: row.key, stops, observed }
    const ended =
      placed.step.transact === undefined
        ? this.#callStep(placed, request, state)
        : transactStep(this.#deps, execution, placed, request, this.#mailbox)
    const over = () => {
      observed.ended(undefined)
      if (this.#inFlight.get(idx) === underWay) this.#inFlight.delete(idx)
      this.#mailbox.ring()
    }
    const underWay = ended.then(over, over)
    this.#inFlight.set(idx, underWay)
  }

  async #callStep(placed: PlacedStep, request: CallRequest, state: RunState): Promise<void> {
    const late = (end: CallEnd) => this.#ends.late(this.#execution.state, request, end)
    const end = await callStep(this.#deps, state, placed, request, (outcome) =>
      late({ outcome, underWay: false }),
    )
    const read = Promise.withResolvers<void>()
    this.#mailbox.post(
      () => {
        read.resolve()
        this.#inFlight.delete(request.idx)
        this.#settle(placed, request, end)
      },
      () => {
        read.resolve()
        late(end)
      },
    )
    await read.promise
  }

  #settle(placed: PlacedStep, request: CallRequest, end: CallEnd): void {
    const execution = this.#execution
    this.#ends.settled(execution.state, request, end)
    this.#deps.assertLease(this.id)
    execution.apply(settled(this.#deps, execution, placed.step, request, end.outcome))
  }

  async #child(act: ChildAct, idx: number): Promise<void> {
    const placed = this.#at(idx)
    if (!this.#execution.isStored) await this.#flush(false)
    const work = { start: startChild, look: lookAtChild, undo: undoChild }[act]
    await work(this.#deps, this.#execution, placed, idx)
  }

  /** Waits for a call to end, a signal, or a time; what is known by now is written first. */
  async #idle(until: number | null): Promise<void> {
    await this.#flush(false)
    const { clock } = this.#deps
    const left = until === null ? undefined : Math.max(0, until - this.#execution.now())
    const cancel = left === undefined ? () => {} : clock.after(left, () => this.#mailbox.ring())
    await this.#mailbox.rung()
    cancel()
  }

  /** An undo is not cancellable, and neither is what follows the point of no return. */
  #stops(): readonly Stop[] {
    const { state } = this.#execution
    const cancellable = state.run.direction === 'forward' && !isPastPivot(state, this.#plan)
    return cancellable ? [this.#lost, this.#cancel, this.#siblings] : [this.#lost]
  }
}

/** What a worker that stops leaves to others: whatever has no intent written down yet. */
function beginsSomething(decision: Decision): boolean {
  switch (decision.type) {
    case 'record':
      return decision.events.some(({ type }) => type === 'undo_opened')
    case 'open':
    case 'child':
      return true
    case 'call':
      return decision.call === 'find' || decision.call === 'until'
    case 'acquire_locks':
    case 'idle':
    case 'wait':
    case 'rest':
      return false
  }
}
