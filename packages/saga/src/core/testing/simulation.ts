import type { Act } from '../acts.ts'
import type { Asked } from '../asked.ts'
import type { SagaEventData } from '../event.ts'
import { hasEnded } from '../run.ts'
import { checkEnds, checkRest, must } from './checks.ts'
import { describePlan, type PlannedSaga } from './planned.ts'
import { SimulatedRun, worldsOf } from './simulated-run.ts'
import type { Tally } from './tally.ts'

/** Something that comes from outside, after so many turns of all runs together. */
export interface Happening {
  readonly after: number
  readonly what: Act | 'takeover' | 'stray_effect'
  /** Which run of the tree, and which step: taken modulo how many there are. */
  readonly run: number
  readonly step: number
}

export interface World {
  readonly happenings: readonly Happening[]
  /** Decides, in their order, whatever is left to chance. */
  readonly picks: readonly number[]
  readonly locked: boolean
}

const mostTurns = 6_000
const mostRounds = 60

/** A run of a random plan with its children, all the workers they need, and a world around them. */
export class Simulation {
  readonly runs: SimulatedRun[] = []
  readonly lockKeys: readonly string[]
  readonly tally: Tally
  now = 1_000_000
  #isHealed = false
  readonly #plan: PlannedSaga
  readonly #world: World
  readonly #history: (() => string)[] = []
  #happenings: readonly Happening[]
  #picked = 0
  #receipts = 0
  #turns = 0

  constructor(plan: PlannedSaga, world: World, tally: Tally) {
    this.tally = tally
    this.#plan = plan
    this.#world = world
    this.#happenings = [...world.happenings].sort((a, b) => a.after - b.after)
    this.lockKeys = world.locked ? ['lock'] : []
    this.runs.push(new SimulatedRun(this, 0, plan, worldsOf(plan)))
  }

  get root(): SimulatedRun {
    const [root] = this.runs
    if (root === undefined) throw new RangeError('there is no run')
    return root
  }

