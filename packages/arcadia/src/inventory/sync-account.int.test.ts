import { createEngine, type Engine, type Worker } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ensureAccount } from '../accounts/index.ts'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import { listResources, type SyncInput, syncAccountSaga, syncsOfSaga, syncView } from './index.ts'
import { type InventoryWorld, inventoryWorld } from './testing/inventory-world.ts'

let plane: TestControlPlane
let world: InventoryWorld
let engine: Engine
let worker: Worker

beforeAll(async () => {
  plane = await controlPlaneDatabase()
})
afterAll(() => plane.drop())
beforeEach(async () => {
  world = await inventoryWorld(plane, { seed: { resources: 40 } })
  engine = createEngine({
    store: postgresStore({ pool: plane.pool }),
    sagas: [syncAccountSaga({ ...world.deps, retryMs: 1 })],
  })
  worker = engine.createWorker({ pollMs: 20 })
  worker.start()
})
afterEach(async () => {
  await worker.stop()
  await world.close()
})

async function ended(input: SyncInput) {
  const { id } = await engine.startKind('sync_account', input)
  return vi.waitUntil(
    async () => {
      const { run, steps } = await engine.get(id)
      return run.endedAt === null ? undefined : { run, steps }
    },
    { timeout: 20_000, interval: 20 },
  )
}

describe('the saga sync_account', () => {
  test('reads every kind, a step each, and says what it found', async () => {
    const { run, steps } = await ended({})
    expect(run.status).toBe('completed')
    expect(run.lockKeys).toEqual(['sync/default'])
    expect(steps.map(({ name, status }) => [name, status])).toEqual([
      ['sync_droplets', 'completed'],
      ['sync_snapshots', 'completed'],
      ['conclude_sync', 'completed'],
    ])
    const syncs = await syncsOfSaga(plane.db, run.id)
    expect(syncs.map(syncView)).toMatchObject([
      { kind: 'droplet', status: 'complete', saga_id: run.id },
      { kind: 'snapshot', status: 'complete', saga_id: run.id },
    ])
    const { data } = await listResources(plane.db, { limit: 200 })
    expect(data).toHaveLength(syncs.reduce((sum, { seen }) => sum + seen, 0))
    expect(run.context).toMatchObject({ droplets: { status: 'complete', seen: syncs[0]?.seen } })
  })

  test('leaves its id to no event: it notices changes and makes none', async () => {
    await ended({ account_id: world.account.id })
    const { rows } = await plane.pool.query(
      'select count(*)::int as count from arcadia.cloud_resource_events where saga_id is not null',
    )
    expect(rows).toEqual([{ count: 0 }])
  })

  test('reads only the kinds it was asked for', async () => {
    const { run } = await ended({ kinds: ['snapshot'] })
    expect(run.status).toBe('completed')
    expect(await syncsOfSaga(plane.db, run.id)).toMatchObject([{ kind: 'snapshot' }])
    expect(await world.requests('GET', '/v2/droplets')).toEqual([])
  })

  test('reads the other kinds although one fails, and then ends as failed to sync', async () => {
    const refused = { kind: 'error', status: 403, match: { path: '/v2/droplets' }, times: 'always' }
    await world.control('POST', '/faults', refused)
    const { run } = await ended({})
    expect(run).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:conclude_sync' },
    })
    expect(await syncsOfSaga(plane.db, run.id)).toMatchObject([
      { kind: 'droplet', status: 'failed' },
      { kind: 'snapshot', status: 'complete' },
    ])
  })

  test('tries again what may pass', async () => {
    await world.control('POST', '/faults', {
      kind: 'error',
      status: 503,
      match: { path: '/v2/snapshots' },
    })
    const { run, steps } = await ended({ kinds: ['snapshot'] })
    expect(run.status).toBe('completed')
    expect(steps[1]).toMatchObject({ name: 'sync_snapshots', attempts: 2 })
  })

  test('wants to know which account when there are several', async () => {
    await ensureAccount(plane.db, { provider: 'digitalocean', name: 'other', simulated: false })
    const { run, steps } = await ended({})
    expect(run.status).toBe('rolled_back')
    expect(steps.at(-1)?.error?.message).toMatch(/several accounts/)
  })

  test.each([
    [{ kinds: ['dropplet'] }, /kinds/],
    [{ kinds: [] }, /kinds/],
    [{ account_id: 'mine' }, /account_id/],
    [{ acount_id: 'mine' }, /acount_id/],
  ])('refuses the input %j', async (input, message) => {
    await expect(engine.startKind('sync_account', input)).rejects.toThrow(message)
  })
})
