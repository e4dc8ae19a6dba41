import type { Schedule } from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { moment, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import { sagaSchema, sagaView } from '../schemas/saga.ts'

const tags = ['Schedules']

const scheduleSchema = z
  .object({
    name: z.string(),
    cron: z.string(),
    time_zone: z.string(),
    missed: z.enum(['once', 'skip']).openapi({
      description:
        'What becomes of times at which no worker was there: one start for all, or none.',
    }),
    kind: z.string(),
    input: z.record(z.string(), z.unknown()),
    next_at: moment.openapi({ description: 'While it is paused: when it would be.' }),
    last_at: moment.nullable(),
    paused_at: moment.nullable().openapi({ description: 'Null: it is not paused.' }),
    paused_by: z.string().nullable(),
    resumed_at: moment.nullable(),
    resumed_by: z.string().nullable(),
  })
  .openapi('Schedule')

const namePath = z.object({
  name: z
    .string()
    .min(1)
    .max(150)
    .openapi({ param: { name: 'name', in: 'path' } }),
})

const list = guarded('schedules:read', {
  method: 'get',
  path: '/api/v1/schedules',
  operationId: 'listSchedules',
  summary: 'What is started by the clock, and when next',
  tags,
  responses: { 200: answer('All schedules.', pageSchema(scheduleSchema)) },
})

const mostTimes = 100
const countFault = `a whole number from 1 to ${mostTimes}`

const next = guarded('schedules:read', {
  method: 'get',
  path: '/api/v1/schedules/{name}/next',
  operationId: 'nextFireTimes',
  summary: 'The next times at which a schedule starts its saga',
  description: 'None while it is paused. A first time in the past is due, and waits for a worker.',
  tags,
  request: {
    params: namePath,
    query: z.strictObject({
      count: z
        .string()
        .regex(/^\d{1,3}$/, countFault)
        .transform(Number)
        .refine((value) => value >= 1 && value <= mostTimes, countFault)
        .default(10)
        .openapi({ type: 'integer', minimum: 1, maximum: mostTimes, default: 10 }),
    }),
  },
  responses: {
    200: answer('The times, the first first.', pageSchema(moment)),
    ...problems.id,
    ...problems.query,
  },
})

const pause = guarded('schedules:write', {
  method: 'post',
  path: '/api/v1/schedules/{name}/pause',
  operationId: 'pauseSchedule',
  summary: 'Start nothing by this schedule until it is resumed',
  description: 'What it has started goes on. Repeating it changes nothing.',
  tags,
  request: { params: namePath },
  responses: { 200: answer('The schedule as it is now.', scheduleSchema), ...problems.id },
})

const resume = guarded('schedules:write', {
  method: 'post',
  path: '/api/v1/schedules/{name}/resume',
  operationId: 'resumeSchedule',
  summary: 'Go on with a schedule, from its next time on',
  description: 'What fell into the pause is not made up for. Repeating it changes nothing.',
  tags,
  request: { params: namePath },
  responses: { 200: answer('The schedule as it is now.', scheduleSchema), ...problems.id },
})

const run = guarded('schedules:write', {
  method: 'post',
  path: '/api/v1/schedules/{name}/run',
  operationId: 'runSchedule',
  summary: 'Start what a schedule starts now, paused or not',
  description: 'Its times stay as they are.',
  tags,
  request: {
    params: namePath,
    body: {
      required: false,
      ...json(
        z
          .strictObject({
            idempotency_key: z.string().min(1).max(200).optional().openapi({
              description: 'Repeating it with the same key gives the same saga.',
            }),
          })
          .openapi('RunSchedule', { example: { idempotency_key: 'after-the-move' } }),
      ),
    },
  },
  responses: {
    201: answer('It was started.', sagaSchema),
    200: answer('The key had started it before.', sagaSchema),
    ...problems.id,
    ...problems.state,
    ...problems.body,
  },
})

export function scheduleRoutes({ engine }: Pick<ApiDeps, 'engine'>, guard: Guard) {
  return newRoutes()
    .openapi(guard(list), async (context) => {
      const page = { data: await engine.listSchedules(), nextCursor: null }
      return context.json(pageView(page, scheduleView), 200)
    })
    .openapi(guard(next), async (context) => {
      const { count } = context.req.valid('query')
      const times = await engine.nextFireTimes(context.req.valid('param').name, count)
      const page = { data: times, nextCursor: null }
      return context.json(
        pageView(page, (at) => new Date(at).toISOString()),
        200,
      )
    })
    .openapi(guard(pause), async (context) => {
      const { actor } = context.get('caller')
      const schedule = await engine.pauseSchedule(context.req.valid('param').name, { actor })
      return context.json(scheduleView(schedule), 200)
    })
    .openapi(guard(resume), async (context) => {
      const { actor } = context.get('caller')
      const schedule = await engine.resumeSchedule(context.req.valid('param').name, { actor })
      return context.json(scheduleView(schedule), 200)
    })
    .openapi(guard(run), async (context) => {
      const { actor } = context.get('caller')
      const { idempotency_key: key } = context.req.valid('json')
      const started = await engine.runSchedule(context.req.valid('param').name, {
        actor,
        ...(key === undefined ? {} : { key }),
      })
      context.header('location', `/api/v1/sagas/${started.id}`)
      return context.json(sagaView(started.run), started.created ? 201 : 200)
    })
}

function scheduleView(schedule: Schedule): z.infer<typeof scheduleSchema> {
  const { name, cron, timeZone, missed, kind, input } = schedule
  return {
    name,
    cron,
    time_zone: timeZone,
    missed,
    kind,
    input,
    next_at: new Date(schedule.nextAt).toISOString(),
    last_at: time(schedule.lastAt),
    paused_at: time(schedule.pausedAt),
    paused_by: schedule.pausedBy,
    resumed_at: time(schedule.resumedAt),
    resumed_by: schedule.resumedBy,
  }
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
