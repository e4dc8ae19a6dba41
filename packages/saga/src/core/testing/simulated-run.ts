import { acts, refusal } from '../acts.ts'
import type { Asked } from '../asked.ts'
import { decide, isPastPivot } from '../decide.ts'
import type { Decision, Plan, StepCall } from '../decision.ts'
import type { SagaEventData } from '../event.ts'
import { evolve, type RunState } from '../evolve.ts'
import { heed } from '../heed.ts'
import { isJsonObject } from '../plan.ts'
import { hasEnded, type StepRecord } from '../run.ts'
import { settle } from '../settle.ts'
import type { StepDefinition } from '../step.ts'
import { type Behaviour, doingOf, threw } from './behaviour.ts'
import { checkCall, checkDecision, checkEvent, checkHeeded, must } from './checks.ts'
import { newRun } from './new-run.ts'
import { definitionsOf, type PlannedSaga, pinned, settlesMs, stepsOf } from './planned.ts'
import { followChild } from './simulated-child.ts'
import type { Simulation } from './simulation.ts'
import { type Made, returned, StepWorld, unusable } from './step-world.ts'

/** A call under way. */
interface Flight {
  readonly idx: number
  readonly call: StepCall
  readonly behaviour: Behaviour
  readonly cancellable: boolean
  aborted: boolean
}

const leaseMs = 10_000

/** A run of a random plan, and the worker that has it: the kernel is driven as the engine does. */
export class SimulatedRun {
  readonly id: number
  readonly simulation: Simulation
  readonly planned: PlannedSaga
  readonly plan: Plan
  readonly worlds: readonly StepWorld[]
  readonly parent: { readonly run: SimulatedRun; readonly idx: number } | undefined
  state: RunState
  isAbandoned = false
  hasRolledBack = false
  /** Steps that were over until a stray effect came to light. */
  readonly reopened = new Set<number>()
  /** What is written: a crash loses the rest. */
  #epoch = 0
  #durable: RunState
  inbox: Asked[] = []
  #read = new Set<Asked>()
  #hasNews = true
  #flights: Flight[] = []
  #claimed = false
  #orphanedUntil: number | null = null
  #lockWaits = 0

  constructor(
    simulation: Simulation,
    id: number,
    planned: PlannedSaga,
    worlds: readonly StepWorld[],
    parent?: SimulatedRun['parent'],
  ) {
    this.simulation = simulation
    this.id = id
    this.planned = planned
    this.plan = definitionsOf(planned)
    this.worlds = worlds
    this.parent = parent
    const locks = simulation.lockKeys
    this.state = { run: newRun(id, pinned(planned), locks, parent), steps: [] }
    this.#durable = this.state
  }

  get status() {
    return this.state.run.status
  }

  /** What the others see of it. */
  get written(): RunState {
    return this.#durable
  }

  get isSettled(): boolean {
    return this.inbox.length === 0 && !this.#claimed && this.#orphanedUntil === null
  }

