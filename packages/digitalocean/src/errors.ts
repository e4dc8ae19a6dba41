/** Whether a failed call can have changed anything: `none` is certain, `unknown` is not. */
export type Effect = 'none' | 'unknown'

/** The HTTP methods this client uses. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What every error carries; all of it is safe to log. */
export interface ErrorDetails {
  readonly message: string
  readonly effect: Effect
  readonly retryable: boolean
  readonly method?: Method | undefined
  readonly path?: string | undefined
  readonly status?: number | undefined
  readonly id?: string | undefined
  readonly requestId?: string | undefined
  readonly cause?: unknown
}

/**
 * The base of everything this package throws. None of its parts, its cause included, holds a token.
 *
 * - `code`: which error it is, stable across releases, for programs that cannot use `instanceof`.
 * - `effect`: `none` when it is certain that nothing was changed; `unknown` otherwise.
 * - `retryable`: whether the same call, made again later, may succeed and cannot do harm. The
 *   client has then already made the repetitions its policy allows.
 * - `method`, `path`: the request, the query included; absent when none was formed.
 * - `status`: the HTTP status, absent when there was no answer.
 * - `id`, `requestId`: DigitalOcean's own name for the error, and the number to give its support.
 */
export abstract class DigitalOceanError extends Error {
  abstract readonly code: string
  readonly effect: Effect
  readonly retryable: boolean
  readonly method: Method | undefined
  readonly path: string | undefined
  readonly status: number | undefined
  readonly id: string | undefined
  readonly requestId: string | undefined

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.effect = details.effect
    this.retryable = details.retryable
    this.method = details.method
    this.path = details.path
    this.status = details.status
    this.id = details.id
    this.requestId = details.requestId
  }

  /** What a log may keep. The cause is left to the logger, which may not know how to render it. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, effect, retryable, method, path, status, id, requestId } = this
    return { name, code, message, effect, retryable, method, path, status, id, requestId }
  }
}

/** 400, 405, 410, 412, 413 and every other 4xx without a class of its own. Nothing was changed. */
export class Refused extends DigitalOceanError {
  override readonly name = 'Refused'
  readonly code = 'refused'
}

/** 401: the token is unknown, revoked or expired. Nothing was changed. */
export class Unauthorized extends DigitalOceanError {
  override readonly name = 'Unauthorized'
  readonly code = 'unauthorized'
}

/** 403: the token lacks a scope, or the account may not do this. Nothing was changed. */
export class Forbidden extends DigitalOceanError {
  override readonly name = 'Forbidden'
  readonly code = 'forbidden'
}

/**
 * 404: there is nothing by that id, or the token may not see it. Nothing was changed. A read just
 * after a create may answer 404 for some seconds.
 */
export class NotFound extends DigitalOceanError {
  override readonly name = 'NotFound'
  readonly code = 'not_found'
}

/**
 * 409: the resource is in the way of this change, mostly for a moment only, hence retryable.
 * Nothing was changed.
 */
export class Conflict extends DigitalOceanError {
  override readonly name = 'Conflict'
  readonly code = 'conflict'
}

/**
 * 422: the request was understood and refused. Nothing was changed. Retryable only when the reason
 * is an event that is still running on the resource ("already has a pending event").
 */
export class Unprocessable extends DigitalOceanError {
  override readonly name = 'Unprocessable'
  readonly code = 'unprocessable'
}

/** What the errors that name a moment to try again carry besides. */
export interface DelayedErrorDetails extends ErrorDetails {
  readonly retryAfterMs?: number | undefined
}

/** 429, still, after every repetition. Nothing was changed. `retryAfterMs` is the server's word. */
export class RateLimited extends DigitalOceanError {
  override readonly name = 'RateLimited'
  readonly code = 'rate_limited'
  readonly retryAfterMs: number | undefined

  constructor(details: DelayedErrorDetails) {
    super(details)
    this.retryAfterMs = details.retryAfterMs
  }
}

/** 5xx on a read, still, after every repetition; on a write only as the cause of {@link OutcomeUnknown}. */
export class ServerError extends DigitalOceanError {
  override readonly name = 'ServerError'
  readonly code = 'server_error'
  readonly retryAfterMs: number | undefined

  constructor(details: DelayedErrorDetails) {
    super(details)
    this.retryAfterMs = details.retryAfterMs
  }
}

/**
 * No answer, or only a part of one: refused connection, unknown host, broken connection. On a write
 * it is thrown as it is only if nothing had been sent, and is the cause of {@link OutcomeUnknown}
 * otherwise.
 */
export class NetworkFault extends DigitalOceanError {
  override readonly name = 'NetworkFault'
  readonly code = 'network_fault'
}

/** No complete answer within `timeoutMs`; on a write only as the cause of {@link OutcomeUnknown}. */
export class TimedOut extends DigitalOceanError {
  override readonly name = 'TimedOut'
  readonly code = 'timed_out'
}

/** The caller's signal was aborted, and nothing can have been changed. `cause` is its reason. */
export class Aborted extends DigitalOceanError {
  override readonly name = 'Aborted'
  readonly code = 'aborted'
}

/**
 * An answer that is not what the API describes: not JSON, a field missing or of another type, a
 * redirect, pages that go in circles. On a write only as the cause of {@link OutcomeUnknown}.
 */
export class InvalidResponse extends DigitalOceanError {
  override readonly name = 'InvalidResponse'
  readonly code = 'invalid_response'
}

/**
 * A write that may or may not have happened. It was not repeated, for DigitalOcean has no
 * idempotency keys. Look for its effect, by a unique name or tag, before sending it again. `cause`
 * says what stood in the way.
 */
export class OutcomeUnknown extends DigitalOceanError {
  override readonly name = 'OutcomeUnknown'
  readonly code = 'outcome_unknown'
}

/** The call needs a token that `createClient` was not given. No request left. */
export class MissingToken extends DigitalOceanError {
  override readonly name = 'MissingToken'
  readonly code = 'missing_token'
}

/** An argument or option from which no request can be formed. No request left. */
export class InvalidRequest extends DigitalOceanError {
  override readonly name = 'InvalidRequest'
  readonly code = 'invalid_request'

  constructor(message: string) {
    super({ message, effect: 'none', retryable: false })
  }
}
