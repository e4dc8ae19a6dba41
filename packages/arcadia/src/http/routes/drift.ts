import { z } from '@hono/zod-openapi'
import type { DriftStatus } from '../../database/index.ts'
import {
  acceptDrift,
  type DriftExplanation,
  driftView,
  explainDrift,
  listDrift,
} from '../../drift/index.ts'
import { kinds } from '../../kinds/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { givenJson, idCursor, idPath, limitParameter, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import {
  acceptedSchema,
  driftSchema,
  driftStatuses,
  explanationSchema,
  severities,
} from '../schemas/drift.ts'
import { sagaSchema, sagaView } from '../schemas/saga.ts'

const tags = ['Drift']

const statusList = `one or more of ${driftStatuses.join(', ')}, with commas between them`

/** What waits, when left out; several with commas between them. */
const statusParameter = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(driftStatuses, statusList)))
  .default(['open'])
  .openapi({ type: 'string', default: 'open', description: statusList })

const list = guarded('drift:read', {
  method: 'get',
  path: '/api/v1/drift',
  operationId: 'listDrift',
  summary: 'List differences between what was asked for and what is there, newest first',
  tags,
  request: {
    query: z.strictObject({
      status: statusParameter,
      account_id: z.uuid().optional(),
      kind: z.enum(kinds.map(({ name }) => name)).optional(),
      resource_id: z.uuid().optional(),
      field: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,62}$/, 'the name of a field')
        .optional(),
      severity: z.enum(severities).optional(),
      cursor: idCursor,
      limit: limitParameter,
    }),
  },
  responses: { 200: answer('A page of differences.', pageSchema(driftSchema)), ...problems.query },
})

const show = guarded('drift:read', {
  method: 'get',
  path: '/api/v1/drift/{id}',
  operationId: 'explainDrift',
  summary: 'Why it is different, and what can be done about it',
  tags,
  request: { params: idPath },
  responses: {
    200: answer('Both values, raw and as compared; the rule; the acts.', explanationSchema),
    ...problems.id,
  },
})

const detect = guarded('drift:write', {
  method: 'post',
  path: '/api/v1/drift/detect',
  operationId: 'detectDrift',
  summary: 'Compare what was asked for with what is there',
  description:
    'Gives the saga that does it. A sweep that has yet to begin serves this caller too; one that is under way does not.',
  tags,
  request: {
    body: {
      required: false,
      ...json(
        z.strictObject({ account_id: z.uuid().optional() }).openapi('DetectOrder', { example: {} }),
      ),
    },
  },
  responses: { 202: answer('The saga.', sagaSchema), ...problems.body, ...problems.id },
})

const accept = guarded('drift:write', {
  method: 'post',
  path: '/api/v1/drift/{id}/accept',
  operationId: 'acceptDrift',
  summary: 'Keep live: what is there becomes what is asked for',
  description:
    'Give the spec version and the value that you saw, and a row that moved since is refused (409 `drift_moved`) instead of decided by surprise.',
  tags,
  request: {
    params: idPath,
    body: {
      required: false,
      ...json(
        z
          .strictObject({
            spec_version: z.int().positive().optional(),
            actual: givenJson.optional(),
            confirm_name: z.string().max(255).optional().openapi({
              description: 'The name of the resource: needed to forget one that is gone.',
            }),
          })
          .openapi('AcceptOrder', { example: { spec_version: 1, actual: 's-4vcpu-8gb' } }),
      ),
    },
  },
  responses: {
    200: answer('It is kept.', acceptedSchema),
    ...problems.body,
    ...problems.id,
    ...problems.state,
  },
})

export function driftRoutes(
  { db, engine, starts }: Pick<ApiDeps, 'db' | 'engine' | 'starts'>,
  guard: Guard,
) {
  const deps = { db, locks: engine }
  return newRoutes()
    .openapi(guard(list), async (context) => {
      const { account_id, resource_id, status, ...filter } = context.req.valid('query')
      const statuses: readonly DriftStatus[] = [...new Set(status)]
      const page = await listDrift(db, {
        ...filter,
        status: statuses,
        accountId: account_id,
        resourceId: resource_id,
      })
      return context.json(pageView(page, listedView), 200)
    })
    .openapi(guard(show), async (context) => {
      const explanation = await explainDrift(deps, context.req.valid('param').id)
      return context.json(explanationView(explanation), 200)
    })
    .openapi(guard(detect), async (context) => {
      const { account_id: accountId } = context.req.valid('json')
      const { actor } = context.get('caller')
      const run = await starts.detection({ accountId, actor })
      context.header('location', `/api/v1/sagas/${run.id}`)
      return context.json(sagaView(run), 202)
    })
    .openapi(guard(accept), async (context) => {
      const { spec_version: specVersion, actual, confirm_name } = context.req.valid('json')
      const accepted = await acceptDrift(deps, {
        id: context.req.valid('param').id,
        actor: context.get('caller').actor,
        specVersion,
        actual,
        confirmName: confirm_name,
      })
      const body = {
        ...listedView(accepted.drift),
        accepted_spec_version: accepted.specVersion,
        also_change: accepted.alsoChange,
      }
      return context.json(body, 200)
    })
}

const listedView: (...args: Parameters<typeof driftView>) => z.infer<typeof driftSchema> = driftView

function explanationView(explanation: DriftExplanation): z.infer<typeof explanationSchema> {
  const { acts, rule, ...rest } = explanation
  return {
    ...rest,
    rule: { ...rule },
    acts: acts.map((act) => ({ ...act, needs: [...act.needs] })),
  }
}
