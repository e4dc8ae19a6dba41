import type { Log } from './log.ts'
import type { RetryPolicy } from './retry.ts'
import type { SagaDefinition } from './saga.ts'
import type { Schema } from './schema.ts'
import type { SecretRef } from './secret.ts'

/** What `until` and `undo` answer while the world is not there yet. */
export const pending: unique symbol = Symbol('saga.pending')
/** The type of {@link pending}. */
export type Pending = typeof pending

/** A value, or the promise of one. */
export type MaybePromise<T> = T | Promise<T>

/** The run a step works for. `tag` is the last 8 hex digits of `id`: short, and random. */
export interface RunInfo {
  readonly id: string
  readonly tag: string
  readonly kind: string
}

/** What every call of a step's functions is given. */
export interface CallArgs<Input> {
  readonly input: Input
  /** The outputs of the steps before, merged. */
  readonly context: { readonly [key: string]: unknown }
  /** What marks this step's effect in the world; the same in every attempt. */
  readonly key: string
  readonly run: RunInfo
  /** The step's place in the plan of its run, from 0. */
  readonly idx: number
  /** From 1. */
  readonly attempt: number
  /** Counts the claims of the run. */
  readonly epoch: number
  /** Aborted on cancel, time-out, and when the run no longer belongs to this worker. */
  readonly signal: AbortSignal
  /** By the database's clock. */
  readonly now: Date
  /** Each line carries the run, the step and the attempt. */
  readonly log: Log
  /**
   * The value of a secret, asked of the host now. It is never stored: from errors, events and logs of
   * the run it is taken out, and a receipt or output that holds it is refused.
   * @throws {@link SecretUnavailable}
   */
  readonly secret: (ref: SecretRef) => Promise<string>
}

/** What `key` is given. It is asked once, before the first attempt. */
export type KeyArgs<Input> = Pick<CallArgs<Input>, 'input' | 'context' | 'run' | 'idx'>
/** What `until` is given: what `do` or `find` gave, too. */
export type IssuedArgs<Input, Receipt> = CallArgs<Input> & { readonly receipt: Receipt }
/** What `undo` is given. */
export type UndoArgs<Input, Receipt, Out> = CallArgs<Input> & {
  /** Absent when the effect was issued but its receipt never learnt. */
  readonly receipt: Receipt | undefined
  /** Absent when the step never completed. */
  readonly output: Out | undefined
}

/**
 * - `reversible`: has an effect, and an `undo`.
 * - `read`: has no effect; may be repeated at will.
 * - `pivot`: the point of no return; after it the saga only goes forward.
 */
export type StepEffect = 'reversible' | 'read' | 'pivot'

/** Functions with their types erased: the engine calls them with what it has checked itself. */
type Call<Args> = (args: Args) => MaybePromise<unknown>

/** The time limits and repeats of a step, in milliseconds. */
export interface StepPolicy {
  readonly retry: RetryPolicy
  readonly timeoutMs: number
  readonly everyMs: number
  readonly deadlineMs: number
  readonly settlesMs: number
  readonly undo: {
    readonly retry: RetryPolicy
    readonly timeoutMs: number
    readonly everyMs: number
    readonly deadlineMs: number
    readonly onExhausted: 'park' | 'continue'
  }
}

/** What a step waits for that somebody outside has to send. */
export interface AwaitedSignal {
  /** Whether it may be turned down: an approval. */
  readonly rejectable: boolean
  readonly payload: Schema | undefined
  /** Null: for as long as it takes. */
  readonly deadlineMs: number | null
}

/**
 * A step as the engine sees it. Made by `step`, `transact`, `sleep`, `child`, `approval` and
 * `signal`.
 */
export interface StepDefinition {
  readonly name: string
  readonly kind: 'call' | 'transact' | 'sleep' | 'child' | 'signal'
  readonly effect: StepEffect
  readonly idempotent: boolean
  readonly input: Schema | undefined
  /** What the step gives is checked against it. */
  readonly output: Schema | undefined
  /** Makes the key of its effect. */
  readonly key: ((args: KeyArgs<unknown>) => string) | undefined
  readonly do: Call<CallArgs<unknown>> | undefined
  readonly find: Call<CallArgs<unknown>> | undefined
  readonly until: Call<IssuedArgs<unknown, unknown>> | undefined
  readonly undo: Call<UndoArgs<unknown, unknown, unknown>> | undefined
  readonly transact: TransactFunctions | undefined
  readonly sleepMs: number
  readonly child: { readonly saga: SagaDefinition; readonly as: string | undefined } | undefined
  readonly signal: AwaitedSignal | undefined
  /** Makes the step's input of the saga's input and the outputs before it; see `adapt`. */
  readonly adapt?: (scope: unknown) => unknown
  readonly policy: StepPolicy
}

/**
 * Whether an attempt without an answer certainly left nothing: it has no effect, or one that is
 * committed together with its ledger row.
 */
export function isCertain({ effect, kind }: StepDefinition): boolean {
  return effect === 'read' || kind === 'transact'
}

/** The keys that a type names; those of an index signature are known only at run time. */
export type NamedKeys<T> = keyof {
  [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K]
}

/** What a type asks for: an object without members (`z.object({})`) asks for nothing. */
export type AsksFor<Needs> = string extends keyof Needs
  ? Needs extends { readonly [key: string]: never }
    ? unknown
    : Needs
  : Needs

/** What can stand in a saga: it needs `Needs` of what came before it and gives `Gives` to what follows. */
export interface Part<Needs, Gives> {
  readonly kind: StepDefinition['kind'] | 'parallel'
  /** Types alone; never there at run time. */
  readonly '~types'?: {
    /** A function, so that a step which needs less fits where one that needs more does. */
    readonly needs: (needs: Needs) => void
    readonly gives: Gives
  }
}

/** A step that needs `Needs` of what came before it and gives `Gives` to those after it. */
export interface Step<Name extends string, Needs, Gives>
  extends StepDefinition,
    Pick<Part<Needs, Gives>, '~types'> {
  readonly name: Name
}

/** What runs SQL: a `pg` client, a pool, or anything of that shape. */
export interface Queryable {
  /** Runs one statement with its values, `$1` the first of them. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>
}

/** The functions of a `transact` step, with their types erased. */
export interface TransactFunctions {
  /** See {@link TransactOptions.do}. */
  readonly do: (tx: Queryable, args: CallArgs<unknown>) => MaybePromise<unknown>
  /** See {@link TransactOptions.undo}. */
  readonly undo:
    | ((tx: Queryable, args: UndoArgs<unknown, unknown, unknown>) => MaybePromise<unknown>)
    | undefined
}
