import { createRoute, z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import { answer, newRoutes } from '../route.ts'

const tags = ['Health']

const checkSchema = z.object({ ok: z.boolean(), detail: z.string().optional() })

const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.object({ database: checkSchema, migrations: checkSchema, worker: checkSchema }),
  })
  .openapi('Readiness')

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Whether the process is alive',
  tags,
  security: [],
  responses: { 200: answer('It is.', z.object({ status: z.literal('ok') })) },
})

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Whether it can do its work: database, migrations, worker',
  tags,
  security: [],
  responses: {
    200: answer('It can.', readinessSchema),
    503: answer('It cannot; `checks` says why.', readinessSchema),
  },
})

export function healthRoutes({ readiness }: Pick<ApiDeps, 'readiness'>) {
  return newRoutes()
    .openapi(alive, (context) => context.json({ status: 'ok' as const }, 200))
    .openapi(ready, async (context) => {
      const checks = await readiness()
      const ok = Object.values(checks).every((check) => check.ok)
      const body = { status: ok ? ('ready' as const) : ('not_ready' as const), checks }
      return context.json(body, ok ? 200 : 503)
    })
}
