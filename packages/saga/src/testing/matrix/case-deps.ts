import type { SimulatedClock } from '../simulated-clock.ts'
import type { Activity } from './activity.ts'
import type { Points } from './points.ts'
import type { SimulatedProcess } from './process.ts'

/** What was learnt about a saga and its world, by all of the cases together. */
export interface Knowledge {
  /** Whether a method of the world gives a promise: only those are cut. */
  readonly isAsync: Map<string, boolean>
  /** Whether a function of a step calls the world; one that does not is cut as a whole. */
  readonly callsWorld: Map<string, boolean>
}

/** What those who cut a case have of it. */
export interface CaseDeps {
  readonly clock: SimulatedClock
  readonly activity: Activity
  readonly points: Points
  readonly knowledge: Knowledge
  /** Functions of steps that fail until the world is well again. */
  readonly broken: Set<string>
  /** Whether it is: nothing lasts any more. */
  readonly isHealed: () => boolean
  /** Resolves when the run has come to rest: calls that are slow go on then. */
  readonly rest: () => Promise<void>
  /** A request is on its way and takes effect then; nobody hears of it. Epoch milliseconds. */
  readonly landing: (at: number, invoke: () => unknown) => void
  /** Stops or kills a process, and tells the case. */
  readonly lose: (process: SimulatedProcess, how: 'kill' | 'stop' | 'stop for a moment') => void
  /** An operator cancels the run. */
  readonly cancel: () => Promise<void>
  /** The run beside the one under test, where there is one. */
  readonly beside: () => string | undefined
  /** Whether the database refuses the rows of the run beside. */
  readonly poisoned: { on: boolean }
  /** A process has claimed runs. */
  readonly claimed: (runs: readonly unknown[]) => void
  /** Something was not as it has to be. */
  readonly breach: (what: string) => void
}
