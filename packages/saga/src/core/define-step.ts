import { type Duration, toMs } from './duration.ts'
import { DefinitionError } from './errors.ts'
import { type RetryOptions, type RetryPolicy, retryPolicy } from './retry.ts'
import type { Schema } from './schema.ts'
import type {
  CallArgs,
  IssuedArgs,
  KeyArgs,
  MaybePromise,
  Pending,
  Queryable,
  Step,
  StepDefinition,
  StepEffect,
  StepPolicy,
  UndoArgs,
} from './step.ts'

/** What a step gives to those after it: its members join the saga's context. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a fine step
export type Output = object | undefined | void
type NoOutput = Record<never, never>
type Given<O> = O extends object ? O : NoOutput

/** How `undo` is called again, and what becomes of the run when it will not succeed. */
export interface UndoOptions {
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly every?: Duration
  readonly deadline?: Duration
  readonly onExhausted?: 'park' | 'continue'
}

interface CommonOptions<Needs, Input> {
  /** What the step needs of the saga's input and context; any Standard Schema. */
  readonly input?: Schema<Needs, Input>
  readonly key?: (args: KeyArgs<Input>) => string
  readonly retry?: RetryOptions
  /** The longest a single call may take; then its signal is aborted. */
  readonly timeout?: Duration
}

interface ProbeOptions {
  /** The wait between two probes of `until`, and between two `find`s. */
  readonly every?: Duration
  /** The longest that `until` may wait, from the moment the receipt was committed. */
  readonly deadline?: Duration
  /** How long after the last moment a call could have left an absence counts. */
  readonly settles?: Duration
  readonly undoOptions?: UndoOptions
}

/** What `find` gives when the effect is there: null where `do` gives nothing to tell it by. */
// biome-ignore lint/suspicious/noConfusingVoidType: that is what such a function gives
type Found<Receipt> = [Receipt] extends [undefined | void] ? null : Receipt

interface Acting<Needs, Input, Receipt> extends CommonOptions<Needs, Input>, ProbeOptions {
  readonly do: (args: CallArgs<Input>) => MaybePromise<Receipt>
  /** Looks for the effect under its key: what `do` would have given, or undefined if absent. */
  readonly find?: (args: CallArgs<Input>) => MaybePromise<Found<NoInfer<Receipt>> | undefined>
  /** True when repeating `do` with the same key cannot have a second effect. */
  readonly idempotent?: boolean
}

type Undo<Input, Receipt, Out> = (
  args: UndoArgs<Input, NoInfer<Receipt>, NoInfer<Out>>,
) => MaybePromise<unknown>

type EffectOptions<Input, Receipt, Out> =
  | { readonly effect?: 'reversible'; readonly undo: Undo<Input, Receipt, Out> }
  | { readonly effect: 'pivot' | 'read'; readonly undo?: never }

type Waiting<Needs, Input, Receipt, Out> = Acting<Needs, Input, Receipt> & {
  readonly until: (args: IssuedArgs<Input, NoInfer<Receipt>>) => MaybePromise<Out | Pending>
} & EffectOptions<Input, Receipt, Out>

type Immediate<Needs, Input, Out> = Acting<Needs, Input, Out> & {
  readonly until?: never
} & EffectOptions<Input, Out, Out>

const defaultRetry: RetryPolicy = {
  attempts: 5,
  initialMs: 1_000,
  maxMs: 60_000,
  factor: 2,
  jitter: 0.5,
}
const defaultUndoRetry: RetryPolicy = { ...defaultRetry, attempts: 10 }

const nameShape = /^[a-z][a-z0-9_]{0,62}$/

function checkName(what: string, name: string): void {
  if (!nameShape.test(name)) {
    throw new DefinitionError(
      `${what} "${name}": a name is lower-case letters, digits and underscores, from a letter, 63 at most`,
    )
  }
}

