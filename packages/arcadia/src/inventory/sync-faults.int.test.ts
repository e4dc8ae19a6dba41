import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { kindOf } from '../kinds/index.ts'
import { latestSyncs, listResources, syncKind, syncsOfSaga } from './index.ts'
import { type InventoryWorld, inventoryWorld } from './testing/inventory-world.ts'

let plane: TestControlPlane
let world: InventoryWorld

beforeAll(async () => {
  plane = await controlPlaneDatabase()
})
afterAll(() => plane.drop())
afterEach(() => world.close())

const secondPage = { path: '/v2/droplets', query: { page: '2' } }

async function all(): Promise<{ externalId: string; deleted: boolean; syncId: string | null }[]> {
  const rows = await plane.db
    .selectFrom('cloud_resources')
    .select(['external_id', 'deleted_at', 'sync_id'])
    .where('kind', '=', 'droplet')
    .execute()
  return rows.map((row) => ({
    externalId: row.external_id,
    deleted: row.deleted_at !== null,
    syncId: row.sync_id,
  }))
}

/** The droplets in the order of the listing. */
async function listed(): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of world.client.droplets.list()) ids.push(String(id))
  return ids
}

test('a page that fails marks nothing deleted, and keeps what the pages before it showed', async () => {
  world = await inventoryWorld(plane, { seed: { resources: 400 } })
  await world.sync()
  const [, , gone] = await listed()
  await world.control('DELETE', `/droplets/${gone}`)
  await world.control('POST', '/faults', { kind: 'error', status: 500, match: secondPage })
  await expect(world.sync()).rejects.toMatchObject({ code: 'server_error' })
  const [failed] = await latestSyncs(plane.db, world.account.id)
  expect(failed).toMatchObject({ status: 'failed', seen: 200, deleted: 0 })
  expect(failed?.error).toMatch(/page=2/)
  expect((await all()).filter(({ deleted }) => deleted)).toEqual([])
  expect(await world.sync()).toMatchObject({ status: 'complete', deleted: 1 })
  expect((await all()).filter(({ deleted }) => deleted)).toMatchObject([{ externalId: gone }])
})

test('what pages miss because something was deleted meanwhile is asked for, and stays', async () => {
  world = await inventoryWorld(plane, { seed: { resources: 400 } })
  await world.sync()
  const before = await listed()
  const hold = await world.control('POST', '/faults', { kind: 'hold', match: secondPage })
  const faultId = /"id":"(fault-\d+)"/.exec(JSON.stringify(hold))?.[1]
  const syncing = world.sync()
  await world.control('GET', `/faults/${faultId}/reached`)
  await world.control('DELETE', `/droplets/${before[0]}`)
  await world.control('POST', `/faults/${faultId}/release`, {})
  // The first one was still on the first page; the one that slid onto it was on none.
  expect(await syncing).toMatchObject({ status: 'complete', absent: 1, deleted: 0, error: null })
  expect(await world.requests('GET', `/v2/droplets/${before[200]}`)).toHaveLength(1)
  expect(await world.sync()).toMatchObject({ status: 'complete', absent: 1, deleted: 1 })
  expect((await world.droplet(before[0] ?? '')).deleted_at).not.toBeNull()
})

test('an abort ends a sync between two pages', async () => {
  world = await inventoryWorld(plane, { seed: { resources: 400 } })
  const stop = new AbortController()
  const droplet = kindOf('droplet')
  const kind = {
    ...droplet,
    listings: (...args: Parameters<typeof droplet.listings>) =>
      droplet.listings(...args).map(async function* (pages) {
        for await (const page of pages) {
          yield page
          stop.abort(new Error('cancelled'))
        }
      }),
  }
  await expect(world.sync('droplet', { kind, signal: stop.signal })).rejects.toThrow()
  expect(await all()).toHaveLength(200)
  expect(await world.requests('GET', '/v2/droplets')).toHaveLength(1)
  const [aborted] = await latestSyncs(plane.db, world.account.id)
  expect(aborted).toMatchObject({ status: 'failed', seen: 200, created: 200 })
})

test('a listing without a last page is incomplete', async () => {
  world = await inventoryWorld(plane)
  const kind = { ...kindOf('droplet'), listings: () => [none()] }
  await expect(world.sync('droplet', { kind })).rejects.toMatchObject({
    code: 'incomplete_listing',
    retryable: true,
  })
  async function* none() {}
})

test('a saga that begins its sync again has one row, and what it had found stays counted', async () => {
  world = await inventoryWorld(plane, { seed: { resources: 400 } })
  const sagaId = '01890000-0000-7000-8000-000000000001'
  await world.control('POST', '/faults', { kind: 'error', status: 500, match: secondPage })
  await expect(world.sync('droplet', { sagaId })).rejects.toThrow()
  const sync = await world.sync('droplet', { sagaId })
  const total = (await all()).length
  expect(total).toBeGreaterThan(200)
  expect(sync).toMatchObject({ status: 'complete', seen: total, created: total, error: null })
  expect(await syncsOfSaga(plane.db, sagaId)).toEqual([sync])
  expect((await world.events()).length).toBe(total)
})

test('a sync leaves half of the token’s hourly budget to others, and waits for its own', async () => {
  world = await inventoryWorld(plane, { rateLimits: { perHour: 8, perMinute: 8 } })
  const waits: number[] = []
  const clock = {
    now: () => Date.now(),
    sleep: async (ms: number) => {
      waits.push(ms)
    },
  }
  const options = { accountId: world.account.id, kind: kindOf('droplet') }
  await syncKind({ ...world.deps, clock }, options)
  expect(waits).toEqual([])
  await syncKind({ ...world.deps, clock }, options)
  // Of the second sync's three requests, the first left at the half; each other had to wait.
  expect(waits).toHaveLength(2)
  expect(waits.every((ms) => ms > 3_500_000 && ms <= 3_601_000)).toBe(true)
})

test('thousands of resources take a handful of statements a page, and none each', async () => {
  world = await inventoryWorld(plane, { seed: { resources: 3_000 } })
  plane.statements()
  const first = await world.sync()
  const pages = Math.ceil(first.seen / 200)
  expect(first.created).toBe(first.seen)
  expect(first.seen).toBeGreaterThan(1_800)
  expect(plane.statements()).toBeLessThan(pages * 8 + 20)
  const second = await world.sync()
  expect(second).toMatchObject({ seen: first.seen, created: 0, changed: 0, deleted: 0, absent: 0 })
  expect(plane.statements()).toBeLessThan(pages * 6 + 20)
  expect((await world.events()).length).toBe(first.seen)
  expect(await world.requests('GET', '/v2/droplets/*')).toEqual([])
  const { data, nextCursor } = await listResources(plane.db, { limit: 200 })
  expect(data).toHaveLength(200)
  expect(nextCursor).toBe(data.at(-1)?.id)
})
