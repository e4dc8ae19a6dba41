import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { anyObject } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import { previewSchema, previewView } from '../schemas/preview.ts'

const previewBody = z
  .strictObject({ kind: z.string().min(1).max(63), input: anyObject.default({}) })
  .openapi('PreviewSaga', {
    example: { kind: 'snapshot_droplet', input: { droplet_id: 3164494 } },
  })

const preview = guarded('sagas:read', {
  method: 'post',
  path: '/api/v1/sagas/preview',
  operationId: 'previewSaga',
  summary: 'What a start would run, without starting it',
  description:
    'Every step with what undoes it, the locks, and the point of no return. Touches nothing, here or in a cloud; so it is answered while changes are not allowed, too.',
  tags: ['Sagas'],
  request: { body: { required: true, ...json(previewBody) } },
  responses: { 200: answer('What would run.', previewSchema), ...problems.body },
})

export function sagaPreviewRoutes({ engine }: Pick<ApiDeps, 'engine'>, guard: Guard) {
  return newRoutes().openapi(guard(preview), async (context) => {
    const { kind, input } = context.req.valid('json')
    return context.json(previewView(await engine.preview(kind, input)), 200)
  })
}
