import type { CommonOptions, Given, Output } from './define-step.ts'
import { type PolicyOptions, plainStep, policyOf, type UndoOptions } from './policy.ts'
import type { Schema } from './schema.ts'
import type {
  CallArgs,
  KeyArgs,
  MaybePromise,
  Queryable,
  Step,
  StepDefinition,
  UndoArgs,
} from './step.ts'

/** Options of a {@link transact} step. */
export interface TransactOptions<Needs, Input, Out> extends CommonOptions<Needs, Input, Out> {
  /** Its SQL. What it throws rolls back, and so proves that there was no effect. */
  readonly do: (tx: Queryable, args: CallArgs<Input>) => MaybePromise<Out>
  /** SQL that takes it back. Without it, the step leaves nothing to take back. */
  readonly undo?: (
    tx: Queryable,
    args: UndoArgs<Input, NoInfer<Out>, NoInfer<Out>>,
  ) => MaybePromise<unknown>
  readonly undoOptions?: UndoOptions
}

/**
 * A step of SQL in the engine's own database, committed together with its ledger row: either both
 * are there or neither. Without `undo` it is a step that leaves nothing to take back.
 */
export function transact<
  const Name extends string,
  Out extends Output,
  Needs = unknown,
  Input = unknown,
>(name: Name, options: TransactOptions<Needs, Input, Out>): Step<Name, Needs, Given<Out>>
export function transact(name: string, options: ErasedOptions): StepDefinition {
  return {
    ...plainStep(name, policyOf(options)),
    kind: 'transact',
    effect: options.undo === undefined ? 'read' : 'reversible',
    input: options.input,
    output: options.output,
    key: options.key,
    transact: { do: options.do, undo: options.undo },
  }
}

// Method syntax: the engine hands over input it has validated with the step's own schema.
interface ErasedOptions extends PolicyOptions {
  readonly input?: Schema
  readonly output?: Schema
  key?(args: KeyArgs<unknown>): string
  do(tx: Queryable, args: CallArgs<unknown>): MaybePromise<unknown>
  undo?(tx: Queryable, args: UndoArgs<unknown, unknown, unknown>): MaybePromise<unknown>
}
