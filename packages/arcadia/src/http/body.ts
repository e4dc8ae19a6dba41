import type { Context } from 'hono'
import type { ApiEnv } from './environment.ts'
import { type Fault, HttpProblem } from './problem.ts'

/** The most a request may send, in bytes. */
export const maxBodyBytes = 1_048_576
/** Nothing we take is nested deeper; what is would only exhaust a stack. */
const maxDepth = 64

/**
 * Reads a request's body, if it has one, so that what follows finds JSON that can be stored.
 * @throws HttpProblem 413 over the limit, declared or not; 415 for another content type; 400 for what
 *   is no JSON; 422 for text that no database takes, or nesting without end
 */
export async function checkBody(context: Context<ApiEnv>): Promise<void> {
  const { method } = context.req
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return
  const text = await readText(context.req.raw)
  context.req.raw = withText(context.req.raw, text)
  if (text === '') return
  refuseOtherTypes(context.req.header('content-type'))
  const fault = faultIn(parse(text))
  if (fault === undefined) return
  throw new HttpProblem(422, 'invalid_request', `the body is not valid: ${fault.message}`, {
    errors: [fault],
  })
}

async function readText({ headers, body }: Request): Promise<string> {
  if (Number(headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  // What is left unread must not be cancelled: that would end the connection before the answer.
  for await (const chunk of body?.values({ preventCancel: true }) ?? []) {
    size += chunk.byteLength
    if (size > maxBodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function tooLarge(): HttpProblem {
  return new HttpProblem(
    413,
    'body_too_large',
    `the body is larger than ${maxBodyBytes} bytes (1 MiB), the most that is taken; nothing was done`,
    // What is still on its way is not read: the connection has no further use.
    { headers: { connection: 'close' } },
  )
}

/**
 * The same request with its body in hand. Made of its parts, because the server's own requests are
 * none that the platform's `Request` takes; and an empty body is no body, whatever type it is said
 * to have.
 */
function withText({ url, method, headers, signal }: Request, text: string): Request {
  const kept = new Headers([...headers])
  if (text === '') kept.delete('content-type')
  return new Request(url, { method, headers: kept, signal, body: text === '' ? null : text })
}

function refuseOtherTypes(given: string | undefined): void {
  const type = given?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json') return
  const what = given === undefined ? 'no content type is given' : 'its content type is another'
  throw new HttpProblem(
    415,
    'unsupported_media_type',
    `the body must be JSON, and ${what}: send the header "content-type: application/json"`,
    { headers: { accept: 'application/json' } },
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's message would repeat some of the body, which is nobody's to keep.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(
      error instanceof Error ? error.message : '',
    )
    throw new HttpProblem(
      400,
      'malformed_json',
      `the body is not JSON${place === null ? '' : ` (the fault is ${place[0]})`}`,
    )
  }
}

/** The first thing in a value that cannot be stored; undefined when there is none. Pure. */
export function faultIn(value: unknown, path = '', depth = 0): Fault | undefined {
  if (typeof value === 'string') return textFault(value, path)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= maxDepth) return { path, message: `nested deeper than ${maxDepth} levels` }
  for (const [key, member] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`
    const fault = textFault(key, path) ?? faultIn(member, place, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

function textFault(text: string, path: string): Fault | undefined {
  if (text.includes('\u0000')) return { path, message: 'text with the character U+0000' }
  if (!text.isWellFormed()) return { path, message: 'text with half of a surrogate pair' }
  return undefined
}
