import { randomInt } from 'node:crypto'
import { silentLog } from '../../core/log.ts'
import type { SagaDefinition } from '../../core/saga.ts'
import type { Engine } from '../../engine/api.ts'
import { createEngine, type EngineOptions } from '../../engine/engine.ts'
import type { Store } from '../../engine/store.ts'
import type { SimulatedClock } from '../simulated-clock.ts'
import { Activity } from './activity.ts'
import { CallChecks } from './call-checks.ts'
import type { CaseDeps, Knowledge } from './case-deps.ts'
import { cutSaga, type Watched } from './cut-saga.ts'
import { cutStore } from './cut-store.ts'
import { cutWorld } from './cut-world.ts'
import type { CaseName } from './fault.ts'
import type { CrashMatrixOptions } from './options.ts'
import { Points } from './points.ts'
import { leaseMs, SimulatedProcess } from './process.ts'
import { type Variant, variantOf } from './variant.ts'

/** How long it takes a client to ask again. */
const secondMs = 1_000

type Options<World> = Omit<CrashMatrixOptions<World, never>, 'saga' | 'input' | 'beside'> & {
  readonly saga: (world: World) => SagaDefinition
}

/** The world of a case, its time, its processes, and what goes wrong with them. */
export class Stage<World> {
  readonly clock: SimulatedClock
  readonly activity = new Activity()
  readonly points: Points
  readonly variant: Variant
  readonly checks: CallChecks
  readonly store: Store
  /** Of an operator, whom nothing ever happens to. */
  readonly control: Engine
  readonly id: string
  readonly world: World
  readonly saga: SagaDefinition
  readonly processes: SimulatedProcess[] = []
  readonly broken = new Set<string>()
  readonly poisoned = { on: false }
  runId: string | undefined
  besideId: string | undefined
  isHealed = false
  /** A cancel was taken: the run must not complete any more. */
  isCancelled = false
  readonly #version: number | undefined
  readonly #isPoisoned: boolean
  #rested = Promise.withResolvers<void>()
  #waiting = 0
  #landings = 0
  readonly #options: Options<World>
  readonly #knowledge: Knowledge