function policyOf(
  options: Pick<CommonOptions<never, never>, 'retry' | 'timeout'> & ProbeOptions,
): StepPolicy {
  const undo = options.undoOptions ?? {}
  const everyMs = toMs(options.every ?? '5s')
  const timeoutMs = toMs(options.timeout ?? '60s')
  return {
    retry: retryPolicy(options.retry ?? {}, defaultRetry),
    timeoutMs,
    everyMs,
    deadlineMs: toMs(options.deadline ?? '1h'),
    settlesMs: toMs(options.settles ?? '60s'),
    undo: {
      retry: retryPolicy(undo.retry ?? {}, defaultUndoRetry),
      timeoutMs: undo.timeout === undefined ? timeoutMs : toMs(undo.timeout),
      everyMs: undo.every === undefined ? everyMs : toMs(undo.every),
      deadlineMs: toMs(undo.deadline ?? '1h'),
      onExhausted: undo.onExhausted ?? 'park',
    },
  }
}

/**
 * Defines a step.
 *
 * `do` issues the effect and gives a receipt, which is committed; `until` (where there is one)
 * probes until it gives the output; `find` says after a crash or an unclear answer whether the
 * effect is out there; `undo` takes it back, and succeeds when it is already gone.
 *
 * @throws {DefinitionError} when the step could repeat an effect blindly (neither `find` nor
 * `idempotent`), or has an effect that nothing takes back and is not declared a pivot
 */
export function step<
  const Name extends string,
  Receipt,
  Out extends Output,
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
  checkName('step', name)
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
    name,
    kind: 'call',
    effect,
    idempotent,
    input: options.input,
    key: options.key,
    do: options.do,
    find: options.find,
    until: options.until,
    undo: options.undo,
    transact: undefined,
    sleepMs: 0,
    policy: policyOf(options),
  }
}

interface ErasedOptions extends ProbeOptions {
  // Method syntax: the engine hands over input it has validated with the step's own schema.
  readonly input?: Schema
  readonly effect?: StepEffect
  readonly idempotent?: boolean
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  key?(args: KeyArgs<unknown>): string
  do(args: CallArgs<unknown>): MaybePromise<unknown>
  find?(args: CallArgs<unknown>): MaybePromise<unknown>
  until?(args: IssuedArgs<unknown, unknown>): MaybePromise<unknown>
  undo?(args: UndoArgs<unknown, unknown, unknown>): MaybePromise<unknown>
}

/** Options of a {@link transact} step. */
export interface TransactOptions<Needs, Input, Out> extends CommonOptions<Needs, Input> {
  readonly do: (tx: Queryable, args: CallArgs<Input>) => MaybePromise<Out>
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
export function transact(name: string, options: ErasedTransactOptions): StepDefinition {
  checkName('step', name)
  return {
    name,
    kind: 'transact',
    effect: options.undo === undefined ? 'read' : 'reversible',
    idempotent: true,
    input: options.input,
    key: options.key,
    do: undefined,
    find: undefined,
    until: undefined,
    undo: undefined,
    transact: { do: options.do, undo: options.undo },
    sleepMs: 0,
    policy: policyOf(options),
  }
}

interface ErasedTransactOptions extends Pick<ErasedOptions, 'input' | 'retry' | 'timeout'> {
  readonly undoOptions?: UndoOptions
  key?(args: KeyArgs<unknown>): string
  do(tx: Queryable, args: CallArgs<unknown>): MaybePromise<unknown>
  undo?(tx: Queryable, args: UndoArgs<unknown, unknown, unknown>): MaybePromise<unknown>
}

/** A step that waits in the database, holding no worker, and gives nothing. */
export function sleep<const Name extends string>(
  name: Name,
  duration: Duration,
): Step<Name, unknown, NoOutput>
export function sleep(name: string, duration: Duration): StepDefinition {
  checkName('step', name)
  return {
    name,
    kind: 'sleep',
    effect: 'read',
    idempotent: true,
    input: undefined,
    key: undefined,
    do: undefined,
    find: undefined,
    until: undefined,
    undo: undefined,
    transact: undefined,
    sleepMs: toMs(duration),
    policy: policyOf({}),
  }
}
