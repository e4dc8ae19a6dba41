import { z } from 'zod'
import {
  Aborted,
  Conflict,
  type DigitalOceanError,
  type ErrorDetails,
  Forbidden,
  InvalidResponse,
  MissingToken,
  NetworkFault,
  NotFound,
  OutcomeUnknown,
  RateLimited,
  Refused,
  ServerError,
  TimedOut,
  Unauthorized,
  Unprocessable,
} from '../errors.ts'
import { retryAfterOf } from '../limits/headers.ts'
import type { CallTitle } from './call.ts'
import type { Exchange, Fault } from './exchange.ts'
import { jsonOf } from './json.ts'
import { reasonOf, severanceOf } from './network-fault.ts'
import type { Secrets } from './secrets.ts'

type Answer = Extract<Exchange, { kind: 'answer' }>

/** DigitalOcean's error body: `{id, message, request_id}`, each of which may be missing. */
const errorBody = z.object({
  id: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  request_id: z.string().optional().catch(undefined),
})

/** One event at a time runs on a droplet or a reserved IP; the refusal passes when it has ended. */
const PENDING_EVENT = /already has a pending event/i

/** Statuses below 500 by which a server says that it gave up on the request, not that it refused it. */
const GIVEN_UP = new Set([408, 499])

/** Turns what went wrong into the error the caller gets, and says what it proves. */
export class Failures {
  readonly #secrets: Secrets
  readonly #now: () => number

  constructor(secrets: Secrets, now: () => number) {
    this.#secrets = secrets
    this.#now = now
  }

  /** The answer's request id, from its header or its body. */
  requestIdOf(answer: Answer): string | undefined {
    const id = answer.headers.get('x-request-id') ?? bodyOf(answer)?.request_id
    return this.#secrets.text(id)
  }

  missingToken(call: CallTitle): MissingToken {
    const { method, path, operation, purpose } = call
    const message = `${operation} needs the ${purpose} token, which this client does not have. Give it to createClient as tokens.${purpose}. Nothing was sent.`
    return new MissingToken({ message, effect: 'none', retryable: false, method, path })
  }

  /** Aborted while no request was under way. */
  abortedWaiting(call: CallTitle, cause: unknown): Aborted {
    return new Aborted(this.#aborted(call, cause, 'none'))
  }

  /** No whole answer came. */
  ofFault(call: CallTitle, fault: Fault): DigitalOceanError {
    const effect = call.purpose === 'read' ? 'none' : 'unknown'
    switch (fault.kind) {
      case 'abort':
        return this.#settled(call, new Aborted(this.#aborted(call, fault.cause, effect)))
      case 'timeout':
        return this.#settled(
          call,
          new TimedOut({
            ...this.#at(call),
            message: `${title(call)} got no complete answer in time. Try again later, or give it a longer timeoutMs.`,
            effect,
            retryable: effect === 'none',
            cause: this.#secrets.cause(fault.cause),
          }),
        )
      case 'network':
        return this.#settled(call, this.#networkFault(call, fault.cause))
      default:
        return fault.kind satisfies never
    }
  }

  /** An answer with a status other than 2xx. */
  ofStatus(call: CallTitle, answer: Answer): DigitalOceanError {
    const { status } = answer
    if (status >= 500 || GIVEN_UP.has(status))
      return this.#settled(call, this.#gaveUp(call, answer))
    if (status < 400)
      return this.ofAnswer(call, answer, 'a status that this client does not follow')
    return this.#refusal(call, answer)
  }

  /** A 2xx answer that is not what it should be. `problem` completes "was answered with …". */
  ofAnswer(call: CallTitle, answer: Answer, problem: string, cause?: unknown): DigitalOceanError {
    const message = `${title(call)} was answered ${answer.status} with ${problem}. Check that the base URL is DigitalOcean's API; if it is, this client does not know this answer yet.`
    const effect = call.purpose === 'read' ? 'none' : 'unknown'
    const details = { ...this.#of(call, answer), message, effect, retryable: false, cause } as const
    return this.#settled(call, new InvalidResponse(details))
  }

  /** A write that is not certain to have failed gets the one error that says so. */
  #settled(call: CallTitle, error: DigitalOceanError): DigitalOceanError {
    if (call.purpose === 'read' || error.effect === 'none') return error
    const { method, path, status, id, requestId } = error
    return new OutcomeUnknown({
      message: `${title(call)} may or may not have happened (${describe(error)}). It was not repeated. Look for its effect, by a unique name or tag, before sending it again.`,
      effect: 'unknown',
      retryable: false,
      method,
      path,
      status,
      id,
      requestId,
      cause: error,
    })
  }

