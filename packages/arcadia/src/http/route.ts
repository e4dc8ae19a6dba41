import { createRoute, OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Permission } from '../access/index.ts'
import type { ApiEnv } from './environment.ts'
import {
  type Fault,
  HttpProblem,
  type ProblemStatus,
  problemSchema,
  problemType,
} from './problem.ts'

/** The name of the way to authenticate, in the OpenAPI document. */
export const bearerScheme = 'bearer'

const meanings: { readonly [S in ProblemStatus]: string } = {
  400: 'The body is not JSON.',
  401: 'No token, or none that is good.',
  403: 'The role may not do this.',
  404: 'There is nothing of that id.',
  405: 'Another method is meant.',
  409: 'Refused by the state that things are in: `code` says which.',
  413: 'The body is over 1 MiB.',
  415: 'The body is not declared to be JSON.',
  422: 'Understood, and wrong: `errors` says where.',
  500: 'Our own failure.',
  503: 'The database does not answer, or the program is not ready.',
}

function problem(status: ProblemStatus) {
  return {
    description: meanings[status],
    content: { [problemType]: { schema: problemSchema } },
  }
}

const always = { 401: problem(401), 403: problem(403), 500: problem(500), 503: problem(503) }

/** Responses that a route may add to those every route has. */
export const problems = {
  query: { 422: problem(422) },
  body: { 400: problem(400), 413: problem(413), 415: problem(415), 422: problem(422) },
  id: { 404: problem(404) },
  state: { 409: problem(409) },
} as const

/** Describes a route that takes a token, and what its bearer must be allowed. */
export function guarded<
  P extends string,
  R extends Omit<RouteConfig, 'path'> & { path: P; operationId: string; summary: string },
>(permission: Permission, config: R) {
  return createRoute({
    ...config,
    security: [{ [bearerScheme]: [] }],
    'x-permission': permission,
    responses: { ...config.responses, ...always },
  })
}

/** A body of JSON, for a route's `request` or one of its `responses`. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return { content: { 'application/json': { schema } } }
}

/** A JSON answer. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, ...json(schema) }
}

/** Routes of one part of the API; their input is checked before they run. */
export function newRoutes() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      if (result.target === 'param') throw noSuchId()
      const errors = result.error.issues.map(faultOf)
      const what = result.target === 'json' ? 'the body' : 'the query'
      const list = errors.map(({ path, message }) =>
        path === '' ? message : `${path}: ${message}`,
      )
      throw new HttpProblem(422, 'invalid_request', `${what} is not valid: ${list.join('; ')}`, {
        errors,
      })
    },
  })
}

function noSuchId(): HttpProblem {
  return new HttpProblem(
    404,
    'not_found',
    'there is nothing of that id: ids are UUIDs, as the lists give them',
  )
}

function faultOf({ path, message }: { path: PropertyKey[]; message: string }): Fault {
  return { path: path.map(String).join('.'), message }
}