  /** Until nothing happens by itself any more; then the world is well, and operators retry. */
  run(): void {
    try {
      this.#settle()
      for (const run of this.runs) checkRest(run)
      checkEnds(this)
      this.tally.add('at rest', this.root.status)
      this.#heal()
      checkEnds(this)
      this.tally.add('ended', this.root.status)
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.describe()}`, {
        cause: error,
      })
    }
  }

  #settle(): void {
    for (;;) {
      this.#turns += 1
      must(this.#turns < mostTurns, 'it goes on for ever')
      for (const run of this.runs) run.arrivals()
      this.#happen(this.#turns)
      const ready = this.runs.filter((run) => (run.dueAt() ?? Number.POSITIVE_INFINITY) <= this.now)
      const next = ready[this.pick(ready.length)]
      if (next !== undefined) {
        next.turn()
        this.now += 1
      } else if (!this.#passTime()) return
    }
  }

  /** On to the next thing that is due; false: there is none. */
  #passTime(): boolean {
    if (this.#isHealed && this.#answer()) return true
    const due = this.runs.map((run) => run.dueAt())
    const arrivals = this.runs.flatMap(({ worlds }) =>
      worlds.flatMap(({ arrivals, doubts }) => [...arrivals, ...doubts].map(({ at }) => at)),
    )
    const next = Math.min(...due.filter((time) => time !== null), ...arrivals)
    const [happening] = this.#happenings
    // What comes from outside comes when all is quiet, too.
    if (happening !== undefined && (next === Number.POSITIVE_INFINITY || this.pick(8) === 1)) {
      this.#happen(happening.after)
      return true
    }
    if (next === Number.POSITIVE_INFINITY) return false
    this.sleepUntil(next)
    return true
  }

  sleepUntil(time: number): void {
    this.now = Math.max(this.now, time)
  }

  #happen(turn: number): void {
    for (;;) {
      const [next, ...rest] = this.#happenings
      if (next === undefined || next.after > turn) return
      this.#happenings = rest
      const run = this.runs[next.run % this.runs.length] ?? this.root
      this.#history.push(() => `      from outside: ${next.what} of run ${run.id}, ${next.step}`)
      this.#strike(run, next)
    }
  }

  #strike(run: SimulatedRun, { what, step }: Happening): void {
    if (what === 'takeover') {
      run.crash()
      return
    }
    const waiting = run.state.steps.filter(
      ({ idx, status }) => status === 'waiting' && run.plan[idx]?.kind === 'signal',
    )
    const any = step % run.plan.length
    const stepIdx = step % 3 === 0 ? any : (waiting[step % waiting.length]?.idx ?? any)
    if (what === 'stray_effect') {
      const { latest } = run.worldAt(any)
      if (latest !== undefined) run.reportStray(any, latest)
      return
    }
    run.tell(this.letter(what, { stepIdx, payload: { reason: 'told', output: { given: true } } }))
  }

  letter(type: Asked['type'], rest: Partial<Asked> = {}): Asked {
    return { type, actor: 'somebody', stepIdx: null, payload: null, at: this.now, ...rest }
  }

  #heal(): void {
    this.#isHealed = true
    for (let round = 0; round < mostRounds; round += 1) {
      for (const { worlds } of this.runs) for (const world of worlds) world.heal()
      if (this.runs.every((run) => hasEnded(run.status))) return
      const act = round % 2 === 0 ? 'retry' : 'resolve'
      for (const run of this.runs.filter(({ status }) => status === 'parked')) {
        run.tell(this.letter(act, { payload: { reason: 'dealt with', output: {} } }))
      }
      this.#settle()
    }
    must(false, 'it does not end, though all is well and operators retry')
  }

  /** Sends what is waited for; false: nothing is. */
  #answer(): boolean {
    const waiting = this.runs.flatMap((run) =>
      run.state.steps
        .filter(({ status }) => status === 'waiting' && run.status === 'waiting')
        .map(({ idx }) => ({ run, idx, signal: run.definitionAt(idx).signal })),
    )
    const asked = waiting.filter(({ signal }) => signal !== undefined)
    for (const { run, idx, signal } of asked) {
      run.tell(this.letter(signal?.rejectable === true ? 'approve' : 'signal', { stepIdx: idx }))
    }
    return asked.length > 0
  }

  /** A number from 0, less than `of`. */
  pick(of: number): number {
    const { picks } = this.#world
    if (this.#isHealed || picks.length === 0 || of === 0) return 0
    this.#picked += 1
    return (picks[this.#picked % picks.length] ?? 0) % of
  }

  nextReceipt(): number {
    this.#receipts += 1
    return this.#receipts
  }

  /** Every attempt of a child meets the same world. */
  startChild(parent: SimulatedRun, idx: number): SimulatedRun {
    const planned = parent.planned.flatMap(({ steps }) => steps)[idx]?.child
    if (planned == null) throw new RangeError(`step ${idx} has no child`)
    const worlds = worldsOf(planned)
    const last = this.childrenOf(parent, idx).at(-1)
    for (const [n, world] of worlds.entries()) {
      if (last !== undefined) world.follow(last.worldAt(n))
      if (this.#isHealed) world.heal()
    }
    const child = new SimulatedRun(this, this.runs.length, planned, worlds, { run: parent, idx })
    this.runs.push(child)
    return child
  }

  childrenOf(parent: SimulatedRun, idx: number): readonly SimulatedRun[] {
    return this.runs.filter((run) => run.parent?.run === parent && run.parent.idx === idx)
  }

  happened(run: SimulatedRun, event: SagaEventData): void {
    const { now } = this
    this.#history.push(() => `  ${now} run ${run.id}: ${inWords(event)}`)
    this.tally.add('events', event.type)
  }

  heeded(
    { type }: Asked,
    act: Act | undefined,
    refused: string | undefined,
    meant: readonly SagaEventData[] | 'later',
  ): void {
    const how = meant === 'later' ? 'too early' : refused === undefined ? 'heeded' : 'refused'
    this.tally.add(act === undefined ? 'signals' : 'acts', `${type} ${how}`)
  }

  describe(): string {
    const { happenings, picks, locked } = this.#world
    const told = happenings.map(
      ({ after, what, run, step }) => `${what} @${after} (${run}, ${step})`,
    )
    return [
      `plan${locked ? ', locked' : ''}:`,
      describePlan(this.#plan),
      `from outside: ${told.join(', ') || 'nothing'}`,
      `chance: ${picks.join(' ')}`,
      'what happened:',
      ...this.#history.slice(-120).map((line) => line()),
    ].join('\n')
  }
}

function inWords({ type, ...rest }: SagaEventData): string {
  return `${type} ${JSON.stringify(rest)}`
}
