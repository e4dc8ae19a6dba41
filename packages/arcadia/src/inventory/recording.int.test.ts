import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Account, ensureAccount } from '../accounts/index.ts'
import { databaseOver } from '../database/index.ts'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import {
  findResource,
  getResource,
  listResourceEvents,
  listResources,
  recordDeletion,
  recordObservation,
  resourceEventView,
  resourceView,
} from './index.ts'

const sagaId = '01890000-0000-7000-8000-000000000001'
const nowhere = '00000000-0000-7000-8000-000000000000'
const minute = 60_000
const start = Date.UTC(2026, 0, 1)
let plane: TestControlPlane
let account: Account

beforeAll(async () => {
  plane = await controlPlaneDatabase()
})
afterAll(() => plane.drop())
beforeEach(async () => {
  await plane.pool.query('truncate arcadia.cloud_accounts cascade')
  const name = { provider: 'digitalocean', name: 'prod', simulated: false }
  account = await ensureAccount(plane.db, name)
})

function snapshotCalled(name: string, id = '7') {
  return { id, name, regions: ['nyc3'], resource_id: '1', resource_type: 'droplet', tags: [] }
}

function see(name: string, minutes: number, id = '7') {
  return recordObservation(plane.db, {
    accountId: account.id,
    kind: 'snapshot',
    raw: snapshotCalled(name, id),
    observedAt: new Date(start + minutes * minute),
    sagaId,
  })
}

function lose(minutes: number) {
  return recordDeletion(plane.db, {
    accountId: account.id,
    kind: 'snapshot',
    externalId: '7',
    observedAt: new Date(start + minutes * minute),
    sagaId,
  })
}

async function read() {
  const row = await findResource(plane.db, {
    accountId: account.id,
    kind: 'snapshot',
    externalId: '7',
  })
  if (row === undefined) throw new Error('there is no snapshot 7')
  return row
}

async function history(id: string) {
  const { data } = await listResourceEvents(plane.db, id, { limit: 100 })
  return data.map((event) => [event.type, event.saga_id]).reverse()
}

describe('an observation', () => {
  test('makes the resource, or changes it, and its events name the saga', async () => {
    const made = await see('a', 0)
    expect(made.created).toBe(true)
    expect(await see('b', 1)).toEqual({ resourceId: made.resourceId, created: false })
    expect(await read()).toMatchObject({ id: made.resourceId, name: 'b' })
    expect(await history(made.resourceId)).toEqual([
      ['created', sagaId],
      ['changed', sagaId],
    ])
  })

  test('never overwrites a newer one', async () => {
    const { resourceId } = await see('new', 2)
    expect(await see('old', 1)).toEqual({ resourceId, created: false })
    expect(await read()).toMatchObject({ name: 'new', observed_at: new Date(start + 2 * minute) })
    expect(await history(resourceId)).toEqual([['created', sagaId]])
  })

  test('made by two at once is one resource with one event', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => see('a', 0)))
    expect(new Set(all.map(({ resourceId }) => resourceId)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(await history((await read()).id)).toEqual([['created', sagaId]])
  })

  test('comes and goes with the transaction it is made in', async () => {
    const client = await plane.pool.connect()
    await client.query('begin')
    const raw = snapshotCalled('a')
    const observation = {
      accountId: account.id,
      kind: 'snapshot',
      raw,
      observedAt: new Date(start),
    }
    const { resourceId } = await recordObservation(databaseOver(client), observation)
    await client.query('rollback')
    client.release()
    expect(await getResource(plane.db, resourceId)).toBeUndefined()
  })

  test('of a name that PostgreSQL refuses is stored all the same', async () => {
    await see('nul \u0000 and \ud800', 0)
    expect((await read()).name).toBe('nul \uFFFD and \uFFFD')
  })
})

