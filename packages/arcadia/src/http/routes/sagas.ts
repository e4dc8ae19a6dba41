import {
  type Engine,
  type ListOptions,
  type Page,
  type Run,
  type RunStatus,
  runStatuses,
} from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { anyObject, idCursor, idPath, limitParameter, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import {
  actsView,
  sagaEventSchema,
  sagaEventView,
  sagaSchema,
  sagaView,
  stepView,
} from '../schemas/saga.ts'

const tags = ['Sagas']

const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .openapi({ description: 'Repeating a start with the same key gives the same saga.' })

const priority = z
  .enum(['high', 'normal', 'low'])
  .optional()
  .openapi({ description: 'Of what is due the higher is done first. Normal, when left out.' })

const byKind = z.strictObject({
  kind: z.string().min(1).max(63),
  input: anyObject.default({}),
  idempotency_key: idempotencyKey,
  priority,
})

const bySteps = z.strictObject({
  steps: z
    .array(z.strictObject({ name: z.string().min(1).max(63), input: anyObject.optional() }))
    .min(1)
    .max(100),
  input: anyObject.default({}),
  idempotency_key: idempotencyKey,
  priority,
})

const neither = 'give either kind (of a saga that comes with it) or steps (a plan of your own)'

/** One or the other: what is wrong is said about the one that was meant. */
const startBody = z
  .looseObject({ kind: z.unknown().optional(), steps: z.unknown().optional() })
  .transform((body, context) => {
    if (body.kind === undefined && body.steps === undefined) {
      context.addIssue({ code: 'custom', path: ['kind'], message: neither })
      return z.NEVER
    }
    const { success, data, error } = (
      body.steps === undefined || body.kind !== undefined ? byKind : bySteps
    ).safeParse(body)
    if (success) return data
    for (const { path, message } of error.issues) {
      context.addIssue({ code: 'custom', path, message })
    }
    return z.NEVER
  })
  .openapi('StartSaga', {
    type: 'object',
    oneOf: [
      { $ref: '#/components/schemas/StartSagaOfKind' },
      { $ref: '#/components/schemas/StartSteps' },
    ],
    example: { kind: 'snapshot_droplet', input: { droplet_id: 3164494 }, idempotency_key: 'req-1' },
  })

const start = guarded('sagas:write', {
  method: 'post',
  path: '/api/v1/sagas',
  operationId: 'startSaga',
  summary: 'Start a saga',
  description:
    'Of a kind: `{kind, input, idempotency_key?, priority?}`; or as a list of registered steps: `{steps: [{name, input?}], input?, idempotency_key?, priority?}`. One that would change a cloud is refused (409 `writes_disabled` or `frozen`) while that may not be.',
  tags,
  request: { body: { required: true, ...json(startBody) } },
  responses: {
    201: answer('It was started.', sagaSchema),
    200: answer('The key had started it before, with the same input.', sagaSchema),
    ...problems.body,
    ...problems.state,
  },
})

const statusList = `one or more of ${runStatuses.join(', ')}, with commas between them`

/** Of any, when left out; several with commas between them. */
const statusParameter = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(runStatuses, statusList)))
  .optional()
  .openapi({ type: 'string', description: statusList })

const list = guarded('sagas:read', {
  method: 'get',
  path: '/api/v1/sagas',
  operationId: 'listSagas',
  summary: 'List sagas, newest first',
  tags,
  request: {
    query: z.strictObject({
      status: statusParameter,
      kind: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,62}$/, 'a kind of saga')
        .optional(),
      root_id: z
        .uuid()
        .optional()
        .openapi({ description: 'All that this saga started, and what those did; not itself.' }),
      cursor: idCursor,
      limit: limitParameter,
    }),
  },
  responses: { 200: answer('A page of sagas.', pageSchema(sagaSchema)), ...problems.query },
})

const show = guarded('sagas:read', {
  method: 'get',
  path: '/api/v1/sagas/{id}',
  operationId: 'getSaga',
  summary: 'A saga and its ledger',
  tags,
  request: { params: idPath },
  responses: { 200: answer('The saga, with `steps`.', sagaSchema), ...problems.id },
})

const events = guarded('sagas:read', {
  method: 'get',
  path: '/api/v1/sagas/{id}/events',
  operationId: 'listSagaEvents',
  summary: 'What has happened to a saga, oldest first',
  tags,
  request: {
    params: idPath,
    query: z.strictObject({
      cursor: z
        .string()
        .regex(/^\d{1,9}$/, 'give a next_cursor as it was')
        .transform(Number)
        .optional()
        .openapi({ type: 'string', description: '`next_cursor` of the page before.' }),
      limit: limitParameter,
    }),
  },
  responses: {
    200: answer('A page of events.', pageSchema(sagaEventSchema)),
    ...problems.id,
    ...problems.query,
  },
})

/**
 * A page of the sagas that have any of these statuses, put together from one of each: the engine
 * lists one status, or all. One that moves on meanwhile is in it once.
 */
async function listOfStatuses(
  engine: Engine,
  statuses: readonly RunStatus[] | undefined,
  options: ListOptions & { readonly limit: number },
): Promise<Page<Run>> {
  if (statuses === undefined) return engine.list(options)
  const pages = await Promise.all(
    [...new Set(statuses)].map((status) => engine.list({ ...options, status })),
  )
  const runs = new Map(pages.flatMap(({ data }) => data).map((run) => [run.id, run]))
  const newestFirst = [...runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  const data = newestFirst.slice(0, options.limit)
  const more = data.length < runs.size || pages.some(({ nextCursor }) => nextCursor !== null)
  return { data, nextCursor: more ? (data.at(-1)?.id ?? null) : null }
}

export function sagaRoutes(
  { engine, starts, operating }: Pick<ApiDeps, 'engine' | 'starts' | 'operating'>,
  guard: Guard,
) {
  const routes = newRoutes()
  routes.openAPIRegistry.register('StartSagaOfKind', byKind)
  routes.openAPIRegistry.register('StartSteps', bySteps)
  return routes
    .openapi(guard(start), async (context) => {
      const body = context.req.valid('json')
      const { actor } = context.get('caller')
      const options = { actor, key: body.idempotency_key, priority: body.priority }
      const started =
        'kind' in body
          ? await starts.kind(body.kind, body.input, options)
          : await starts.steps(body.steps, body.input, options)
      context.header('location', `/api/v1/sagas/${started.id}`)
      return context.json(sagaView(started.run), started.created ? 201 : 200)
    })
    .openapi(guard(list), async (context) => {
      const { status: statuses, kind, root_id: rootId, cursor, limit } = context.req.valid('query')
      const page = await listOfStatuses(engine, statuses, {
        limit,
        ...(kind === undefined ? {} : { kind }),
        ...(rootId === undefined ? {} : { rootId }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      return context.json(pageView(page, sagaView), 200)
    })
    .openapi(guard(show), async (context) => {
      const { id } = context.req.valid('param')
      const { run, steps } = await engine.get(id)
      const ledger = steps.map((step) => stepView(step, run.plan[step.idx]))
      const acts = actsView(await operating.acts(id))
      return context.json({ ...sagaView(run), steps: ledger, acts }, 200)
    })
    .openapi(guard(events), async (context) => {
      const { cursor = 0, limit } = context.req.valid('query')
      const { id } = context.req.valid('param')
      const found = await engine.events(id, { after: cursor, limit: limit + 1 })
      const data = found.slice(0, limit)
      const last = found.length > limit ? data.at(-1) : undefined
      const page = { data, nextCursor: last === undefined ? null : String(last.seq) }
      return context.json(pageView(page, sagaEventView), 200)
    })
}
