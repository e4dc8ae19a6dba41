import { z } from '@hono/zod-openapi'
import { kinds } from '../../kinds/index.ts'
import { type BaselineResult, baseline } from '../../provisioning/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { anyObject } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'

const orderSchema = z
  .strictObject({
    account_id: z.uuid().optional(),
    kind: z.enum(kinds.map(({ name }) => name)).optional(),
    tag: z.string().min(1).max(255).optional(),
    region: z.string().min(1).max(63).optional(),
    name: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .openapi({ description: '`*` stands for any text, `?` for any character.' }),
    overwrite: z.boolean().optional().openapi({
      description: 'Writes the specs there are anew, too: those that ArcadiaCloud owns.',
    }),
    dry_run: z
      .boolean()
      .optional()
      .openapi({ description: 'The same figures; nothing is written.' }),
  })
  .openapi('BaselineOrder', { example: { kind: 'droplet', tag: 'env:production', dry_run: true } })

const resultSchema = z
  .object({
    dry_run: z.boolean(),
    matched: z.int(),
    recorded: z.int(),
    skipped: z.object({
      has_spec: z.int(),
      owned_elsewhere: z.int(),
      locked: z.int(),
      nothing_managed: z.int(),
    }),
    sample: z.array(
      z.object({
        resource_id: z.uuid(),
        kind: z.string(),
        name: z.string().nullable(),
        spec: anyObject,
      }),
    ),
  })
  .openapi('BaselineResult')

const record = guarded('specs:write', {
  method: 'post',
  path: '/api/v1/baseline',
  operationId: 'baseline',
  summary: 'Make what is live what is asked for',
  tags: ['Resources'],
  request: { body: { required: false, ...json(orderSchema) } },
  responses: {
    200: answer('What was recorded, or would be.', resultSchema),
    ...problems.body,
  },
})

export function baselineRoutes({ db, engine }: Pick<ApiDeps, 'db' | 'engine'>, guard: Guard) {
  return newRoutes().openapi(guard(record), async (context) => {
    const { account_id, dry_run, ...filters } = context.req.valid('json')
    const { actor } = context.get('caller')
    const result = await baseline(
      { db, locks: engine },
      { ...filters, accountId: account_id, dryRun: dry_run, actor },
    )
    return context.json(resultView(result), 200)
  })
}

function resultView({ sample, ...figures }: BaselineResult): z.infer<typeof resultSchema> {
  return { ...figures, sample: [...sample] }
}