describe('a deletion', () => {
  test('is marked once, and names the saga', async () => {
    const { resourceId } = await see('a', 0)
    expect(await lose(1)).toBe(resourceId)
    expect(await lose(2)).toBeUndefined()
    expect((await read()).deleted_at).toEqual(new Date(start + minute))
    expect(await history(resourceId)).toEqual([
      ['created', sagaId],
      ['deleted', sagaId],
    ])
  })

  test('older than the last sight is not believed', async () => {
    await see('a', 2)
    expect(await lose(1)).toBeUndefined()
    expect((await read()).deleted_at).toBeNull()
  })

  test('is not undone by an older sight, but by a newer answer', async () => {
    const { resourceId } = await see('a', 0)
    await lose(2)
    await see('a', 1)
    expect((await read()).deleted_at).not.toBeNull()
    await see('b', 3)
    expect(await read()).toMatchObject({ deleted_at: null, name: 'b' })
    const types = (await history(resourceId)).map(([type]) => type)
    expect(types).toEqual(['created', 'deleted', 'reappeared'])
    const { data } = await listResourceEvents(plane.db, resourceId, { limit: 1 })
    expect(data).toMatchObject([{ detail: { name: { from: 'a', to: 'b' } } }])
  })

  test('of what never was there is nothing', async () => {
    expect(await lose(1)).toBeUndefined()
  })
})

describe('lists', () => {
  test('give every resource once, page by page, and end', async () => {
    for (let id = 1; id <= 7; id++) await see('a', 0, String(id))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await listResources(plane.db, { limit: 3, ...(cursor && { cursor }) })
      expect(page.data.length).toBeLessThanOrEqual(3)
      seen.push(...page.data.map(({ external_id }) => external_id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  })

  test('give only what was asked for', async () => {
    await see('a', 0)
    const count = async (filter: object) =>
      (await listResources(plane.db, { limit: 10, ...filter })).data.length
    expect(await count({ kind: 'snapshot' })).toBe(1)
    expect(await count({ kind: 'droplet' })).toBe(0)
    expect(await count({ accountId: account.id, kind: 'snapshot' })).toBe(1)
    expect(await count({ accountId: nowhere })).toBe(0)
  })

  test('of events are the newest first, page by page', async () => {
    const { resourceId } = await see('0', 0)
    for (let n = 1; n <= 4; n++) await see(String(n), n)
    const first = await listResourceEvents(plane.db, resourceId, { limit: 3 })
    const cursor = first.nextCursor ?? ''
    const second = await listResourceEvents(plane.db, resourceId, { limit: 3, cursor })
    expect(first.data.map(({ detail }) => detail['name'])).toEqual([
      { from: '3', to: '4' },
      { from: '2', to: '3' },
      { from: '1', to: '2' },
    ])
    expect(second).toMatchObject({ data: [{}, { type: 'created' }], nextCursor: null })
  })

  test.each([
    ['by kind', `kind = 'snapshot' and`],
    ['by account', `account_id = '${nowhere}' and`],
    ['by account and kind', `account_id = '${nowhere}' and kind = 'snapshot' and`],
    ['of all', ''],
  ])('%s are served by an index, in its order', async (_title, filter) => {
    const client = await plane.pool.connect()
    await client.query('begin; set local enable_seqscan = off; set local enable_bitmapscan = off')
    const { rows } = await client.query(
      `explain select * from arcadia.cloud_resources
       where ${filter} deleted_at is null and id > '${nowhere}' order by id limit 51`,
    )
    await client.query('rollback')
    client.release()
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index Scan/)
    expect(plan).not.toMatch(/Sort|Seq Scan/)
  })
})

test('views are JSON in the API’s own spelling', async () => {
  const { resourceId } = await see('a', 0)
  const row = await read()
  const view = resourceView(row)
  expect(view).toEqual(JSON.parse(JSON.stringify(view)))
  expect(view).toMatchObject({
    id: resourceId,
    account_id: account.id,
    kind: 'snapshot',
    external_id: '7',
    region: 'nyc3',
    first_seen_at: '2026-01-01T00:00:00.000Z',
    deleted_at: null,
  })
  const { data } = await listResourceEvents(plane.db, resourceId, { limit: 1 })
  expect(data.map(resourceEventView)).toMatchObject([
    { resource_id: resourceId, type: 'created', saga_id: sagaId, at: expect.stringMatching(/Z$/) },
  ])
})