  constructor(
    options: Options<World>,
    knowledge: Knowledge,
    { variant, strikes }: CaseName,
    about: { readonly id: string; readonly clock: SimulatedClock; readonly world: World },
  ) {
    this.#options = options
    this.#knowledge = knowledge
    this.id = about.id
    this.clock = about.clock
    this.world = about.world
    this.variant = variantOf(variant)
    this.#version = this.isBegun ? randomInt(1, 2 ** 31 - 1) : undefined
    this.points = new Points(strikes)
    this.#isPoisoned = strikes.some(({ fault }) => fault === 'poison')
    this.store = options.store({ now: this.clock.now })
    this.checks = new CallChecks(
      this.store,
      this.clock,
      options.engine?.classify ?? (() => undefined),
    )
    this.saga = options.saga(this.world)
    const prefixed = cutSaga(this.#deps(), this.#watched(), this.#process(0), this.saga)
    this.control = this.#engine({ store: this.store, sagas: [prefixed], clock: this.clock })
  }

  /** The process that is there now, a new one where none is. */
  spawn(): SimulatedProcess {
    const process = this.#process(this.processes.length + 1)
    const deps = this.#deps()
    const saga = this.#options.saga(cutWorld(deps, process, this.world))
    const engine = this.#engine({
      store: cutStore(deps, process, this.store),
      sagas: [cutSaga(deps, this.#watched(), process, saga)],
      clock: process.clock,
      log: {
        ...silentLog,
        error: (fields) => {
          const error = 'err' in fields ? fields.err : undefined
          if (isDefect(error)) this.checks.breach(`a defect of the engine: ${error}`)
        },
      },
    })
    process.equip(engine, engine.createWorker({ name: this.id, leaseMs, concurrency: 10 }))
    this.processes.push(process)
    if (this.isBegun) process.worker.start()
    return process
  }

  /** Whether the process that starts the run has a worker that begins it. */
  get isBegun(): boolean {
    return this.variant.type === 'begun'
  }

  /** Nobody works any more. */
  end(): void {
    for (const process of this.processes) process.kill()
  }

  get current(): SimulatedProcess | undefined {
    return this.processes.findLast(({ isAlive }) => isAlive)
  }

  /** Whether somebody was stopped, a call is slow, or a request is still on its way. */
  get hasSleepers(): boolean {
    return (
      this.#waiting > 0 || this.#landings > 0 || this.processes.some(({ isStopped }) => isStopped)
    )
  }

  /** They go on, and what is on its way lands. */
  async wake(): Promise<void> {
    while (this.#landings > 0) {
      this.clock.advance(Math.max(0, (this.clock.next() ?? 0) - this.clock.now()))
      await this.activity.quiet()
    }
    const rested = this.#rested
    this.#rested = Promise.withResolvers()
    rested.resolve()
    const stopped = this.processes.filter(({ isStopped }) => isStopped)
    for (const process of stopped) await process.resume()
    for (const process of this.processes) await this.finish(process)
    // What they have to tell is told again where the database did not answer.
    for (let second = 0; second < 3; second += 1) {
      this.clock.advance(secondMs)
      await this.activity.quiet()
    }
  }

  /** Lets a process come to the end of its round, as long as it is there. Errors are kept. */
  async finish(process: SimulatedProcess): Promise<void> {
    let beatAt = this.clock.now()
    for (let turn = 0; turn < 2_000; turn += 1) {
      await this.activity.quiet()
      if (!process.isAlive || process.ticking === undefined) return
      const next = this.clock.next()
      if (next === undefined) {
        this.checks.breach('a worker stands still, and waits for nothing')
        process.ticking = undefined
        return
      }
      this.clock.advance(Math.max(0, Math.min(next - this.clock.now(), leaseMs / 4)))
      if (this.clock.now() - beatAt < secondMs) continue
      beatAt = this.clock.now()
      void this.round(process)
    }
    this.checks.breach('a round of a worker does not end')
    process.ticking = undefined
  }

  /** A round of a process's worker, beside those that are under way. */
  round(process: SimulatedProcess): Promise<void> {
    const ticked = this.#round(process).finally(() => {
      if (process.ticking === ticked) process.ticking = undefined
    })
    process.ticking = ticked
    return ticked
  }

  async #round(process: SimulatedProcess): Promise<void> {
    const before = process.ticking
    try {
      await process.worker.tick()
    } catch (error) {
      const isCut = error instanceof Error && error.name === 'Cut'
      if (!isCut && !this.store.isTransient(error)) {
        this.checks.breach(`a round of a worker failed: ${error}`)
      }
    }
    await before
  }

  heal(): void {
    this.isHealed = true
    this.broken.clear()
    this.poisoned.on = false
  }

  #process(number: number): SimulatedProcess {
    return new SimulatedProcess(number, this.clock, this.activity)
  }

  #engine(options: EngineOptions): Engine {
    const { createEngine: make = createEngine, engine = {} } = this.#options
    return make({ ...engine, ...options, random: () => 0 })
  }

  #watched(): Watched {
    const { variant } = this
    return {
      checks: this.checks,
      isUnchecked: this.#isPoisoned,
      version: this.#version,
      prefix: `${this.id}/`,
      isRefused: (step) => variant.type === 'fails' && step === variant.step && !this.isHealed,
      returned: async (step, call) => {
        const isIt = variant.type === 'cancelled' && step === variant.step && call === 'do'
        if (isIt && !this.isCancelled) await this.cancel()
      },
    }
  }

  async cancel(): Promise<void> {
    const { runId } = this
    if (runId === undefined) return
    try {
      await this.activity.inTurn(() => this.control.cancel(runId, { actor: 'operator' }))
      this.isCancelled = true
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ActRefused') throw error
    }
  }

  #deps(): CaseDeps {
    return {
      clock: this.clock,
      activity: this.activity,
      points: this.points,
      knowledge: this.#knowledge,
      broken: this.broken,
      isHealed: () => this.isHealed,
      poisoned: this.poisoned,
      beside: () => this.besideId,
      cancel: () => this.cancel(),
      rest: async () => {
        this.#waiting += 1
        await this.#rested.promise
        this.#waiting -= 1
      },
      landing: (at, invoke) => {
        this.#landings += 1
        this.clock.after(at - this.clock.now(), () => {
          this.#landings -= 1
          void this.activity.during(async () => invoke()).catch(() => {})
        })
      },
      lose: (process, how) => {
        if (how === 'kill') process.kill()
        else process.stop()
        process.resumesAtOnce = how === 'stop for a moment'
      },
      breach: (what) => this.checks.breach(what),
      claimed: (runs) => {
        this.checks.claimed(runs)
        for (const process of this.processes) {
          if (process.isStopped && process.resumesAtOnce) void process.resume()
        }
      },
    }
  }
}

/** What no database and no world can bring about. */
function isDefect(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    (error instanceof Error && error.name === 'IllegalTransition')
  )
}
