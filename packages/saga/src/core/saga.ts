import { DefinitionError } from './errors.ts'
import type { Schema } from './schema.ts'
import type { Step, StepDefinition } from './step.ts'

/** A step in its place in a saga. */
export interface PlacedStep {
  readonly step: StepDefinition
  /** Makes the step's input of the saga's input and the outputs before it. Pure. */
  readonly with: ((scope: unknown) => unknown) | undefined
}

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
  readonly locks: ((input: unknown) => readonly string[]) | undefined
  readonly steps: readonly PlacedStep[]
}

/** The keys that a type names; those of an index signature are known only at run time. */
type NamedKeys<T> = keyof {
  [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K]
}
type Duplicate<Scope, Gives> = NamedKeys<Scope> & NamedKeys<Gives>

/** What `.step()` also asks of its argument: nothing where it fits, else a type that says why not. */
type Fits<Scope, Needs, Gives> = [Scope] extends [Needs]
  ? [Duplicate<Scope, Gives>] extends [never]
    ? unknown
    : { readonly 'this step gives what is already there': Duplicate<Scope, Gives> }
  : { readonly 'this step needs what nothing before it gives': Needs }

type Unique<Scope, Gives> = [Duplicate<Scope, Gives>] extends [never]
  ? unknown
  : { readonly 'this step gives what is already there': Duplicate<Scope, Gives> }

type Simplify<T> = { [K in keyof T]: T[K] }

/** A list of steps, each with its undo; `Scope` is what the next step can ask for. */
export interface Saga<Kind extends string, Input, Scope> extends SagaDefinition {
  readonly kind: Kind
  /** Types alone; never there at run time. */
  readonly '~types'?: { readonly input: Input; readonly scope: Scope }
  /** Adds a step that finds all it needs in the saga's input and the outputs before it. */
  step<Name extends string, Needs, Gives>(
    step: Step<Name, Needs, Gives> & Fits<Scope, Needs, Gives>,
  ): Saga<Kind, Input, Simplify<Scope & Gives>>
  /** Adds a step whose input is made by `with`. */
  step<Name extends string, Needs, Gives>(
    step: Step<Name, Needs, Gives> & Unique<Scope, Gives>,
    options: { readonly with: (scope: Scope) => Needs },
  ): Saga<Kind, Input, Simplify<Scope & Gives>>
}

/**
 * Begins the definition of a saga; add steps with `.step()`.
 * @param kind its name, unique in an engine
 * @param input the schema of what a run is started with
 */
export function saga<const Kind extends string, Input, Parsed extends object>(
  kind: Kind,
  input: Schema<Input, Parsed>,
  options?: SagaOptions<Parsed>,
): Saga<Kind, Input, Parsed>
export function saga(
  kind: string,
  input: Schema,
  options: { version?: number; locks?(input: unknown): readonly string[] } = {},
): SagaDefinition {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(kind)) {
    throw new DefinitionError(
      `saga "${kind}": a kind is lower-case letters, digits and underscores, from a letter, 63 at most`,
    )
  }
  const version = options.version ?? 1
  if (!Number.isInteger(version) || version < 1) {
    throw new DefinitionError(`saga "${kind}": version ${version} is not a whole number from 1`)
  }
  return chain({ kind, version, input, locks: options.locks, steps: [] })
}

function chain(definition: SagaDefinition): SagaDefinition {
  return Object.assign(definition, {
    step: (step: StepDefinition, options: { with?(scope: unknown): unknown } = {}) => {
      const { kind, version, input, locks, steps } = definition
      return chain({ kind, version, input, locks, steps: [...steps, { step, with: options.with }] })
    },
  })
}
