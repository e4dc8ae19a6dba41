import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ApiEnv } from './environment.ts'
import { type Fault, HttpProblem } from './problem.ts'

/** The most a request may send, in bytes. */
export const maxBodyBytes = 1_048_576
/** Nothing we take is nested deeper; what is would only exhaust a stack. */
const maxDepth = 64

const limit = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new HttpProblem(
      413,
      'body_too_large',
      `the body is larger than ${maxBodyBytes} bytes (1 MiB), the most that is taken; nothing was done`,
      // What is still on its way is not read: the connection has no further use.
      { headers: { connection: 'close' } },
    )
  },
})

/**
 * Reads a request's body, if it has one, so that what follows finds JSON that can be stored.
 * @throws HttpProblem 413 over the limit, declared or not; 415 for another content type; 400 for what
 *   is no JSON; 422 for text that no database takes, or nesting without end
 */
export async function checkBody(context: Context<ApiEnv>): Promise<void> {
  const { method } = context.req
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return
  let text = ''
  await limit(context, async () => {
    text = await context.req.text()
  })
  if (text === '') return
  refuseOtherTypes(context.req.header('content-type'))
  const fault = faultIn(parse(text))
  if (fault === undefined) return
  throw new HttpProblem(422, 'invalid_request', `the body is not valid: ${fault.message}`, {
    errors: [fault],
  })
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
