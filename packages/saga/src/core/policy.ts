import { type Duration, toMs } from './duration.ts'
import { DefinitionError } from './errors.ts'
import { type RetryOptions, type RetryPolicy, retryPolicy } from './retry.ts'
import type { StepDefinition, StepPolicy } from './step.ts'

/** How `undo` is called again, and what becomes of the run when it will not succeed. */
export interface UndoOptions {
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly every?: Duration
  readonly deadline?: Duration
  readonly onExhausted?: 'park' | 'continue'
}

/** The limits and repeats of any step. */
export interface PolicyOptions {
  readonly retry?: RetryOptions
  /** The longest a single call may take; then its signal is aborted. */
  readonly timeout?: Duration
  /** The wait between two probes of `until`, and between two `find`s. */
  readonly every?: Duration
  /** The longest that `until` may wait, from the moment the receipt was committed. */
  readonly deadline?: Duration
  /** How long after the last moment a call could have left an absence counts. */
  readonly settles?: Duration
  readonly undoOptions?: UndoOptions
}

const defaultRetry: RetryPolicy = {
  attempts: 5,
  initialMs: 1_000,
  maxMs: 60_000,
  factor: 2,
  jitter: 0.5,
}
const defaultUndoRetry: RetryPolicy = { ...defaultRetry, attempts: 10 }

/** The options of a step with every default filled in. */
export function policyOf(options: PolicyOptions, retry: Partial<RetryPolicy> = {}): StepPolicy {
  const undo = options.undoOptions ?? {}
  const everyMs = toMs(options.every ?? '5s')
  const timeoutMs = toMs(options.timeout ?? '60s')
  return {
    retry: retryPolicy(options.retry ?? {}, { ...defaultRetry, ...retry }),
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

const nameShape = /^[a-z][a-z0-9_]{0,62}$/

/** @throws {@link DefinitionError} when it is not fit to stand in a ledger, a URL and a log alike */
export function checkName(what: string, name: string): void {
  if (!nameShape.test(name)) {
    throw new DefinitionError(
      `${what} "${name}": a name is lower-case letters, digits and underscores, from a letter, 63 at most`,
    )
  }
}

/** A step that has no effect, calls nothing and gives nothing: what the others are made from. */
export function plainStep(name: string, policy: StepPolicy): Omit<StepDefinition, 'kind'> {
  checkName('step', name)
  return {
    name,
    effect: 'read',
    idempotent: true,
    input: undefined,
    output: undefined,
    key: undefined,
    do: undefined,
    find: undefined,
    until: undefined,
    undo: undefined,
    transact: undefined,
    sleepMs: 0,
    child: undefined,
    signal: undefined,
    policy,
  }
}
