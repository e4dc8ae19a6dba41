import { DefinitionError } from './errors.ts'
import type { AsksFor, NamedKeys, Part, Step, StepDefinition } from './step.ts'

/** Steps that run at once. Made by {@link parallel}. */
export interface Parallel<Needs, Gives> extends Part<Needs, Gives> {
  readonly kind: 'parallel'
  readonly branches: readonly StepDefinition[]
  readonly atOnce: number | undefined
}

/** Options of a {@link parallel} and of an `each`. */
export interface ParallelOptions {
  /** The most of them that run at the same time; all of them, if left out. */
  readonly atOnce?: number
}

type Branches = readonly Step<string, never, unknown>[]

type NeedsOf<T extends Branches> = T extends readonly [
  Step<string, infer Needs, unknown>,
  ...infer Rest extends Branches,
]
  ? AsksFor<Needs> & NeedsOf<Rest>
  : unknown

type GivesOf<T extends Branches> = T extends readonly [
  Step<string, never, infer Gives>,
  ...infer Rest extends Branches,
]
  ? Gives & GivesOf<Rest>
  : Record<never, never>

/** The names that two branches give. */
type Clash<T extends Branches> = T extends readonly [
  Step<string, never, infer Gives>,
  ...infer Rest extends Branches,
]
  ? (NamedKeys<Gives> & NamedKeys<GivesOf<Rest>>) | Clash<Rest>
  : never

type Distinct<T extends Branches> = [Clash<T>] extends [never]
  ? unknown
  : { readonly 'two branches give the same': Clash<T> }

/**
 * Steps that run at once. None sees what another gives. If one fails, the signals of the others are
 * aborted; when all have settled, what took effect is taken back, all at once. A pivot has to stand
 * alone.
 * @throws {@link DefinitionError} when a branch is a pivot, or there is none
 */
export function parallel<const T extends Branches>(
  branches: T & Distinct<T>,
  options?: ParallelOptions,
): Parallel<NeedsOf<T>, GivesOf<T>>
export function parallel(
  branches: readonly StepDefinition[],
  { atOnce }: ParallelOptions = {},
): Parallel<unknown, unknown> {
  if (branches.length === 0) throw new DefinitionError('parallel: give it at least one step')
  checkAtOnce(atOnce)
  for (const branch of branches) refusePivot(branch)
  return { kind: 'parallel', branches, atOnce }
}

/** @throws {@link DefinitionError} */
export function checkAtOnce(atOnce: number | undefined): void {
  if (atOnce !== undefined && (!Number.isInteger(atOnce) || atOnce < 1)) {
    throw new DefinitionError(`atOnce is ${atOnce}: it must be a whole number from 1`)
  }
}

/** @throws {@link DefinitionError} */
export function refusePivot({ name, effect }: StepDefinition): void {
  if (effect === 'pivot') {
    throw new DefinitionError(
      `step "${name}" is a pivot: beside others it could neither go on nor back when one of them fails; let it stand alone`,
    )
  }
}

/**
 * The same step, with its input made of what is there: for a branch, or wherever a step's needs have
 * other names than what the saga has.
 */
export function adapt<Name extends string, Needs, Gives, Scope>(
  step: Step<Name, Needs, Gives>,
  make: (scope: Scope) => Needs,
): Step<Name, Scope, Gives>
export function adapt(step: StepDefinition, make: (scope: never) => unknown): StepDefinition {
  // The type of the saga that it is put in has been checked to give it this scope.
  return { ...step, adapt: make as (scope: unknown) => unknown }
}
