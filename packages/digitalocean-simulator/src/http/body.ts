import { z } from 'zod'
import { badRequest, unprocessable } from './answer.ts'

/** A yes or no. As text it counts too: python-digitalocean sends `"true"`, and the API takes it. */
export const flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])

/**
 * Takes what a handler needs out of a request's body; fields it does not know are ignored, as the
 * real API does.
 * @throws ApiError 400 without a body, 422 naming the field that is wrong
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined) throw badRequest('The request needs a JSON body.')
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unprocessable(explain(parsed.error))
  return parsed.data
}

/** The first thing that is wrong, in one line. */
function explain(error: z.ZodError): string {
  const issue = error.issues[0]
  if (!issue) return 'The request is not valid.'
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message
}

/** @throws ApiError 400 for what is not JSON */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('The request body is not valid JSON.')
  }
}