  /** When it can go on; null: only when it is told something. */
  dueAt(): number | null {
    if (this.#claimed) return 0
    if (this.#orphanedUntil !== null) return this.#orphanedUntil
    if (this.#hasNews) return 0
    return this.status === 'waiting' ? this.state.run.wakeAt : null
  }

  /** A word from outside; an ended run takes only what can still be said to it. */
  tell(asked: Asked): void {
    const evenEnded = asked.type === 'roll_back' || asked.type === 'stray_effect'
    if (hasEnded(this.#durable.run.status) && !evenEnded) return
    this.inbox.push(asked)
    this.#hasNews = true
    if (asked.type === 'cancel') this.#abort()
  }

  #abort(): void {
    for (const flight of this.#flights) flight.aborted ||= flight.cancellable
  }

  turn(): void {
    if (!this.#claimed) this.#claim()
    if (this.#flights.length > 0 && this.simulation.pick(3) === 1) this.#endOne()
    if (!this.#claimed) return
    this.#readInbox()
    const inFlight = new Set(this.#flights.map(({ idx }) => idx))
    const decision = decide(this.state, this.plan, this.simulation.now, inFlight)
    checkDecision(this, decision, inFlight)
    this.#follow(decision)
  }

  #claim(): void {
    this.#claimed = true
    this.#hasNews = false
    const interruptedAt = this.#orphanedUntil
    this.#orphanedUntil = null
    this.#epoch += 1
    this.apply([{ type: 'run_claimed', worker: 'w', interruptedAt }])
  }

  apply(events: readonly SagaEventData[]): void {
    for (const event of events) {
      const before = this.state
      this.state = evolve(before, { ...event, now: this.simulation.now })
      this.simulation.happened(this, event)
      checkEvent(this, event, before)
      this.#byHand(event, before)
    }
  }

  /** An operator tells the truth: what is said to be gone, or done, is. */
  #byHand(event: SagaEventData, before: RunState): void {
    switch (event.type) {
      case 'step_skipped':
      case 'undo_resolved':
        this.clear(event.idx)
        return
      case 'step_resolved':
        if (this.worldAt(event.idx).effects.length === 0 && this.hasEffect(event.idx)) {
          this.#stand(event.idx)
        }
        this.#keepOne(event.idx)
        return
      case 'run_resumed':
        // Asked because of two effects, an operator looks before anything is said.
        if (before.run.parked?.reason.startsWith('stray_effect') && isForward(before)) {
          for (const { idx, name } of before.steps) {
            if (before.run.parked.reason.includes(name)) this.#keepOne(idx)
          }
        }
        return
      case 'run_rolled_back':
        this.hasRolledBack = true
        return
      case 'stray_doubted':
        this.#cloud(event.idx)
        return
      case 'stray_unsettled':
        this.reopened.add(event.idx)
        return
      case 'doubt_unsettled':
        this.reopened.add(event.idx)
        this.#cloud(event.idx)
        return
      case 'run_abandoned':
        this.isAbandoned = true
        return
      default:
        return
    }
  }

  /** What is looked for again may not be done again before it counts as absent. */
  #cloud(idx: number): void {
    const { status, issuedAt, unknownSince } = this.rowAt(idx)
    if (status === 'unknown' && issuedAt === null) this.worldAt(idx).unclearSince = unknownSince
  }

  #keepOne(idx: number): void {
    const receipt = this.state.steps[idx]?.receipt ?? null
    this.worldAt(idx).keep(isJsonObject(receipt) ? receipt['n'] : null)
  }

  #stand(idx: number): void {
    const receipt = this.simulation.nextReceipt()
    this.worldAt(idx).stand({
      receipt,
      attempt: 0,
      epoch: 0,
      late: false,
      reported: false,
      doubted: false,
    })
  }

  clear(idx: number): void {
    this.worldAt(idx).clear()
    for (const own of this.simulation.childrenOf(this, idx)) {
      for (const [n] of own.plan.entries()) own.clear(n)
    }
  }

  flush(): void {
    this.#durable = this.state
    const unread = this.inbox.filter((asked) => !this.#read.has(asked))
    // To an ended run nothing is left to say, but that it left something after all.
    this.inbox = hasEnded(this.status)
      ? unread.filter(({ type }) => type === 'stray_effect')
      : unread
    if (this.inbox.length === 0) this.#hasNews = false
    this.#read.clear()
  }

  #letGo(): void {
    must(this.#flights.length === 0, 'a run is let go while calls are under way')
    this.flush()
    this.#claimed = false
    if (hasEnded(this.status)) this.#reportEnd()
  }

  #reportEnd(): void {
    const { parent } = this
    if (parent === undefined || hasEnded(parent.run.status)) return
    parent.run.tell(this.simulation.letter('child_ended', { stepIdx: parent.idx }))
  }

  #readInbox(): void {
    const inFlight = new Set(this.#flights.map(({ idx }) => idx))
    for (const asked of this.inbox) {
      if (this.#read.has(asked)) continue
      const before = this.state
      const act = acts.find((known) => known === asked.type)
      const refused = act && refusal(act, before, this.plan)
      const meant = heed(before, this.plan, asked, this.simulation.now, inFlight)
      this.simulation.heeded(asked, act, refused, meant)
      if (meant === 'later') continue
      this.#read.add(asked)
      this.apply(meant)
      checkHeeded(this, asked, refused, meant, before)
    }
  }

  #follow(decision: Decision): void {
    switch (decision.type) {
      case 'record':
        this.apply(decision.events)
        return
      case 'open':
        this.#open(decision.idx, decision.attempt)
        return
      case 'acquire_locks':
        this.#acquireLocks()
        return
      case 'call':
        this.#call(decision.call, decision.idx)
        return
      case 'child':
        followChild(this, decision.act, decision.idx)
        return
      case 'idle':
        if (decision.abort) this.#abort()
        this.#idle(decision.until)
        return
      case 'wait': {
        const { waitsFor, until } = decision
        this.apply([{ type: 'run_waiting', waitsFor, until }])
        this.#letGo()
        return
      }
      case 'rest':
        this.#letGo()
        return
    }
  }

  #open(idx: number, attempt: number): void {
    const { name } = this.definitionAt(idx)
    const refused = this.state.steps[idx] === undefined && this.simulation.pick(40) === 1
    this.apply([
      refused
        ? { type: 'step_failed', idx, name, error: { code: 'invalid_input', message: 'x' } }
        : {
            type: 'step_opened',
            idx,
            name,
            input: null,
            key: `key-${idx}`,
            attempt,
            epoch: this.#epoch,
          },
    ])
  }

  #acquireLocks(): void {
    const others = this.#lockWaits < 3 && this.simulation.pick(4) === 1
    if (!others) {
      this.apply([{ type: 'locks_acquired' }])
      return
    }
    this.#lockWaits += 1
    const until = this.simulation.now + 1_000
    this.apply([{ type: 'run_waiting', waitsFor: 'lock', until }])
    this.#letGo()
  }

  #call(call: StepCall, idx: number): void {
    this.flush()
    const behaviour = this.draw(idx, call)
    const cancellable =
      this.state.run.direction === 'forward' && !isPastPivot(this.state, this.plan)
    checkCall(this, call, idx)
    if (call === 'do') this.worldAt(idx).unclearSince = Number.POSITIVE_INFINITY
    this.#flights.push({ idx, call, behaviour, cancellable, aborted: false })
    if (behaviour === 'cancelled meanwhile') this.tell(this.simulation.letter('cancel'))
  }

  draw(idx: number, what: string): Behaviour {
    const behaviour = this.worldAt(idx).draw(this.simulation.now)
    this.simulation.tally.add('behaviours', behaviour)
    this.simulation.tally.add('calls', what)
    return behaviour
  }

  #idle(until: number | null): void {
    this.flush()
    must(this.#flights.length > 0, 'it idles while no call is under way')
    if (until !== null && this.simulation.pick(2) === 1) this.simulation.sleepUntil(until)
    else this.#endOne()
  }

  #endOne(): void {
    const [flight] = this.#flights.splice(this.simulation.pick(this.#flights.length), 1)
    if (flight === undefined) return
    const behaviour = flight.aborted ? this.#cutShort() : flight.behaviour
    const { lands, answer } = doingOf(behaviour)
    if (answer === 'lost') {
      this.crash({ ...flight, behaviour })
      return
    }
    const { idx, call } = flight
    const step = this.rowAt(idx)
    const { now } = this.simulation
    const definition = this.definitionAt(idx)
    const outcome =
      call === 'do' ? this.#do(idx, behaviour, lands) : this.worldAt(idx).look(call, behaviour, now)
    const made = definition.kind === 'transact' && outcome.type === 'unusable'
    const kept = made ? threw('none', false) : outcome
    this.apply(settle(step, definition, call, kept, { now, random: 0 }))
    if (definition.kind === 'transact') this.flush()
  }

