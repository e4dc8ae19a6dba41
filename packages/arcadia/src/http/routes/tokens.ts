import { z } from '@hono/zod-openapi'
import { createToken, listTokens, revokeToken, roles, tokenView } from '../../access/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { idCursor, idPath, limitParameter, moment, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'

const tags = ['Tokens']

const tokenSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    role: z.enum(roles),
    created_by: z.string(),
    created_at: moment,
    last_used_at: moment.nullable().openapi({ description: 'Noted at most once a minute.' }),
    revoked_at: moment.nullable(),
    revoked_by: z.string().nullable(),
  })
  .openapi('Token')

const madeSchema = tokenSchema
  .extend({ token: z.string().openapi({ description: 'Shown here, and never again.' }) })
  .openapi('MadeToken')

const list = guarded('tokens:read', {
  method: 'get',
  path: '/api/v1/tokens',
  operationId: 'listTokens',
  summary: 'List the tokens, oldest first, revoked ones too',
  tags,
  request: { query: z.strictObject({ cursor: idCursor, limit: limitParameter }) },
  responses: { 200: answer('A page of tokens.', pageSchema(tokenSchema)), ...problems.query },
})

const create = guarded('tokens:write', {
  method: 'post',
  path: '/api/v1/tokens',
  operationId: 'createToken',
  summary: 'Make a token',
  tags,
  request: {
    body: {
      required: true,
      ...json(
        z
          .strictObject({
            name: z
              .string()
              .regex(
                /^[a-z0-9][a-z0-9._@-]{0,62}$/,
                'lower-case letters, digits and . _ @ -, from a letter or digit, 63 at most',
              ),
            role: z.enum(roles),
          })
          .openapi('CreateToken', { example: { name: 'dashboard', role: 'viewer' } }),
      ),
    },
  },
  responses: {
    201: answer('It was made; its text is in `token`.', madeSchema),
    ...problems.body,
    ...problems.state,
  },
})

const revoke = guarded('tokens:write', {
  method: 'delete',
  path: '/api/v1/tokens/{id}',
  operationId: 'revokeToken',
  summary: 'Make a token worthless, from its next request on',
  description: 'For good. The last token of the role platform_admin is kept (409).',
  tags,
  request: { params: idPath },
  responses: { 204: { description: 'It is worthless.' }, ...problems.id, ...problems.state },
})

export function tokenRoutes({ db }: Pick<ApiDeps, 'db'>, guard: Guard) {
  return newRoutes()
    .openapi(guard(list), async (context) => {
      const page = await listTokens(db, context.req.valid('query'))
      return context.json(pageView(page, tokenView), 200)
    })
    .openapi(guard(create), async (context) => {
      const { actor } = context.get('caller')
      const { token, text } = await createToken(db, { ...context.req.valid('json'), actor })
      return context.json({ ...tokenView(token), token: text }, 201)
    })
    .openapi(guard(revoke), async (context) => {
      await revokeToken(db, context.req.valid('param').id, context.get('caller').actor)
      return context.body(null, 204)
    })
}
