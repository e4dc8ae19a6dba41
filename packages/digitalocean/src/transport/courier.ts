import { notify, type RequestEvent } from '../hooks.ts'
import type { Observation } from '../limits/budget.ts'
import { rateLimitOf, retryAfterOf } from '../limits/headers.ts'
import { Throttle } from '../limits/throttle.ts'
import type { Settings } from '../options.ts'
import type { Call } from './call.ts'
import { type Exchange, exchange } from './exchange.ts'
import type { Failures } from './failure.ts'
import { type Verdict, verdictOn } from './verdict.ts'

/** Takes one request through its token's queue, over the wire and back to a verdict. */
export class Courier {
  readonly #settings: Settings
  readonly #failures: Failures
  /** By token, not by purpose: DigitalOcean counts tokens, and one may serve both purposes. */
  readonly #throttles: ReadonlyMap<string, Throttle>

  constructor(settings: Settings, failures: Failures) {
    this.#settings = settings
    this.#failures = failures
    const { read, provisioning } = settings.tokens
    const tokens = [read, provisioning].filter((token) => token !== undefined)
    this.#throttles = new Map(
      tokens.map((token) => [token, new Throttle(settings.clock, settings.perMinute)]),
    )
  }

  throttleOf(token: string | undefined): Throttle | undefined {
    return token === undefined ? undefined : this.#throttles.get(token)
  }

  /** Never rejects. */
  async carry<T>(call: Call<T>, event: RequestEvent): Promise<Verdict<T>> {
    const { clock, tokens } = this.#settings
    const token = tokens[call.purpose]
    const throttle = this.throttleOf(token)
    if (token === undefined || throttle === undefined) {
      return { kind: 'failure', error: this.#failures.missingToken(call) }
    }
    const askedAt = clock.now()
    let turn: number
    try {
      turn = await throttle.acquire(call.signal)
    } catch (reason) {
      return { kind: 'failure', error: this.#failures.abortedWaiting(call, reason) }
    }
    // The abort may have come in the same moment as the turn.
    if (call.signal?.aborted) {
      throttle.release(turn, {})
      return { kind: 'failure', error: this.#failures.abortedWaiting(call, call.signal.reason) }
    }
    const sentAt = new Date(clock.now())
    const queuedMs = sentAt.getTime() - askedAt
    notify(this.#settings.hooks.onRequest, { ...event, sentAt, queuedMs })
    const result = await this.#send(call, token)
    throttle.release(turn, observationOf(result, clock.now()))
    this.#report(event, result, sentAt)
    return verdictOn(call, result, sentAt, this.#failures)
  }

  #send(call: Call<unknown>, token: string): Promise<Exchange> {
    const { baseUrl, userAgent, fetch, timeoutMs } = this.#settings
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'user-agent': userAgent,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const url = `${baseUrl}${call.path}`
    const { method, body } = call
    return exchange(fetch, { method, url, headers, body }, timeoutMs, call.signal)
  }

  #report(event: RequestEvent, result: Exchange, sentAt: Date): void {
    if (result.kind !== 'answer') return
    notify(this.#settings.hooks.onResponse, {
      ...event,
      status: result.status,
      durationMs: this.#settings.clock.now() - sentAt.getTime(),
      requestId: this.#failures.requestIdOf(result),
      rateLimit: rateLimitOf(result.headers),
    })
  }
}

function observationOf(result: Exchange, now: number): Observation {
  if (result.kind !== 'answer') return {}
  return {
    rateLimit: rateLimitOf(result.headers),
    pauseMs: result.status === 429 ? retryAfterOf(result.headers, now) : undefined,
  }
}
