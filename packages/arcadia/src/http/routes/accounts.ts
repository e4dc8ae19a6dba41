import { z } from '@hono/zod-openapi'
import {
  disableWrites,
  freeze,
  freezeState,
  getAccount,
  listAccounts,
  resume,
} from '../../accounts/index.ts'
import type { ApiDeps } from '../deps.ts'
import type { Guard } from '../guard.ts'
import { idPath, pageSchema, pageView } from '../pages.ts'
import { answer, guarded, json, newRoutes, problems } from '../route.ts'
import { accountSchema, accountView, freezeSchema, freezeView } from '../schemas/account.ts'

const accounts = ['Accounts']
const safety = ['Safety']

const list = guarded('accounts:read', {
  method: 'get',
  path: '/api/v1/accounts',
  operationId: 'listAccounts',
  summary: 'List the cloud accounts, oldest first',
  tags: accounts,
  responses: { 200: answer('All accounts.', pageSchema(accountSchema)) },
})

const show = guarded('accounts:read', {
  method: 'get',
  path: '/api/v1/accounts/{id}',
  operationId: 'getAccount',
  summary: 'A cloud account',
  tags: accounts,
  request: { params: idPath },
  responses: { 200: answer('The account.', accountSchema), ...problems.id },
})

const enable = guarded('accounts:write', {
  method: 'post',
  path: '/api/v1/accounts/{id}/enable-writes',
  operationId: 'enableWrites',
  summary: 'Allow changes to an account',
  description:
    'Until then a real account is read-only. Repeating it changes nothing. Refused (409 `no_provisioning_token`) while the program has no token for changes.',
  tags: accounts,
  request: { params: idPath },
  responses: {
    200: answer('The account as it is now.', accountSchema),
    ...problems.id,
    ...problems.state,
  },
})

const disable = guarded('accounts:write', {
  method: 'post',
  path: '/api/v1/accounts/{id}/disable-writes',
  operationId: 'disableWrites',
  summary: 'Make an account read-only, for every worker at once',
  tags: accounts,
  request: { params: idPath },
  responses: { 200: answer('The account as it is now.', accountSchema), ...problems.id },
})

const showFreeze = guarded('freeze:read', {
  method: 'get',
  path: '/api/v1/freeze',
  operationId: 'getFreeze',
  summary: 'Whether all cloud writes are stopped',
  tags: safety,
  responses: { 200: answer('The state.', freezeSchema) },
})

const freezeAll = guarded('freeze:write', {
  method: 'post',
  path: '/api/v1/freeze',
  operationId: 'freeze',
  summary: 'Stop every new cloud write, of every account, on every worker, at once',
  tags: safety,
  request: {
    body: {
      required: false,
      ...json(
        z
          .strictObject({ reason: z.string().trim().min(1).max(500).optional() })
          .openapi('FreezeOrder', { example: { reason: 'incident 4711' } }),
      ),
    },
  },
  responses: { 200: answer('The state as it is now.', freezeSchema), ...problems.body },
})

const resumeAll = guarded('freeze:write', {
  method: 'post',
  path: '/api/v1/resume',
  operationId: 'resume',
  summary: 'Allow cloud writes again',
  tags: safety,
  responses: { 200: answer('The state as it is now.', freezeSchema) },
})

export function accountRoutes(
  { db, enableWrites }: Pick<ApiDeps, 'db' | 'enableWrites'>,
  guard: Guard,
) {
  return newRoutes()
    .openapi(guard(list), async (context) => {
      const page = { data: await listAccounts(db), nextCursor: null }
      return context.json(pageView(page, accountView), 200)
    })
    .openapi(guard(show), async (context) => {
      const account = await getAccount(db, context.req.valid('param').id)
      return context.json(accountView(account), 200)
    })
    .openapi(guard(enable), async (context) => {
      const { actor } = context.get('caller')
      const account = await enableWrites(context.req.valid('param').id, actor)
      return context.json(accountView(account), 200)
    })
    .openapi(guard(disable), async (context) => {
      const { actor } = context.get('caller')
      const account = await disableWrites(db, context.req.valid('param').id, actor)
      return context.json(accountView(account), 200)
    })
    .openapi(guard(showFreeze), async (context) =>
      context.json(freezeView(await freezeState(db)), 200),
    )
    .openapi(guard(freezeAll), async (context) => {
      const { reason = null } = context.req.valid('json')
      const { actor } = context.get('caller')
      return context.json(freezeView(await freeze(db, { actor, reason })), 200)
    })
    .openapi(guard(resumeAll), async (context) => {
      const { actor } = context.get('caller')
      return context.json(freezeView(await resume(db, { actor })), 200)
    })
}
