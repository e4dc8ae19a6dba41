import { z } from 'zod'
import { ApiProblem, type RequestFate, StrangeAnswer, Unreachable } from './errors.ts'
import { problemBody } from './shapes.ts'

/** An answer: as it came, and the members of it that are known. */
export interface Answer<Value> {
  readonly body: unknown
  readonly value: Value
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`. */
  readonly path: string
  readonly query?: Query
  readonly body?: unknown
  /** How long to wait for the answer. */
  readonly withinMs?: number
  readonly signal?: AbortSignal
}

/** The HTTP API. */
export interface Api {
  readonly url: string
  /** @throws {Unreachable | ApiProblem | StrangeAnswer} */
  call<Value>(call: Call, shape: z.ZodType<Value>): Promise<Answer<Value>>
}

const patienceMs = 30_000

/**
 * A client of the API.
 * @param url without a slash at the end
 * @param token sent with each call, and never shown
 */
export function apiClient({ url, token }: { readonly url: string; readonly token: string }): Api {
  return {
    url,
    async call(call, shape) {
      const response = await send(url, token, call)
      const body = await bodyOf(url, response, call)
      if (!response.ok) throw problem(url, response, body)
      const parsed = shape.safeParse(body)
      if (!parsed.success) {
        const what = `its answer to ${call.method ?? 'GET'} ${call.path} has another form (${z.prettifyError(parsed.error)})`
        throw new StrangeAnswer(url, what, { cause: parsed.error })
      }
      return { body, value: parsed.data }
    },
  }
}

async function send(url: string, token: string, call: Call): Promise<Response> {
  const { method = 'GET', path, query = {}, body, signal } = call
  const timeout = AbortSignal.timeout(call.withinMs ?? patienceMs)
  try {
    return await fetch(`${url}/api/v1${path}${search(query)}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Followed, a redirection would take the token with it.
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw unreachable(url, error, call)
  }
}

function search(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) parameters.append(name, String(one))
  }
  return parameters.size === 0 ? '' : `?${parameters}`
}

async function bodyOf(url: string, response: Response, call: Call): Promise<unknown> {
  let text: string
  try {
    text = await response.text()
  } catch (error) {
    call.signal?.throwIfAborted()
    throw unreachable(url, error, call)
  }
  if (text === '' && response.ok) return null
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StrangeAnswer(url, `${response.status} with an answer that is not JSON`, { cause })
  }
}

function problem(url: string, { status, headers }: Response, body: unknown): Error {
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const parsed = problemBody.safeParse(body)
  if (!isProblem || !parsed.success) {
    return new StrangeAnswer(url, `${status} without saying why`)
  }
  return new ApiProblem(status, parsed.data, body)
}

/** What may stand in the cause of a failed `fetch`, in words. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused, so it is not running there',
  ECONNRESET: 'the connection broke before the answer was complete',
  UND_ERR_SOCKET: 'the connection broke before the answer was complete',
  EPIPE: 'the connection broke before the answer was complete',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'the connection was not made in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
}

const neverLeft = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function unreachable(url: string, error: unknown, { method = 'GET', withinMs }: Call): Error {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    const seconds = (withinMs ?? patienceMs) / 1_000
    return new Unreachable(url, `no answer within ${seconds} s`, fateOf(method, ''), {})
  }
  const code = codeOf(error)
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined
  const fallback = error instanceof Error ? rootOf(error).message : 'the request failed'
  return new Unreachable(url, known ?? fallback, fateOf(method, code), { cause: error })
}

function fateOf(method: string, code: string): RequestFate {
  if (neverLeft.has(code)) return 'never_left'
  return method === 'GET' ? 'read' : 'unknown'
}

/** `fetch` wraps what happened, and several addresses of a host wrap it once more. */
function rootOf(error: Error): Error {
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  return inner instanceof Error ? rootOf(inner) : error
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const root = rootOf(error)
  return 'code' in root ? String(root.code) : ''
}
