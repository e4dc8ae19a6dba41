import { DefinitionError } from './errors.ts'
import { type PolicyOptions, plainStep, policyOf } from './policy.ts'
import type { Schema } from './schema.ts'
import type {
  CallArgs,
  IssuedArgs,
  KeyArgs,
  MaybePromise,
  Pending,
  Step,
  StepDefinition,
  StepEffect,
  UndoArgs,
} from './step.ts'

/** What a step gives to those after it: its members join the saga's context. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a fine step
export type Output = object | undefined | void
export type NoOutput = Record<never, never>
/** A function that always throws gives nothing, whatever its type says. */
export type Given<O> = [O] extends [never] ? NoOutput : O extends object ? O : NoOutput

/** Options of every step that is called. */
export interface CommonOptions<Needs, Input, Out> extends Pick<PolicyOptions, 'retry' | 'timeout'> {
  /** What the step needs of the saga's input and context; any Standard Schema. */
  readonly input?: Schema<Needs, Input>
  /** What the step gives is checked against it, and kept as it makes it. */
  readonly output?: Schema<unknown, NoInfer<Out>>
  /**
   * What marks the step's effect in the world, the same in every attempt. Default: of the run's id and
   * the step's place.
   */
  readonly key?: (args: KeyArgs<Input>) => string
}

type ProbeOptions = Pick<PolicyOptions, 'every' | 'deadline' | 'settles' | 'undoOptions'>

/** What `find` gives when the effect is there: null where `do` gives nothing to tell it by. */
// biome-ignore lint/suspicious/noConfusingVoidType: that is what such a function gives
export type Found<Receipt> = [Receipt] extends [undefined | void] ? null : Receipt

/** Options of a step that acts on the world. */
export interface Acting<Needs, Input, Receipt, Out>
  extends CommonOptions<Needs, Input, Out>,
    ProbeOptions {
  /** Issues the effect and gives its receipt, which is committed. */
  readonly do: (args: CallArgs<Input>) => MaybePromise<Receipt>
  /** Looks for the effect under its key: what `do` would have given, or undefined if absent. */
  readonly find?: (args: CallArgs<Input>) => MaybePromise<Found<NoInfer<Receipt>> | undefined>
  /** True when repeating `do` with the same key cannot have a second effect. */
  readonly idempotent?: boolean
}

/** Takes a step back; already gone is success. May answer `pending`, and is then asked again. */
export type Undo<Input, Receipt, Out> = (
  args: UndoArgs<Input, NoInfer<Receipt>, NoInfer<Out>>,
) => MaybePromise<unknown>

/** Whether a step has an effect, and what takes it back; see {@link StepEffect}. */
export type EffectOptions<Input, Receipt, Out> =
  | { readonly effect?: 'reversible'; readonly undo: Undo<Input, Receipt, Out> }
  | { readonly effect: 'pivot' | 'read'; readonly undo?: never }

/** Options of a step whose `until` waits for what `do` has begun. */
export type Waiting<Needs, Input, Receipt, Out> = Acting<Needs, Input, Receipt, Out> & {
  /** Looks whether it is done: the output, or `pending`. Asked `every` so often until the `deadline`. */
  readonly until: (args: IssuedArgs<Input, NoInfer<Receipt>>) => MaybePromise<Out | Pending>
} & EffectOptions<Input, Receipt, Out>

/** Options of a step that is done when `do` is: its receipt is its output. */
export type Immediate<Needs, Input, Out> = Acting<Needs, Input, Out, Out> & {
  readonly until?: never
} & EffectOptions<Input, Out, Out>

/**
 * Defines a step.
 *
 * `do` issues the effect and gives a receipt, which is committed; `until` (where there is one)
 * probes until it gives the output; `find` says after a crash or an unclear answer whether the
 * effect is out there; `undo` takes it back, and succeeds when it is already gone.
 *
 * @throws {@link DefinitionError} when the step could repeat an effect blindly (neither `find` nor
 * `idempotent`), or has an effect that nothing takes back and is not declared a pivot
 */
export function step<
  const Name extends string,
  Receipt,
  Out extends object | null,
  Needs = unknown,
  Input = unknown,
>(name: Name, options: Waiting<Needs, Input, Receipt, Out>): Step<Name, Needs, Given<Out>>
export function step<
  const Name extends string,
  Out extends Output,
  Needs = unknown,
  Input = unknown,
>(name: Name, options: Immediate<Needs, Input, Out>): Step<Name, Needs, Given<Out>>
export function step(name: string, options: ErasedOptions): StepDefinition {
  const plain = plainStep(name, policyOf(options))
  const effect = options.effect ?? 'reversible'
  const idempotent = options.idempotent ?? effect === 'read'
  if (effect === 'reversible' && options.undo === undefined) {
    throw new DefinitionError(
      `step "${name}" has an effect and no undo: give it one, or declare it effect: 'read' (it has none) or 'pivot' (there is no way back)`,
    )
  }
  if (!idempotent && options.find === undefined) {
    throw new DefinitionError(
      `step "${name}" could repeat its effect after a crash: give it a find, or declare it idempotent`,
    )
  }
  return {
    ...plain,
    kind: 'call',
    effect,
    idempotent,
    input: options.input,
    output: options.output,
    key: options.key,
    do: options.do,
    find: options.find,
    until: options.until,
    undo: options.undo,
  }
}

// Method syntax: the engine hands over input it has validated with the step's own schema.
interface ErasedOptions extends PolicyOptions {
  readonly input?: Schema
  readonly output?: Schema
  readonly effect?: StepEffect
  readonly idempotent?: boolean
  key?(args: KeyArgs<unknown>): string
  do(args: CallArgs<unknown>): MaybePromise<unknown>
  find?(args: CallArgs<unknown>): MaybePromise<unknown>
  until?(args: IssuedArgs<unknown, unknown>): MaybePromise<unknown>
  undo?(args: UndoArgs<unknown, unknown, unknown>): MaybePromise<unknown>
}
