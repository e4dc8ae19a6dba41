import { z } from 'zod'
import {
  type DigitalOceanError,
  InvalidRequest,
  NetworkFault,
  RateLimited,
  ServerError,
  TimedOut,
} from '../errors.ts'
import { notify, type Purpose, type RequestEvent } from '../hooks.ts'
import type { RateLimit } from '../limits/budget.ts'
import type { Settings } from '../options.ts'
import { backoffMs } from './backoff.ts'
import type { Answer, Call } from './call.ts'
import { Courier } from './courier.ts'
import { Failures } from './failure.ts'
import { secretsOf } from './secrets.ts'

/** What is known of each purpose's token; absent until an answer has told. */
export type RateLimits = { readonly [P in Purpose]?: RateLimit | undefined }

interface BaseCall {
  readonly operation: string
  readonly path: string
  readonly signal?: AbortSignal | undefined
}

export interface ReadCall<T> extends BaseCall {
  readonly schema: z.ZodType<T>
}

/** A change whose answer has no body. */
export interface Command extends BaseCall {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: object | undefined
}

export interface WriteCall<T> extends Command {
  readonly schema: z.ZodType<T>
}

/**
 * How the resources reach the API: a read carries the `read` token, a write the `provisioning` one,
 * and there is no third way. Rejects with `DigitalOceanError` only.
 */
export class Caller {
  readonly #settings: Settings
  readonly #failures: Failures
  readonly #courier: Courier

  constructor(settings: Settings) {
    const { read, provisioning } = settings.tokens
    const secrets = secretsOf([read, provisioning].filter((token) => token !== undefined))
    this.#settings = settings
    this.#failures = new Failures(secrets, () => settings.clock.now())
    this.#courier = new Courier(settings, this.#failures)
  }

  async read<T>(call: ReadCall<T>): Promise<Answer<T>> {
    const { signal } = call
    const fixed = { purpose: 'read', method: 'GET', body: undefined, expects: 'body' } as const
    return await this.#perform({ ...call, ...fixed, signal })
  }

  async write<T>(call: WriteCall<T>): Promise<T> {
    const { signal } = call
    const fixed = { purpose: 'provisioning', body: json(call.body), expects: 'body' } as const
    return (await this.#perform({ ...call, ...fixed, signal })).value
  }

  async command(call: Command): Promise<void> {
    const { signal } = call
    const fixed = { purpose: 'provisioning', body: json(call.body), expects: 'status' } as const
    await this.#perform({ ...call, ...fixed, signal, schema: z.void() })
  }

  rateLimits(): RateLimits {
    const { read, provisioning } = this.#settings.tokens
    return {
      read: this.#courier.throttleOf(read)?.known(),
      provisioning: this.#courier.throttleOf(provisioning)?.known(),
    }
  }

  async #perform<T>(call: Call<T>): Promise<Answer<T>> {
    const { operation, method, path, purpose } = call
    for (let attempt = 1; ; attempt++) {
      const event: RequestEvent = { operation, method, path, purpose, attempt }
      const verdict = await this.#courier.carry(call, event)
      if (verdict.kind === 'value') return verdict
      const { error } = verdict
      if (attempt >= this.#settings.retries.attempts || !isRepeatable(error)) {
        throw this.#failed(event, error)
      }
      await this.#backOff(call, event, error)
    }
  }

  async #backOff(call: Call<unknown>, event: RequestEvent, error: DigitalOceanError) {
    const { clock, hooks, random, retries } = this.#settings
    // On a 429 the token's queue waits besides, for as long as the server asked.
    const asked = error instanceof ServerError ? (error.retryAfterMs ?? 0) : 0
    const delayMs = Math.max(backoffMs(retries, event.attempt, random()), asked)
    notify(hooks.onRetry, { ...event, error, delayMs })
    try {
      await clock.sleep(delayMs, call.signal ?? new AbortController().signal)
    } catch (reason) {
      throw this.#failed(event, this.#failures.abortedWaiting(call, reason))
    }
  }

  #failed(event: RequestEvent, error: DigitalOceanError): DigitalOceanError {
    notify(this.#settings.hooks.onError, { ...event, error })
    return error
  }
}

/**
 * Whether the client itself repeats the call. A write that may have happened never gets here as one
 * of these: it is an `OutcomeUnknown`. A conflict may be retryable, but when is for the caller to say.
 */
function isRepeatable(error: DigitalOceanError): boolean {
  const transient =
    error instanceof RateLimited ||
    error instanceof ServerError ||
    error instanceof NetworkFault ||
    error instanceof TimedOut
  return transient && error.retryable
}

function json(body: object | undefined): string | undefined {
  if (body === undefined) return undefined
  try {
    return JSON.stringify(body)
  } catch {
    throw new InvalidRequest('The request has a part that JSON cannot carry. Nothing was sent.')
  }
}
