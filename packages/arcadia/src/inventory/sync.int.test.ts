import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { controlPlaneDatabase, type TestControlPlane } from '../database/testing/control-plane.ts'
import {
  latestSyncs,
  listResourceEvents,
  listResources,
  recordDeletion,
  recordObservation,
} from './index.ts'
import { type InventoryWorld, inventoryWorld } from './testing/inventory-world.ts'
import { simulatedCloud } from './testing/simulated-cloud.ts'

let plane: TestControlPlane
let world: InventoryWorld

beforeAll(async () => {
  plane = await controlPlaneDatabase()
})
afterAll(() => plane.drop())
beforeEach(async () => {
  world = await inventoryWorld(plane)
})
afterEach(() => world.close())

async function marked() {
  return plane.db
    .selectFrom('cloud_resources')
    .select('id')
    .where('deleted_at', 'is not', null)
    .execute()
}

describe('what a sync finds', () => {
  test('is recorded as it came, with the columns every kind has', async () => {
    const id = await world.createDroplet({ name: 'web-01', tags: ['Web', 'env:prod'] })
    expect(await world.sync()).toMatchObject({
      status: 'complete',
      seen: 1,
      created: 1,
      error: null,
    })
    expect(await world.droplet(id)).toMatchObject({
      kind: 'droplet',
      urn: `do:droplet:${id}`,
      name: 'web-01',
      region: 'fra1',
      size_slug: 's-1vcpu-1gb',
      status: 'active',
      tags: ['Web', 'env:prod'],
      attrs: { id: Number(id), locked: false, region: { slug: 'fra1' } },
      canonical: { name: 'web-01', power: 'on', tags: ['env:prod', 'web'] },
      unobservable: [],
      deleted_at: null,
    })
    expect(await world.events(id)).toEqual(['created'])
  })

  test('costs no event when nothing has changed, and is known to be seen', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    const before = await world.droplet(id)
    expect(await world.sync()).toMatchObject({ seen: 1, created: 0, changed: 0, deleted: 0 })
    const after = await world.droplet(id)
    expect(after.observed_at.getTime()).toBeGreaterThanOrEqual(before.observed_at.getTime())
    expect(after.sync_id).not.toBe(before.sync_id)
    expect(after).toEqual({
      ...before,
      observed_at: after.observed_at,
      last_seen_at: after.observed_at,
      sync_id: after.sync_id,
    })
    expect(await world.events(id)).toEqual(['created'])
  })

  test('that has changed is told by field, from and to', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    await world.control('POST', `/droplets/${id}`, { name: 'web-02', status: 'off' })
    expect(await world.sync()).toMatchObject({ seen: 1, created: 0, changed: 1 })
    const { id: resourceId, name } = await world.droplet(id)
    expect(name).toBe('web-02')
    const { data } = await listResourceEvents(plane.db, resourceId, { limit: 1 })
    expect(data).toMatchObject([
      {
        type: 'changed',
        detail: {
          name: { from: 'web-01', to: 'web-02' },
          status: { from: 'active', to: 'off' },
          power: { from: 'on', to: 'off' },
        },
      },
    ])
  })

  test('includes GPU droplets, which only a listing of their own shows', async () => {
    await world.sync()
    const asked = await world.requests('GET', '/v2/droplets')
    expect(asked.map(({ query }) => new URLSearchParams(query).get('type'))).toEqual([null, 'gpus'])
    expect(asked.every(({ query }) => query.includes('per_page=200'))).toBe(true)
  })
})

describe('what a complete listing lacks', () => {
  test('is deleted once its own GET answers 404', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    await world.control('DELETE', `/droplets/${id}`)
    expect(await world.sync()).toMatchObject({ status: 'complete', absent: 1, deleted: 1, seen: 0 })
    expect((await world.droplet(id)).deleted_at).not.toBeNull()
    expect(await world.events(id)).toEqual(['created', 'deleted'])
    expect((await listResources(plane.db, { limit: 10 })).data).toEqual([])
    expect(await world.requests('GET', `/v2/droplets/${id}`)).toHaveLength(1)
    await world.sync()
    expect(await world.requests('GET', `/v2/droplets/${id}`)).toHaveLength(1)
  })

  test('stays when its own GET finds it', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    const fault = {
      kind: 'lag',
      ms: 3_600_000_000,
      match: { path: '/v2/droplets' },
      times: 'always',
    }
    await world.control('POST', '/faults', fault)
    const before = await world.droplet(id)
    expect(await world.sync()).toMatchObject({
      status: 'complete',
      absent: 1,
      deleted: 0,
      error: null,
    })
    const after = await world.droplet(id)
    expect(after.deleted_at).toBeNull()
    expect(after.observed_at.getTime()).toBeGreaterThanOrEqual(before.observed_at.getTime())
    expect(after.sync_id).not.toBe(before.sync_id)
    expect(await world.events(id)).toEqual(['created'])
  })

  test('stays when nobody can say, and the sync says why', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    await world.control('DELETE', `/droplets/${id}`)
    const fault = {
      kind: 'error',
      status: 500,
      match: { path: `/v2/droplets/${id}` },
      times: 'always',
    }
    await world.control('POST', '/faults', fault)
    const sync = await world.sync()
    expect(sync).toMatchObject({ status: 'complete', absent: 1, deleted: 0 })
    expect(sync.error).toMatch(/1 of 1 absent could not be settled.*500/)
    expect(await marked()).toEqual([])
  })

  test('stays when it was made moments ago and only its own creation has shown it', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    const { db } = plane
    const raw = await world.client.droplets.get(Number(id))
    const seen = { accountId: world.account.id, kind: 'droplet', raw }
    await recordObservation(db, { ...seen, observedAt: new Date(Date.now() - 60_000) })
    await world.control('DELETE', `/droplets/${id}`)
    const sync = await world.sync()
    expect(sync).toMatchObject({
      absent: 1,
      deleted: 0,
      error: expect.stringMatching(/moments ago/),
    })
    expect(await marked()).toEqual([])
  })

  test('in numbers marks nothing, asks nobody, and waits for an operator’s word', async () => {
    const ids: string[] = []
    for (let i = 0; i < 12; i++) ids.push(await world.createDroplet({ name: `web-${i}` }))
    await world.sync()
    for (const id of ids.slice(0, 11)) await world.control('DELETE', `/droplets/${id}`)
    const withheld = await world.sync()
    expect(withheld).toMatchObject({ status: 'withheld', absent: 11, deleted: 0, seen: 1 })
    expect(withheld.error).toMatch(/11 of 12 droplets.*operator/)
    expect(await marked()).toEqual([])
    expect(await world.requests('GET', '/v2/droplets/*')).toEqual([])
    const allowed = await world.sync('droplet', { allowMassDeletion: true })
    expect(allowed).toMatchObject({ status: 'complete', absent: 11, deleted: 11 })
    expect(await marked()).toHaveLength(11)
  })
})

