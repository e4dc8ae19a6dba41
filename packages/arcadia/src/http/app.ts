import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiDeps } from './deps.ts'
import type { ApiEnv } from './environment.ts'
import { problemOf } from './errors.ts'
import { createGuard } from './guard.ts'
import { describeApi } from './openapi.ts'
import { HttpProblem, responseOf } from './problem.ts'
import { logRequest, refuse } from './request-log.ts'
import { accountRoutes } from './routes/accounts.ts'
import { baselineRoutes } from './routes/baseline.ts'
import { driftRoutes } from './routes/drift.ts'
import { healthRoutes } from './routes/health.ts'
import { lockRoutes } from './routes/locks.ts'
import { resourceRoutes } from './routes/resources.ts'
import { sagaActRoutes } from './routes/saga-acts.ts'
import { sagaPreviewRoutes } from './routes/saga-preview.ts'
import { sagaRoutes } from './routes/sagas.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { strandedRoutes } from './routes/stranded.ts'
import { syncRoutes } from './routes/syncs.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { secureHeaders } from './secure-headers.ts'

/** Ids that callers may give their requests: what a log line can hold without harm. */
const requestIdShape = /^[\w.-]{8,64}$/

/** The HTTP API. It parses, calls a feature and renders; it holds no rules. */
export function createApi(deps: ApiDeps) {
  const { log } = deps
  const guard = createGuard(deps.authenticate)
  const app = new OpenAPIHono<ApiEnv>()
  app.use(async (context, next) => {
    const given = context.req.header('x-request-id') ?? ''
    const requestId = requestIdShape.test(given) ? given : randomUUID()
    context.set('requestId', requestId)
    const startedAt = performance.now()
    await next()
    context.header('x-request-id', requestId)
    secureHeaders(context)
    logRequest(log, context, performance.now() - startedAt)
  })
  app.onError((error, context) => {
    const problem = problemOf(error, deps)
    refuse(log, context, problem)
    return responseOf(problem, context.get('requestId'))
  })
  const api = app
    .route('/', healthRoutes(deps))
    // Before those by id, which would take its name for one.
    .route('/', strandedRoutes(deps, guard))
    .route('/', sagaRoutes(deps, guard))
    .route('/', sagaPreviewRoutes(deps, guard))
    .route('/', sagaActRoutes(deps, guard))
    .route('/', lockRoutes(deps, guard))
    .route('/', resourceRoutes(deps, guard))
    .route('/', baselineRoutes(deps, guard))
    .route('/', syncRoutes(deps, guard))
    .route('/', scheduleRoutes(deps, guard))
    .route('/', driftRoutes(deps, guard))
    .route('/', accountRoutes(deps, guard))
    .route('/', tokenRoutes(deps, guard))
  describeApi(app)
  app.notFound((context) => {
    const problem = noSuchRoute(methodsOf(app, context.req.path), context.req.method)
    refuse(log, context, problem)
    return responseOf(problem, context.get('requestId'))
  })
  return api
}

/** The API's type, for a typed client (`hc<Api>`). */
export type Api = ReturnType<typeof createApi>

/** The methods that a path can be asked with; none when there is no such path. */
function methodsOf(app: OpenAPIHono<ApiEnv>, path: string): readonly string[] {
  const methods = app.routes
    .filter(({ method, path: pattern }) => method !== 'ALL' && matches(pattern, path))
    .map(({ method }) => method)
  return [...new Set(methods)].sort()
}

/** Whether a path fits a pattern such as `/sagas/:id`. */
function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/')
  const given = path.split('/')
  return (
    expected.length === given.length && expected.every((part, index) => fits(part, given[index]))
  )
}

function fits(expected: string, given = ''): boolean {
  return expected.startsWith(':') ? given !== '' : given === expected
}

function noSuchRoute(methods: readonly string[], method: string): HttpProblem {
  if (methods.length === 0) {
    return new HttpProblem(
      404,
      'no_such_route',
      'there is nothing at this address: /api/openapi.json lists all there is',
    )
  }
  const allow = methods.join(', ')
  return new HttpProblem(
    405,
    'method_not_allowed',
    `${method} is not for this address, which takes ${allow}`,
    { headers: { allow } },
  )
}
