import { z } from '@hono/zod-openapi'
import type { ResourceRow } from '../../database/index.ts'
import {
  getResource,
  listResourceEvents,
  listResources,
  resourceEventView,
  resourceView,
} from '../../inventory/index.ts'
import { kinds } from '../../kinds/index.ts'
import {
  type ProvisionedSpec,
  provisionedSpec,
  putSpec,
  ResourceNotFound,
} from '../../provisioning/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import {
  givenJson,
  idCursor,
  idPath,
  limitParameter,
  numberCursor,
  pageSchema,
  pageView,
} from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import {
  resourceEventSchema,
  resourceSchema,
  resourceWithSpecSchema,
  specSchema,
} from '../schemas/resource.ts'

const tags = ['Resources']

const list = guarded('resources:read', {
  method: 'get',
  path: '/api/v1/resources',
  operationId: 'listResources',
  summary: 'List what is there now, in the order in which it was first seen',
  tags,
  request: {
    query: z.strictObject({
      kind: z.enum(kinds.map(({ name }) => name)).optional(),
      account_id: z.uuid().optional(),
      cursor: idCursor,
      limit: limitParameter,
    }),
  },
  responses: { 200: answer('A page of resources.', pageSchema(resourceSchema)), ...problems.query },
})

const show = guarded('resources:read', {
  method: 'get',
  path: '/api/v1/resources/{id}',
  operationId: 'getResource',
  summary: 'A resource, deleted ones too, and what is asked of it',
  tags,
  request: { params: idPath },
  responses: { 200: answer('The resource.', resourceWithSpecSchema), ...problems.id },
})

const events = guarded('resources:read', {
  method: 'get',
  path: '/api/v1/resources/{id}/events',
  operationId: 'listResourceEvents',
  summary: 'What has happened to a resource, newest first',
  tags,
  request: {
    params: idPath,
    query: z.strictObject({ cursor: numberCursor, limit: limitParameter }),
  },
  responses: {
    200: answer('A page of events.', pageSchema(resourceEventSchema)),
    ...problems.id,
    ...problems.query,
  },
})

const put = guarded('specs:write', {
  method: 'put',
  path: '/api/v1/resources/{id}/spec',
  operationId: 'putSpec',
  summary: 'Say what is asked of a resource from now on',
  tags,
  request: {
    params: idPath,
    body: {
      required: true,
      ...json(
        z
          .strictObject({
            spec: z.record(z.string(), givenJson),
            spec_version: z.int().positive().nullable().optional().openapi({
              description: 'The version it replaces, null for none: refused when it is another.',
            }),
          })
          .openapi('PutSpec', { example: { spec: { size_slug: 's-2vcpu-4gb', region: 'fra1' } } }),
      ),
    },
  },
  responses: {
    200: answer('What is asked of it now.', specSchema),
    ...problems.body,
    ...problems.id,
    ...problems.state,
  },
})

export function resourceRoutes({ db }: Pick<ApiDeps, 'db'>, guard: Guard) {
  return newRoutes()
    .openapi(guard(list), async (context) => {
      const { kind, account_id: accountId, cursor, limit } = context.req.valid('query')
      const page = await listResources(db, { kind, accountId, cursor, limit })
      return context.json(pageView(page, listedView), 200)
    })
    .openapi(guard(show), async (context) => {
      const { id } = context.req.valid('param')
      const [row, spec] = await Promise.all([getResource(db, id), provisionedSpec(db, id)])
      if (row === undefined) throw new ResourceNotFound(id)
      const provisioned = spec === undefined ? null : specView(spec)
      return context.json({ ...listedView(row), provisioned }, 200)
    })
    .openapi(guard(events), async (context) => {
      const { id } = context.req.valid('param')
      const page = await listResourceEvents(db, id, context.req.valid('query'))
      if (page.data.length === 0 && (await getResource(db, id)) === undefined) {
        throw new ResourceNotFound(id)
      }
      return context.json(pageView(page, resourceEventView), 200)
    })
    .openapi(guard(put), async (context) => {
      const resourceId = context.req.valid('param').id
      const { spec, spec_version: specVersion } = context.req.valid('json')
      const { actor } = context.get('caller')
      const asked = { resourceId, spec, actor }
      await putSpec(db, specVersion === undefined ? asked : { ...asked, specVersion })
      const written = await provisionedSpec(db, resourceId)
      if (written === undefined) throw new ResourceNotFound(resourceId)
      return context.json(specView(written), 200)
    })
}

const listedView: (row: ResourceRow) => z.infer<typeof resourceSchema> = resourceView

/** What is asked of a resource as the API gives it. */
function specView(spec: ProvisionedSpec): z.infer<typeof specSchema> {
  return {
    resource_id: spec.resourceId,
    spec: spec.spec,
    spec_version: spec.specVersion,
    source: spec.source,
    owner: spec.owner,
    owner_detail: spec.ownerDetail,
    saga_id: spec.sagaId,
    actor: spec.actor,
    written_at: spec.writtenAt.toISOString(),
  }
}
