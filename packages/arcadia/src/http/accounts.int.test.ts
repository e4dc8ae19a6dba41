import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { pageSchema } from './pages.ts'
import { accountSchema, freezeSchema } from './schemas/account.ts'
import { syncSchema } from './schemas/resource.ts'
import { sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(() => world.close())

const unknownId = '01890000-0000-7000-8000-000000000000'

test('accounts are listed and shown', async () => {
  const { data } = await world.viewer.get('/api/v1/accounts', pageSchema(accountSchema))
  expect(data).toMatchObject([{ name: 'simulator', simulated: true, writes_enabled: true }])
  const path = `/api/v1/accounts/${world.account.id}`
  expect(await world.viewer.get(path, accountSchema)).toEqual(data[0])
  expect(await world.viewer.call('GET', `/api/v1/accounts/${unknownId}`)).toMatchObject({
    status: 404,
    body: { code: 'account_not_found' },
  })
})

test('writes are disabled and enabled, however often, and who did it is kept', async () => {
  const path = `/api/v1/accounts/${world.account.id}`
  for (const act of ['disable-writes', 'disable-writes', 'enable-writes']) {
    const answer = await world.admin.call('POST', `${path}/${act}`)
    expect(answer).toMatchObject({
      status: 200,
      body: { writes_enabled: act === 'enable-writes', writes_changed_by: 'admin' },
    })
  }
  const missing = await world.admin.call('POST', `/api/v1/accounts/${unknownId}/enable-writes`)
  expect(missing.status).toBe(404)
})

test('a freeze is told with its reason, and ended', async () => {
  const frozen = await world.admin.call('POST', '/api/v1/freeze', { reason: 'incident' })
  expect(frozen).toMatchObject({ status: 200, body: { frozen: true, reason: 'incident' } })
  expect(await world.viewer.get('/api/v1/freeze', freezeSchema)).toEqual(frozen.body)
  expect(await world.admin.call('POST', '/api/v1/resume')).toMatchObject({
    status: 200,
    body: { frozen: false, reason: null, changed_by: 'admin' },
  })
  const bare = await world.admin.call('POST', '/api/v1/freeze')
  expect(bare).toMatchObject({ status: 200, body: { frozen: true, reason: null } })
  await world.admin.call('POST', '/api/v1/resume')
  const wrong = await world.admin.call('POST', '/api/v1/freeze', { reason: '  ' })
  expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'reason' }] } })
})

test('a sync is a saga, and what it came to is listed', async () => {
  const answer = await world.admin.call('POST', '/api/v1/sync', { kinds: ['droplet'] })
  const saga = sagaSchema.parse(answer.body)
  expect(answer).toMatchObject({
    status: 202,
    body: { kind: 'sync_account', input: { account_id: world.account.id, kinds: ['droplet'] } },
  })
  expect(answer.headers.get('location')).toBe(`/api/v1/sagas/${saga.id}`)
  expect(await world.ended(saga.id)).toMatchObject({ status: 'completed' })
  const { data } = await world.viewer.get('/api/v1/syncs', pageSchema(syncSchema))
  expect(data).toMatchObject([{ kind: 'droplet', saga_id: saga.id, status: 'complete' }])
})

test('a sync that has yet to begin serves everyone who asks for the same', async () => {
  const ids = new Set<string>()
  for (let asked = 0; asked < 20; asked += 1) {
    const answer = await world.admin.call('POST', '/api/v1/sync')
    ids.add(sagaSchema.parse(answer.body).id)
  }
  expect(ids.size).toBeLessThan(20)
  for (const id of ids) await world.ended(id)
  const other = await world.admin.call('POST', '/api/v1/sync', { account_id: unknownId })
  expect(other).toMatchObject({ status: 404, body: { code: 'account_not_found' } })
})

test('a sync ends by starting the sweep that judges it', async () => {
  const answer = await world.admin.call('POST', '/api/v1/sync')
  const sync = await world.ended(sagaSchema.parse(answer.body).id)
  const { detection_saga_id: id } = z
    .looseObject({ detection_saga_id: z.uuid() })
    .parse(sync.context)
  expect(await world.ended(id)).toMatchObject({
    kind: 'detect_drift',
    status: 'completed',
    started_by: `saga:${sync.id}`,
  })
})

test('the schedules are told', async () => {
  const schedule = z.looseObject({ name: z.string(), cron: z.string(), next_at: z.iso.datetime() })
  const { data } = await world.viewer.get('/api/v1/schedules', pageSchema(schedule))
  expect(data.map(({ name, cron }) => [name, cron]).sort()).toEqual([
    ['detect_drift', '20 * * * *'],
    ['sync', '15 * * * *'],
  ])
})

test('tokens are made once, listed without their text, and revoked', async () => {
  const made = await world.admin.call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' })
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: 'ci',
      role: 'viewer',
      created_by: 'admin',
      token: expect.stringMatching(/^arc_/),
    },
  })
  const { id, token } = z.looseObject({ id: z.uuid(), token: z.string() }).parse(made.body)
  const list = await world.admin.call('GET', '/api/v1/tokens')
  expect(list).toMatchObject({ status: 200 })
  expect(JSON.stringify(list.body)).toContain(id)
  expect(JSON.stringify(list.body)).not.toContain(token)
  expect(
    await world.admin.call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' }),
  ).toMatchObject({ status: 409, body: { code: 'token_name_taken' } })
  for (const body of [{ name: 'Bad Name', role: 'viewer' }, { name: 'x', role: 'root' }, {}]) {
    expect((await world.admin.call('POST', '/api/v1/tokens', body)).status).toBe(422)
  }
  expect((await world.admin.call('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
  expect((await world.admin.call('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
  expect(await world.admin.call('DELETE', `/api/v1/tokens/${unknownId}`)).toMatchObject({
    status: 404,
    body: { code: 'token_not_found' },
  })
  expect(world.logged()).not.toContain(token)
})

test('the last administrator cannot be revoked', async () => {
  const token = z.looseObject({ id: z.uuid(), name: z.string() })
  const { data } = await world.admin.get('/api/v1/tokens', pageSchema(token))
  const admin = data.find(({ name }) => name === 'admin')
  expect(await world.admin.call('DELETE', `/api/v1/tokens/${admin?.id}`)).toMatchObject({
    status: 409,
    body: { code: 'last_administrator', detail: expect.stringContaining('Make another first') },
  })
  expect((await world.admin.call('GET', '/api/v1/tokens')).status).toBe(200)
})

test('being alive needs nothing, being ready everything', async () => {
  expect(await world.anonymous.call('GET', '/healthz')).toMatchObject({
    status: 200,
    body: { status: 'ok' },
  })
  expect(await world.anonymous.call('GET', '/readyz')).toMatchObject({
    status: 200,
    body: { status: 'ready', checks: { worker: { ok: true } } },
  })
  world.setReadiness({
    database: { ok: true },
    migrations: { ok: false, detail: 'saga is at 9, not 1' },
    worker: { ok: true },
  })
  expect(await world.anonymous.call('GET', '/readyz')).toMatchObject({
    status: 503,
    body: { status: 'not_ready', checks: { migrations: { detail: 'saga is at 9, not 1' } } },
  })
  expect((await world.anonymous.call('GET', '/healthz')).status).toBe(200)
})
