import { STATUS_CODES } from 'node:http'
import { z } from '@hono/zod-openapi'

/** The media type of every error (RFC 9457). */
export const problemType = 'application/problem+json'

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503

export const problemSchema = z
  .object({
    type: z
      .string()
      .openapi({ description: 'Which problem it is, as a URI; `code` in another dress.' }),
    title: z.string().openapi({ description: 'The meaning of the status.' }),
    status: z.int(),
    detail: z.string().openapi({ description: 'What happened, what it means, what to do.' }),
    code: z.string().openapi({ description: 'Stable; for programs.' }),
    instance: z.string().openapi({ description: 'This very occurrence.' }),
    request_id: z.string().openapi({ description: 'Stands in the log, too.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({
        description: 'The faults one by one; a path is dotted, from the root of the body or query.',
      }),
  })
  .openapi('Problem', {
    example: {
      type: 'urn:arcadia-cloud:problem:writes_disabled',
      title: 'Conflict',
      status: 409,
      detail:
        'Writes to the account "digitalocean" are not enabled; "arcadia account enable-writes digitalocean" allows them.',
      code: 'writes_disabled',
      instance: 'urn:uuid:5f0c4e9e-7f0a-4d58-9c3e-0d4b8d1a2b3c',
      request_id: '5f0c4e9e-7f0a-4d58-9c3e-0d4b8d1a2b3c',
    },
  })

/** One thing that is wrong with what was sent. */
export interface Fault {
  readonly path: string
  readonly message: string
}

interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly Fault[]
  readonly headers?: { readonly [name: string]: string }
}

/** An error as the API answers it. `message`: what happened, what it means, what to do. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: ProblemStatus
  readonly code: string
  readonly errors: readonly Fault[]
  readonly headers: { readonly [name: string]: string }

  constructor(status: ProblemStatus, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, options)
    this.status = status
    this.code = code
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}

/** The answer that says so. */
export function responseOf(problem: HttpProblem, requestId: string): Response {
  const { status, code, errors, headers } = problem
  const body: z.infer<typeof problemSchema> = {
    type: `urn:arcadia-cloud:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: sentence(problem.message),
    code,
    instance: `urn:uuid:${requestId}`,
    request_id: requestId,
    ...(errors.length === 0 ? {} : { errors: [...errors] }),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': problemType, ...headers },
  })
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
