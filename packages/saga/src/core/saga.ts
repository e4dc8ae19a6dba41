import { DefinitionError } from './errors.ts'
import { checkAtOnce, type Parallel, type ParallelOptions, refusePivot } from './parallel.ts'
import { checkName } from './policy.ts'
import type { Schema } from './schema.ts'
import type { AsksFor, NamedKeys, Part, Step, StepDefinition } from './step.ts'

/** A step in its place in a saga. */
export interface PlacedStep {
  readonly step: StepDefinition
  /** Makes the step's input of the saga's input and the outputs before it. Pure. */
  readonly with: ((scope: unknown) => unknown) | undefined
}

/** What a plan is computed from: a step or several at once, for every run, for some, or repeated. */
export interface PlanPart {
  /** The place of its first step among those of the saga, and how many there are. */
  readonly first: number
  readonly count: number
  readonly atOnce: number | undefined
  /** Whether a run of this input has it. */
  readonly when: ((input: unknown) => boolean) | undefined
  readonly each:
    | {
        readonly as: string
        /** What it is repeated for. */
        readonly items: (input: unknown) => readonly unknown[]
      }
    | undefined
}

/** Options of a {@link saga}. */
export interface SagaOptions<Input> {
  /** Counts up when the steps change so that runs under way would not fit. Default 1. */
  readonly version?: number
  /**
   * The locks a run takes, all or none, before its first step, and holds until it ends; keyed
   * `account/kind/external_id`.
   */
  readonly locks?: (input: Input) => readonly string[]
}

/** A saga as the engine sees it. Made by {@link saga}. */
export interface SagaDefinition {
  readonly kind: string
  readonly version: number
  readonly input: Schema
  /** See {@link SagaOptions.locks}. */
  readonly locks: ((input: unknown) => readonly string[]) | undefined
  /** Every step that a plan of it may have. */
  readonly steps: readonly PlacedStep[]
  readonly parts: readonly PlanPart[]
}

/** A saga that is started with `Input` and gives `Gives`. */
export interface SagaOf<Kind extends string, Input, Gives = unknown> extends SagaDefinition {
  readonly kind: Kind
  /** Types alone; never there at run time. */
  readonly '~types'?: { readonly input: Input; readonly gives: Gives }
}

type Duplicate<Scope, Gives> = NamedKeys<Scope> & NamedKeys<Gives>

/** What a schema of an object without members asks for: it fits whatever is there. */
type NoNeeds = Record<string, never>

/** What `.step()` also asks of its argument: nothing where it fits, else a type that says why not. */
type Fits<Scope, Needs, Gives> = [Scope] extends [Pressing<Scope, AsksFor<Needs>>]
  ? Unique<Scope, Gives>
  : [Needs] extends [NoNeeds]
    ? Unique<Scope, Gives>
    : { readonly 'this step needs what nothing before it gives': Needs }

/** A type of optional members alone would be refused by one that has none of them. */
type Pressing<Scope, Needs> =
  Record<never, never> extends Needs ? Pick<Needs, keyof Needs & keyof Scope> : Needs

type Unique<Scope, Gives> = [Duplicate<Scope, Gives>] extends [never]
  ? unknown
  : { readonly 'this step gives what is already there': Duplicate<Scope, Gives> }

type Simplify<T> = { [K in keyof T]: T[K] }

/** The members that a step needs and the scope has. */
type Met<Scope, Needs> = {
  [K in keyof Needs]: K extends keyof Scope ? (Scope[K] extends Needs[K] ? K : never) : never
}[keyof Needs]

/** What an item has to bring along: all that a step needs and nothing before it gives. */
type ItemOf<Scope, Needs> = Simplify<
  Omit<Needs, Met<Scope, Needs>> & Partial<Pick<Needs, Met<Scope, Needs>>>
>

/** Computes at the start, of the input alone, whether a run has the step at all. */
interface When<Parsed> {
  readonly when: (input: Parsed) => boolean
}

/**
 * A list of steps, each with its undo. `Parsed` is its input as its schema makes it, `Scope` what
 * the next step can ask for, `Gives` what its steps have given.
 */
