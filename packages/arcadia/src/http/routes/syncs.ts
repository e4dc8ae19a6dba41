import { z } from '@hono/zod-openapi'
import { resolveAccount } from '../../accounts/index.ts'
import { latestSyncs, syncView } from '../../inventory/index.ts'
import { kinds } from '../../kinds/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import { syncSchema } from '../schemas/resource.ts'
import { sagaSchema, sagaView } from '../schemas/saga.ts'

const start = guarded('syncs:write', {
  method: 'post',
  path: '/api/v1/sync',
  operationId: 'startSync',
  summary: 'Read the cloud into the inventory',
  description:
    'Gives the saga that does it. A sync of the same that has yet to begin serves this caller too; one that is under way does not, for it may have read past what changed since.',
  tags: ['Inventory'],
  request: {
    body: {
      required: false,
      ...json(
        z
          .strictObject({
            account_id: z.uuid().optional(),
            kinds: z
              .array(z.enum(kinds.map(({ name }) => name)))
              .min(1)
              .optional(),
            allow_mass_deletion: z.boolean().optional().openapi({
              description:
                'Your word that more than a few resources may be gone at once: without it nothing is marked deleted then.',
            }),
          })
          .openapi('SyncOrder', { example: { kinds: ['droplet'] } }),
      ),
    },
  },
  responses: { 202: answer('The saga.', sagaSchema), ...problems.body, ...problems.id },
})

const list = guarded('syncs:read', {
  method: 'get',
  path: '/api/v1/syncs',
  operationId: 'listSyncs',
  summary: 'The last sync of each kind of an account',
  tags: ['Inventory'],
  request: { query: z.strictObject({ account_id: z.uuid().optional() }) },
  responses: {
    200: answer('A sync a kind.', pageSchema(syncSchema)),
    ...problems.query,
    ...problems.id,
  },
})

export function syncRoutes({ db, starts }: Pick<ApiDeps, 'db' | 'starts'>, guard: Guard) {
  return newRoutes()
    .openapi(guard(start), async (context) => {
      const body = context.req.valid('json')
      const run = await starts.sync({
        accountId: body.account_id,
        kinds: body.kinds,
        allowMassDeletion: body.allow_mass_deletion,
        actor: context.get('caller').actor,
      })
      context.header('location', `/api/v1/sagas/${run.id}`)
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(list), async (context) => {
      const { id } = await resolveAccount(db, context.req.valid('query').account_id)
      const page = { data: await latestSyncs(db, id), nextCursor: null }
      return context.json(pageView(page, syncView), 200)
    })
}
