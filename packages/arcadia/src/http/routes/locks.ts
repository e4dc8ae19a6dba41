import type { LockHolder } from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { moment, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, newRoutes } from '../route.ts'

const lockSchema = z
  .object({
    key: z.string().openapi({ description: "The account's id, the kind and the cloud's id." }),
    saga_id: z.uuid().openapi({ description: 'The saga that holds it; on top of its tree.' }),
    acquired_at: moment,
  })
  .openapi('Lock')

const list = guarded('sagas:read', {
  method: 'get',
  path: '/api/v1/locks',
  operationId: 'listLocks',
  summary: 'Which resources are locked, and by which saga',
  description: 'All there are, up to 10,000.',
  tags: ['Sagas'],
  responses: { 200: answer('The locks that are held.', pageSchema(lockSchema)) },
})

export function lockRoutes({ engine }: Pick<ApiDeps, 'engine'>, guard: Guard) {
  return newRoutes().openapi(guard(list), async (context) => {
    const page = { data: await engine.lockHolders(), nextCursor: null }
    return context.json(pageView(page, lockView), 200)
  })
}

function lockView({ key, runId, acquiredAt }: LockHolder): z.infer<typeof lockSchema> {
  return { key, saga_id: runId, acquired_at: new Date(acquiredAt).toISOString() }
}