  #networkFault(call: CallTitle, thrown: unknown): NetworkFault {
    const severance = severanceOf(thrown)
    const reason = this.#secrets.text(reasonOf(thrown))
    const effect = call.purpose === 'read' || severance !== 'broken' ? 'none' : 'unknown'
    const message = {
      unconnected: `${title(call)} was not sent: no connection (${reason}). Check the network and the base URL, then try again.`,
      untrusted: `${title(call)} was not sent: the server's certificate is not trusted (${reason}). Check the base URL and the certificate authorities that Node trusts.`,
      broken: `${title(call)} lost its connection (${reason}).`,
    }[severance]
    return new NetworkFault({
      ...this.#at(call),
      message,
      effect,
      retryable: effect === 'none' && severance !== 'untrusted',
      cause: this.#secrets.cause(thrown),
    })
  }

  #gaveUp(call: CallTitle, answer: Answer): ServerError {
    const effect = call.purpose === 'read' ? 'none' : 'unknown'
    return new ServerError({
      ...this.#of(call, answer),
      message: `${title(call)} failed at the server (${this.#words(answer)}). Try again later, and see status.digitalocean.com if it goes on.`,
      effect,
      retryable: effect === 'none',
      retryAfterMs: retryAfterOf(answer.headers, this.#now()),
    })
  }

  #refusal(call: CallTitle, answer: Answer): DigitalOceanError {
    const words = this.#words(answer)
    const refused = (advice: string, retryable = false) => ({
      ...this.#of(call, answer),
      message: `${title(call)} was refused (${words}). ${advice} Nothing was changed.`,
      effect: 'none' as const,
      retryable,
    })
    switch (answer.status) {
      case 401:
        return new Unauthorized(refused(`Check that the ${call.purpose} token is valid.`))
      case 403:
        return new Forbidden(refused(`Check the scopes of the ${call.purpose} token.`))
      case 404:
        return new NotFound(refused('Check the id; what was just created may take some seconds.'))
      case 409:
        return new Conflict(refused('Something else holds the resource: try again later.', true))
      case 422: {
        const busy = PENDING_EVENT.test(words)
        const advice = busy ? 'Wait for that event to end, then try again.' : 'Correct the request.'
        return new Unprocessable(refused(advice, busy))
      }
      case 429:
        return new RateLimited({
          ...refused("Others share this token's limit: try again later.", true),
          retryAfterMs: retryAfterOf(answer.headers, this.#now()),
        })
      default:
        return new Refused(refused('Correct the request.'))
    }
  }

  #aborted(call: CallTitle, cause: unknown, effect: ErrorDetails['effect']): ErrorDetails {
    const message = `${title(call)} was aborted by its caller.`
    const details = { message, effect, retryable: effect === 'none' }
    return { ...this.#at(call), ...details, cause: this.#secrets.cause(cause) }
  }

  #at(call: CallTitle) {
    return { method: call.method, path: this.#secrets.text(call.path) }
  }

  #of(call: CallTitle, answer: Answer) {
    return {
      ...this.#at(call),
      status: answer.status,
      id: this.#secrets.text(bodyOf(answer)?.id),
      requestId: this.requestIdOf(answer),
    }
  }

  /** E.g. `422 unprocessable_entity: Name is too long`; proxies answer in HTML, which is not quoted. */
  #words(answer: Answer): string {
    const body = bodyOf(answer)
    const id = this.#secrets.text(body?.id)
    const text = this.#secrets.text(body?.message)
    const named = id === undefined ? `${answer.status}` : `${answer.status} ${id}`
    return text === undefined ? `${named}, without a reason in its body` : `${named}: ${text}`
  }
}

function title(call: CallTitle): string {
  return `${call.method} ${call.path}`
}

/** A failure in a clause, for the message of the error that wraps it. */
function describe(error: DigitalOceanError): string {
  if (error instanceof ServerError) return `the server answered ${error.status}`
  if (error instanceof TimedOut) return 'no complete answer came in time'
  if (error instanceof Aborted) return 'its caller aborted it under way'
  if (error instanceof InvalidResponse) return `its ${error.status} answer could not be understood`
  return 'its connection was lost'
}

function bodyOf(answer: Answer): z.infer<typeof errorBody> | undefined {
  const parsed = errorBody.safeParse(jsonOf(answer.text))
  return parsed.success ? parsed.data : undefined
}
