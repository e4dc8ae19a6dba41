import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pageSchema } from './pages.ts'
import { sagaSchema } from './schemas/saga.ts'
import { type ApiWorld, apiWorld } from './testing/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ resources: 0 })
})
afterAll(() => world.close())

const path = (name: string, act: string) => `/api/v1/schedules/${name}/${act}`
const list = () =>
  world.viewer.get('/api/v1/schedules', pageSchema(z.looseObject({ name: z.string() })))

test('schedules are listed with when they start what', async () => {
  expect((await list()).data).toMatchObject([
    { name: 'detect_drift', cron: '20 * * * *', time_zone: 'UTC', paused_at: null, missed: 'once' },
    { name: 'sync', kind: 'sync_account', input: { account_id: world.account.id } },
  ])
})

describe('the next times', () => {
  const times = pageSchema(z.iso.datetime())

  test('are as many as asked for, in order', async () => {
    const { data } = await world.viewer.get(`${path('sync', 'next')}?count=3`, times)
    expect(data).toHaveLength(3)
    expect(data.map((at) => at.slice(14))).toEqual(Array(3).fill('15:00.000Z'))
    expect(data).toEqual([...data].sort())
    expect((await world.viewer.get(path('sync', 'next'), times)).data).toHaveLength(10)
  })

  test.each(['0', '101', 'x'])('of %s are refused', async (count) => {
    const answer = await world.viewer.call('GET', `${path('sync', 'next')}?count=${count}`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'count' }] } })
  })
})

test('one that is paused starts nothing by itself, and says who paused it, until it is resumed', async () => {
  const paused = await world.admin.call('POST', path('sync', 'pause'))
  expect(paused).toMatchObject({
    status: 200,
    body: { name: 'sync', paused_by: 'admin', paused_at: expect.any(String) },
  })
  const again = await world.admin.call('POST', path('sync', 'pause'))
  expect(again.body).toEqual(paused.body)
  expect((await world.viewer.call('GET', path('sync', 'next'))).body).toMatchObject({ data: [] })
  const resumed = await world.admin.call('POST', path('sync', 'resume'))
  expect(resumed).toMatchObject({ status: 200, body: { paused_at: null, resumed_by: 'admin' } })
})

test('what it starts is started by hand, once a key, also while it is paused', async () => {
  await world.admin.call('POST', path('sync', 'pause'))
  const run = (body?: object) => world.admin.call('POST', path('sync', 'run'), body)
  const first = await run({ idempotency_key: 'by-hand' })
  const saga = sagaSchema.parse(first.body)
  expect(first.status).toBe(201)
  expect(first.headers.get('location')).toBe(`/api/v1/sagas/${saga.id}`)
  expect(await world.ended(saga.id)).toMatchObject({
    kind: 'sync_account',
    status: 'completed',
    started_by: 'admin',
  })
  expect(await run({ idempotency_key: 'by-hand' })).toMatchObject({
    status: 200,
    body: { id: saga.id },
  })
  const other = await run()
  expect(other.status).toBe(201)
  await world.ended(sagaSchema.parse(other.body).id)
  expect((await list()).data[1]).toMatchObject({ paused_by: 'admin' })
  await world.admin.call('POST', path('sync', 'resume'))
})

test.each([
  ['POST', 'pause'],
  ['POST', 'resume'],
  ['POST', 'run'],
  ['GET', 'next'],
])('%s %s of none is 404', async (method, act) => {
  for (const name of ['nightly', 'x'.repeat(200), '%20']) {
    expect(await world.admin.call(method, path(name, act))).toMatchObject({ status: 404 })
  }
})

test.each(['pause', 'resume', 'run'])('%s is not for a viewer', async (act) => {
  expect(await world.viewer.call('POST', path('sync', act))).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('schedules:write') },
  })
})
