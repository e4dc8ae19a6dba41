import { z } from 'zod'
import { badRequest, unprocessable } from './answer.ts'

/** A yes or no. As text it counts too: python-digitalocean sends `"true"`, and the API takes it. */
export const flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])

/**
 * A number. As text it counts too: Ansible sends ids so, and scripts send sizes, and the API takes
 * them.
 */
export const numeric = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])

/**
 * Takes what a handler needs out of a request's body; fields it does not know are ignored, as the
 * real API does.
 * @throws ApiError 400 without a body, 422 naming the field that is wrong
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined) throw badRequest('The request needs a JSON body.')
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unprocessable(explain(parsed.error, body))
  return parsed.data
}

/** The first thing that is wrong, in one line, as a person would say it. */
function explain(error: z.ZodError, body: unknown): string {
  const issue = error.issues[0]
  if (!issue) return 'The request is not valid.'
  const field = issue.path.join('.')
  if (field === '') {
    return issue.code === 'invalid_type' ? 'The request body is not an object.' : issue.message
  }
  const given = valueAt(body, issue.path)
  if (given === undefined || given === null) return `${field} is required`
  switch (issue.code) {
    case 'invalid_type':
      return `${field} is not of the type ${issue.expected}`
    case 'invalid_union':
      // A union that has words of its own for what it wants.
      return issue.message.startsWith('Invalid ')
        ? `${field} is invalid`
        : `${field} ${issue.message}`
    case 'invalid_value':
      return `${field} is not one of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string'
        ? `${field} can't be blank`
        : `${field} is ${issue.inclusive === false ? 'not above' : 'less than'} ${issue.minimum}`
    case 'too_big':
      return `${field} is more than ${issue.maximum}`
    default:
      return `${field}: ${issue.message}`
  }
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    body,
  )
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
