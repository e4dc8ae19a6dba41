import type { Run, StepRecord } from '../../core/run.ts'
import type { SagaOf } from '../../core/saga.ts'
import type { MaybePromise } from '../../core/step.ts'
import type { Engine } from '../../engine/api.ts'
import type { EngineOptions } from '../../engine/engine.ts'
import type { Store } from '../../engine/store.ts'
import type { SimulatedClock } from '../simulated-clock.ts'
import type { Fault } from './fault.ts'

/** A case, as its world is told of it. */
export interface MatrixCase {
  /** Of this case alone, in this database: for what cases would share otherwise, such as rows. */
  readonly id: string
  /** The case's own time. */
  readonly clock: SimulatedClock
}

/** What a run waits for somebody to say. */
export interface MatrixQuestion<World> {
  /** Of the process that is there to answer. */
  readonly engine: Engine
  readonly run: Run
  readonly step: StepRecord
  readonly world: World
}

/** A saga, a world for it, and how to see what stands there. */
export interface CrashMatrixOptions<World, Input> {
  /**
   * A store over a migrated database of the matrix's own, on the clock it is given: `({ now }) =>
   * postgresStore({ pool, now })`.
   */
  readonly store: (options: { readonly now: () => number }) => Store
  /** A new world, with nothing in it that other cases could see. */
  readonly world: (about: MatrixCase) => MaybePromise<World>
  /** The saga, which reaches the world by what it is given here alone. Children come with it. */
  readonly saga: (world: World) => SagaOf<string, Input>
  /** What its run is started with. */
  readonly input: (world: World) => NoInfer<Input>
  /**
   * What stands in the world, an entry for each thing, by names that are the same in every case: ids
   * and tags of runs are put right here.
   */
  readonly standing: (world: World) => MaybePromise<readonly string[]>
  /** Answers what the run waits for. Default: approves, and signals, without a payload. */
  readonly answer?: (question: MatrixQuestion<World>) => Promise<unknown>
  /** The input of a second run, worked on beside the first, by the same workers. Default: none. */
  readonly beside?: (world: World) => NoInfer<Input>
  /** Takes down what `world` has put up. */
  readonly end?: (world: World) => MaybePromise<void>
  /** What else the engine of the saga is made with. */
  readonly engine?: Pick<EngineOptions, 'classify' | 'secrets' | 'payloadLimits'>
  /** In the place of the engine itself: for tests of the matrix. */
  readonly createEngine?: (options: EngineOptions) => Engine
  /** Which of the ways for the run to go. Default: all. */
  readonly variants?: (name: string) => boolean
  /** Which faults. Default: all. */
  readonly faults?: readonly Fault[]
  /**
   * Whether every way is struck at every point, those too that it shares with the way that completes.
   * Default false.
   */
  readonly thorough?: boolean
  /** How many cases with one fault, drawn by the seed: where all would take too long. Default: all. */
  readonly singles?: { readonly seed: number; readonly cases: number }
  /** How many cases with two faults, drawn by the seed. Default: none. */
  readonly doubles?: { readonly seed: number; readonly cases: number }
  /** The name of a case, as it is printed when it fails, or several: they alone are run. */
  readonly only?: string | readonly string[]
  /** Whether nothing more is run once a case has failed. Default false. */
  readonly stopAtFirst?: boolean
  /** How many cases at a time; each may need three connections. Default 4. */
  readonly atOnce?: number
  /** Told what has run, in one piece. Default: standard output. */
  readonly print?: (text: string) => void
}