export interface Saga<Kind extends string, Input, Parsed, Scope, Gives>
  extends SagaOf<Kind, Input, Gives> {
  readonly '~types'?: { readonly input: Input; readonly gives: Gives; readonly scope: Scope }
  /** Adds a step, or several at once, that find all they need in the input and the outputs before. */
  step<Needs, G>(
    part: Part<Needs, G> & Fits<Scope, Needs, G>,
  ): Next<Kind, Input, Parsed, Scope, Gives, G>
  /** Adds a step whose input is made by `with`, to the plans of some inputs only. */
  // Before the others: what an overload before it has no type for stays without one.
  step<Name extends string, Needs, G>(
    step: Step<Name, Needs, G> & Unique<Scope, G>,
    options: { readonly with: (scope: Scope) => Needs } & When<Parsed>,
  ): Next<Kind, Input, Parsed, Scope, Gives, Partial<G>>
  /** Adds a step whose input is made by `with`. */
  step<Name extends string, Needs, G>(
    step: Step<Name, Needs, G> & Unique<Scope, G>,
    options: { readonly with: (scope: Scope) => Needs },
  ): Next<Kind, Input, Parsed, Scope, Gives, G>
  /** Adds it to the plans of some inputs only: what it gives may not be there. */
  step<Needs, G>(
    part: Part<Needs, G> & Fits<Scope, Needs, G>,
    options: When<Parsed>,
  ): Next<Kind, Input, Parsed, Scope, Gives, Partial<G>>
  /**
   * Adds the step once for each item, all at once: an item joins what the step can ask for, what the
   * steps give is a list under `as`, in the order of the items.
   */
  each<const As extends string, Name extends string, Needs, G>(
    as: As,
    items: (input: Parsed) => readonly ItemOf<Scope, Needs>[],
    step: Step<Name, Needs, G> & Unique<Scope, { readonly [name in As]: unknown }>,
    options?: ParallelOptions,
  ): Next<Kind, Input, Parsed, Scope, Gives, { readonly [name in As]: readonly G[] }>
}

type Next<Kind extends string, Input, Parsed, Scope, Gives, G> = Saga<
  Kind,
  Input,
  Parsed,
  Simplify<Scope & G>,
  Simplify<Gives & G>
>

/**
 * Begins the definition of a saga; add steps with `.step()`.
 * @param kind its name; with its version, unique in an engine
 * @param input the schema of what a run is started with
 */
export function saga<const Kind extends string, Input, Parsed extends object>(
  kind: Kind,
  input: Schema<Input, Parsed>,
  options?: SagaOptions<Parsed>,
): Saga<Kind, Input, Parsed, Parsed, Record<never, never>>
export function saga(
  kind: string,
  input: Schema,
  options: { version?: number; locks?(input: unknown): readonly string[] } = {},
): SagaDefinition {
  checkName('saga', kind)
  const version = options.version ?? 1
  if (!Number.isInteger(version) || version < 1) {
    throw new DefinitionError(`saga "${kind}": version ${version} is not a whole number from 1`)
  }
  return chain({ kind, version, input, locks: options.locks, steps: [], parts: [] })
}

interface StepOptions {
  with?(scope: unknown): unknown
  when?(input: unknown): boolean
}

type AnyPart = StepDefinition | Parallel<unknown, unknown>

function chain(definition: SagaDefinition): SagaDefinition {
  const { steps } = definition
  const first = steps.length
  return Object.assign(definition, {
    step: (part: AnyPart, { with: make, when }: StepOptions = {}) => {
      const branches = part.kind === 'parallel' ? part.branches : [part]
      const atOnce = part.kind === 'parallel' ? part.atOnce : undefined
      const placed = branches.map((step) => ({ step, with: make ?? step.adapt }))
      const added = { first, count: placed.length, atOnce, when, each: undefined }
      return chain(extended(definition, placed, added))
    },
    each: (
      as: string,
      items: (input: unknown) => readonly unknown[],
      step: StepDefinition,
      { atOnce }: ParallelOptions = {},
    ) => {
      checkName('list', as)
      checkAtOnce(atOnce)
      refusePivot(step)
      const added = { first, count: 1, atOnce, when: undefined, each: { as, items } }
      return chain(extended(definition, [{ step, with: step.adapt }], added))
    },
  })
}

/** A definition of its own: the one it goes on from can be gone on from again. */
function extended(
  { kind, version, input, locks, steps, parts }: SagaDefinition,
  placed: readonly PlacedStep[],
  part: PlanPart,
): SagaDefinition {
  return { kind, version, input, locks, steps: [...steps, ...placed], parts: [...parts, part] }
}