describe('what was marked deleted and is listed', () => {
  test('reappears when its own GET finds it', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    const key = { accountId: world.account.id, kind: 'droplet', externalId: id }
    const { observed_at } = await world.droplet(id)
    await recordDeletion(plane.db, { ...key, observedAt: observed_at })
    expect(await world.sync()).toMatchObject({ seen: 1, created: 0, changed: 1 })
    expect((await world.droplet(id)).deleted_at).toBeNull()
    expect(await world.events(id)).toEqual(['created', 'deleted', 'reappeared'])
  })

  test('stays deleted when the listing merely lingers', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    const { observed_at } = await world.droplet(id)
    const key = { accountId: world.account.id, kind: 'droplet', externalId: id }
    await recordDeletion(plane.db, { ...key, observedAt: observed_at })
    const gone = {
      kind: 'error',
      status: 404,
      match: { path: `/v2/droplets/${id}` },
      times: 'always',
    }
    await world.control('POST', '/faults', gone)
    expect(await world.sync()).toMatchObject({
      seen: 0,
      created: 0,
      changed: 0,
      status: 'complete',
    })
    expect((await world.droplet(id)).deleted_at).not.toBeNull()
    expect(await world.events(id)).toEqual(['created', 'deleted'])
  })
})

describe('whose account it is', () => {
  test('is remembered, and another team’s token marks nothing', async () => {
    const id = await world.createDroplet({ name: 'web-01' })
    await world.sync()
    const other = await simulatedCloud({ seed: { resources: 0, randomSeed: 2 } })
    world.use(other.client)
    await expect(world.sync()).rejects.toMatchObject({ code: 'other_team', retryable: false })
    await other.close()
    expect(await marked()).toEqual([])
    expect(await world.events(id)).toEqual(['created'])
    const [latest] = await latestSyncs(plane.db, world.account.id)
    expect(latest).toMatchObject({ status: 'failed', seen: 0 })
    expect(latest?.error).toMatch(/belongs to team .* and the account to team/)
  })
})

describe('fields that the token may not see', () => {
  test('are unobservable, keep what was seen of them, and cost no event', async () => {
    const id = await world.createDroplet({ name: 'web-01', tags: ['web'] })
    await world.sync()
    await world.useScopes(['account:read', 'droplet:read'])
    expect(await world.sync()).toMatchObject({ status: 'complete', changed: 0 })
    const hidden = await world.droplet(id)
    expect(hidden.unobservable).toEqual(['tags', 'volume_ids', 'vpc_uuid'])
    expect(hidden.tags).toEqual(['web'])
    expect(hidden.canonical).not.toHaveProperty('tags')
    world.use(world.client)
    await world.control('POST', '/tokens', { tokens: null })
    await world.sync()
    expect((await world.droplet(id)).unobservable).toEqual([])
    expect(await world.events(id)).toEqual(['created'])
  })

  test('a token that may not list fails the sync', async () => {
    await world.createDroplet({ name: 'web-01' })
    await world.sync()
    await world.useScopes(['account:read'])
    await expect(world.sync()).rejects.toMatchObject({ code: 'forbidden' })
    expect(await marked()).toEqual([])
  })
})

test('snapshots are a kind like any other', async () => {
  const id = Number(await world.createDroplet({ name: 'web-01' }))
  await world.client.dropletActions.snapshot(id, { name: 'before-the-move' })
  await world.control('POST', '/clock', { advance_ms: 3_600_000 })
  expect(await world.sync('snapshot')).toMatchObject({ status: 'complete', seen: 1, created: 1 })
  const { data } = await listResources(plane.db, { kind: 'snapshot', limit: 10 })
  expect(data).toMatchObject([
    {
      name: 'before-the-move',
      region: 'fra1',
      urn: null,
      size_slug: null,
      canonical: { resource_id: String(id), resource_type: 'droplet' },
    },
  ])
})
