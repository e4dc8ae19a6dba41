/** What a failed call left in the world: certainly nothing, or nobody knows. */
export type Effect = 'none' | 'unknown'

/** What a thrown error proves, as the host's classifier sees it. */
export interface Verdict {
  readonly effect: Effect
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
}

/**
 * Says what an error thrown by a step proves. `undefined`: it proves nothing, so the outcome is
 * unknown and may be retried once `find` has spoken.
 */
export type Classifier = (error: unknown) => Verdict | undefined

/** Every error that this package throws on purpose; `code` is stable, the message is for people. */
export class SagaError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Thrown by a step that knows its attempt had no effect and that trying again will not help. */
export class StepFailed extends SagaError {
  readonly effect: Effect
  readonly retryable: boolean
  constructor(message: string, options: ErrorOptions & Partial<Verdict> = {}) {
    super('step_failed', message, options)
    this.effect = options.effect ?? 'none'
    this.retryable = options.retryable ?? false
  }
}

/** A definition (step, saga, engine) that cannot be run safely. */
export class DefinitionError extends SagaError {
  constructor(message: string) {
    super('invalid_definition', message)
  }
}

/** An input or output that its schema refuses; `issues` name the path of each fault. */
export class InvalidInput extends SagaError {
  readonly issues: readonly InputIssue[]
  constructor(what: string, issues: readonly InputIssue[]) {
    const faults = issues.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    )
    super('invalid_input', `${what} is not valid: ${faults.join('; ')}`)
    this.issues = issues
  }
}

/** One fault of an input. */
export interface InputIssue {
  /** Dotted path from the root of the input; empty for the root itself. */
  readonly path: string
  readonly message: string
}

/** A kind of saga that this engine does not have. */
export class UnknownKind extends SagaError {
  constructor(kind: string, known: readonly string[]) {
    super('unknown_kind', `there is no saga of kind "${kind}"; known kinds: ${known.join(', ')}`)
  }
}

/** A version of a saga that this engine does not have, though it has others of the kind. */
export class UnknownVersion extends SagaError {
  constructor(kind: string, version: number, known: readonly number[]) {
    super(
      'unknown_version',
      `there is no version ${version} of saga "${kind}" in this engine; known versions: ${known.join(', ')}. Give it to createEngine beside the others`,
    )
  }
}

/** A step name that is not registered. */
export class UnknownStep extends SagaError {
  constructor(name: string, known: readonly string[]) {
    super('unknown_step', `there is no step "${name}"; known steps: ${known.join(', ')}`)
  }
}

/** The start key was used before, for another kind or with another input. */
export class StartKeyConflict extends SagaError {
  readonly runId: string
  constructor(key: string, runId: string) {
    super(
      'start_key_conflict',
      `the key "${key}" already started saga ${runId} with another kind or input; use a new key, or repeat the first request unchanged`,
    )
    this.runId = runId
  }
}

/** No run has this id; or it had, and was pruned. */
export class RunNotFound extends SagaError {
  constructor(id: string) {
    super('run_not_found', `there is no saga run ${id}`)
  }
}

export class ScheduleNotFound extends SagaError {
  constructor(name: string) {
    super('schedule_not_found', `there is no schedule "${name}"; it was removed, or never set up`)
  }
}

/** An act that the state of the run does not allow. */
export class ActRefused extends SagaError {
  constructor(message: string) {
    super('act_refused', message)
  }
}

/** A defect in the engine or its store: an event that the state it met does not allow. */
export class IllegalTransition extends SagaError {
  constructor(state: string, event: string) {
    super('illegal_transition', `the event "${event}" is not allowed in the state "${state}"`)
  }
}

/** The run was claimed by another worker; the writer must touch nothing more. */
export class Fenced extends SagaError {
  constructor(runId: string) {
    super(
      'fenced',
      `saga ${runId} now belongs to another worker; nothing more is written to it here`,
    )
  }
}

/**
 * A secret that the host did not give. Thrown where the step asked for it: what the step has done by
 * then only the step knows, so its outcome is unknown unless the host's classifier says otherwise.
 */
export class SecretUnavailable extends SagaError {
  readonly secret: string
  constructor(name: string, why: string, options?: ErrorOptions) {
    super('secret_unavailable', `the secret "${name}" cannot be resolved: ${why}`, options)
    this.secret = name
  }
}

/** A value to be stored holds that of a secret. The message names the secret. */
export class SecretExposed extends SagaError {
  constructor(what: string, name: string) {
    super(
      'secret_exposed',
      `${what} holds the value of the secret "${name}", which is never stored: leave it out, or give secret('${name}') in its place`,
    )
  }
}

/** A run that would hold more than may be loaded with each of its claims. */
export class ContextTooLarge extends SagaError {
  constructor(what: string, bytes: number, most: number) {
    super(
      'context_too_large',
      `${what} would bring the saga to ${bytes} bytes as JSON, of at most ${most} (payloadLimits.contextBytes): its inputs, receipts and outputs are loaded with each claim; store what is large elsewhere and keep references, or put the work into children`,
    )
  }
}

/** An error as it is stored in a ledger: no stack, no cause, bounded. */
export interface StoredError {
  readonly code: string
  readonly message: string
}

const storedMessageLength = 2_000

/** What of a thrown value is kept in the ledger; `scrub` takes out what must not be. */
export function storedError(error: unknown, scrub = (text: string) => text): StoredError {
  try {
    // Scrubbed before it is cut: half a secret would not be recognised.
    return { code: clean(scrub(codeOf(error))), message: clean(scrub(messageOf(error))) }
  } catch {
    // Getters that throw, objects without a text of their own: it was thrown, that much is known.
    return { code: 'thrown_value', message: 'something that cannot be put into words' }
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown_value'
  return 'code' in error && typeof error.code === 'string' ? error.code : String(error.name)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? String(error.message) : String(error)
}

/** PostgreSQL stores no NUL in text or jsonb, and a lone surrogate makes jsonb refuse the whole. */
function clean(text: string): string {
  return text.slice(0, storedMessageLength).replaceAll('\u0000', '').toWellFormed()
}
