import type { Stranded } from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { moment, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, newRoutes } from '../route.ts'

const strandedSchema = z
  .object({
    kind: z.string(),
    version: z.int(),
    count: z.int(),
    reserved_for: z
      .string()
      .nullable()
      .openapi({ description: 'The worker that alone may run them, and is not there.' }),
    missing_steps: z
      .array(z.string())
      .openapi({ description: 'Of plans of your own: the steps that no worker knows.' }),
    oldest_due_at: moment,
  })
  .openapi('Stranded')

const list = guarded('sagas:read', {
  method: 'get',
  path: '/api/v1/sagas/stranded',
  operationId: 'listStranded',
  summary: 'Sagas that could go on, had they a worker that knows them',
  description:
    'By kind and version: after a change of version a worker of the old one has to run until they have ended.',
  tags: ['Sagas'],
  responses: { 200: answer('How many of what.', pageSchema(strandedSchema)) },
})

export function strandedRoutes({ engine }: Pick<ApiDeps, 'engine'>, guard: Guard) {
  return newRoutes().openapi(guard(list), async (context) => {
    const page = { data: await engine.stranded(), nextCursor: null }
    return context.json(pageView(page, strandedView), 200)
  })
}

function strandedView(stranded: Stranded): z.infer<typeof strandedSchema> {
  const { kind, version, count, reservedFor, missingSteps, oldestDueAt } = stranded
  return {
    kind,
    version,
    count,
    reserved_for: reservedFor,
    missing_steps: [...missingSteps],
    oldest_due_at: new Date(oldestDueAt).toISOString(),
  }
}