  /** An aborted call may have ended anyhow. */
  #cutShort(): Behaviour {
    const ends = ['not called', 'unclear, done', 'unclear, not done', 'unclear, lagging'] as const
    return ends[this.simulation.pick(ends.length)] ?? 'ok'
  }

  #do(idx: number, behaviour: Behaviour, lands: ReturnType<typeof doingOf>['lands']) {
    const world = this.worldAt(idx)
    const { now } = this.simulation
    const receipt = this.simulation.nextReceipt()
    const { answer } = doingOf(behaviour)
    const certain = this.definitionAt(idx).kind === 'transact' && answer !== 'returned'
    world.unclearSince = answer === 'unclear' ? now : null
    if (this.hasEffect(idx) && !certain) world.land(lands, this.#made(idx, receipt), now, false)
    switch (answer) {
      case 'returned':
        return returned(world.effects.at(-1)?.receipt ?? receipt)
      case 'unusable':
        return unusable(world.effects.at(-1)?.receipt ?? receipt)
      case 'not_called':
        return { type: 'not_called' } as const
      case 'refused':
        return threw('none', false)
      case 'for_now':
        return threw('none', true)
      case 'unclear':
      case 'lost':
        return threw('unknown', true)
    }
  }

  /** The worker is lost, with whatever was under way and is not written. */
  crash(cause?: Flight): void {
    if (!this.#claimed) return
    const interruptedAt = this.simulation.now + leaseMs
    for (const flight of cause === undefined ? this.#flights : [cause, ...this.#flights]) {
      this.#lose(flight, interruptedAt)
    }
    this.simulation.tally.add('takeovers', `${this.#flights.length} calls beside the lost one`)
    this.#flights = []
    this.#read.clear()
    this.#claimed = false
    this.state = this.#durable
    this.#orphanedUntil = interruptedAt
  }

  #lose({ idx, call, behaviour }: Flight, interruptedAt: number): void {
    const world = this.worldAt(idx)
    if (this.definitionAt(idx).kind === 'transact') return
    const { lands, answer } = doingOf(behaviour)
    if (call === 'undo' && lands === 'now') world.effects = []
    if (call !== 'do') return
    world.unclearSince = interruptedAt
    if (!this.hasEffect(idx)) return
    // A worker that is slow, not dead, learns of the effect and says so.
    const reports = answer === 'returned' || answer === 'unusable'
    const made = this.#made(idx, this.simulation.nextReceipt())
    if (lands === 'doubtful' || lands === 'doubtful in vain') {
      this.#comeBack(world, made, interruptedAt, lands === 'doubtful')
      return
    }
    world.land(lands, made, interruptedAt, reports)
    if (reports) this.reportStray(idx, world.effects.at(-1) ?? made, answer === 'returned')
  }

  /** Resumed when the lease was over, for a moment or for long, and then sends what it had begun. */
  #comeBack(world: StepWorld, made: Made, interruptedAt: number, sends: boolean): void {
    const at = interruptedAt + this.simulation.pick(12) * (settlesMs / 4)
    const afterMs = this.simulation.pick(4) * (settlesMs / 4)
    world.doubt(at, made, sends ? afterMs : null)
  }

  #made(idx: number, receipt: number): Made {
    const { attempts, openedEpoch } = this.rowAt(idx)
    return { receipt, attempt: attempts, epoch: openedEpoch }
  }

  reportStray(idx: number, { receipt, attempt, epoch }: Made, usable = true): void {
    const payload = { key: `key-${idx}`, epoch, attempt, receipt: { n: receipt }, usable }
    this.tell(this.simulation.letter('stray_effect', { stepIdx: idx, payload }))
  }

  /** Of an idempotent step it says so too: its effect may come when it has been taken back. */
  #reportDoubt(idx: number, { attempt, epoch }: Made): void {
    const payload = { key: `key-${idx}`, epoch, attempt, doubtful: true }
    this.tell(this.simulation.letter('stray_effect', { stepIdx: idx, payload }))
  }

  /** Effects that come to light by now, and are reported; and what is doubtful by now. */
  arrivals(): void {
    for (const [idx, world] of this.worlds.entries()) {
      for (const made of world.doubted(this.simulation.now)) this.#reportDoubt(idx, made)
      if (world.arrivals.length === 0) continue
      for (const effect of world.arrived(this.simulation.now)) {
        if (effect.reported) this.reportStray(idx, effect)
      }
    }
  }

  hasEffect(idx: number): boolean {
    const { kind, effect } = this.definitionAt(idx)
    return effect !== 'read' && kind !== 'child'
  }

  definitionAt(idx: number): StepDefinition {
    return there(this.plan[idx], `the plan has no step ${idx}`)
  }

  worldAt(idx: number): StepWorld {
    return there(this.worlds[idx], `the world has no step ${idx}`)
  }

  rowAt(idx: number): StepRecord {
    return there(this.state.steps[idx], `the ledger has no step ${idx}`)
  }
}

function isForward({ run }: RunState): boolean {
  return run.direction === 'forward'
}

export function worldsOf(planned: PlannedSaga): readonly StepWorld[] {
  const unique = ['idempotent', 'polled', 'transact']
  return stepsOf(planned).map(({ kind, behaves }) => new StepWorld(behaves, unique.includes(kind)))
}

function there<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new RangeError(otherwise)
  return value
}
