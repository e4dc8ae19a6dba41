import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findResource, recordDeletion } from '../inventory/index.ts'
import { baseline, forgetProvisioned, provisionedSpec } from '../provisioning/index.ts'
import { listDrift } from './listing.ts'
import { type DriftWorld, driftWorld } from './testing/drift-world.ts'

let world: DriftWorld
beforeEach(async () => {
  world = await driftWorld()
})
afterEach(() => world.close())

const fields = async () => (await world.waiting()).map(({ field }) => field)
const gets = async () => (await world.cloud.requests('GET', '/v2/droplets/*')).length
const query = async (text: string, values: unknown[] = []) =>
  (await world.control.pool.query<Record<string, unknown>>(text, values)).rows

describe('the proof', () => {
  it('flags the wrong size alone, accepts it, and finds nothing any more', async () => {
    const { resourceId } = await world.droplet({ size: 's-1vcpu-1gb', region: 'fra1' })
    await world.ask(resourceId, { size_slug: 's-2vcpu-4gb', region: 'fra1' })
    expect(await world.sweep()).toMatchObject({ opened: 1, differing: 1, confirmed: 1 })
    const [drift, ...others] = await world.waiting()
    expect(others).toEqual([])
    expect(drift).toMatchObject({
      type: 'field',
      field: 'size_slug',
      expected: 's-2vcpu-4gb',
      actual: 's-1vcpu-1gb',
      status: 'open',
      severity: 'high',
      spec_version: 1,
      flaps: 0,
    })
    await world.accept({ id: drift?.id ?? '', specVersion: 1, actual: 's-1vcpu-1gb' })
    expect(await provisionedSpec(world.db, resourceId)).toMatchObject({
      spec: { size_slug: 's-1vcpu-1gb', region: 'fra1' },
      specVersion: 2,
      source: 'accept',
    })
    expect(await world.sweep()).toMatchObject({ opened: 0, differing: 0 })
    expect(await world.waiting()).toEqual([])
    expect(await world.eventsOf(resourceId)).toEqual([
      'provisioned',
      'drift_detected',
      'provisioned',
      'drift_resolved',
    ])
  })
})

describe('a sweep', () => {
  it('finds nothing in an estate that is as its baseline', async () => {
    for (const name of ['web-1', 'web-2', 'db-1']) {
      await world.droplet({ name, tags: ['A', 'b'], ipv6: true })
    }
    await baseline(world, { actor: 'ann' })
    expect(await world.sweep()).toEqual({
      opened: 0,
      reviewed: 0,
      stale: 0,
      differing: 0,
      confirmed: 0,
      locked: 0,
      unread: 0,
    })
  })

  it('calls a difference fixed elsewhere, and counts it when it comes back', async () => {
    const { id, resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'web-1' })
    await world.change(id, { name: 'web-2' })
    await world.observe(id)
    expect(await world.sweep()).toMatchObject({ opened: 1 })
    await world.change(id, { name: 'web-1' })
    await world.observe(id)
    expect(await world.sweep()).toMatchObject({ opened: 0, stale: 1 })
    const { data } = await listDrift(world.db, { status: 'stale', limit: 10 })
    expect(data[0]).toMatchObject({ status: 'stale', resolved_by: 'sweep' })
    await world.change(id, { name: 'web-3' })
    await world.observe(id)
    await world.sweep()
    expect(await world.waiting()).toMatchObject([{ actual: 'web-3', flaps: 1 }])
    expect(await world.eventsOf(resourceId)).toEqual([
      'provisioned',
      'drift_detected',
      'drift_resolved',
      'drift_detected',
    ])
  })

  it('is repeated without another row, event or request', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    await world.sweep()
    const asked = await gets()
    expect(await world.sweep()).toMatchObject({ opened: 0, differing: 1, confirmed: 0 })
    expect(await gets()).toBe(asked)
    await world.change(id, { name: 'web-2' })
    await world.observe(id)
    await world.sweep()
    expect(await world.waiting()).toMatchObject([{ actual: 'web-2' }])
    expect(await world.eventsOf(resourceId)).toEqual(['provisioned', 'drift_detected'])
  })

  it('opens nothing that its own reading does not confirm', async () => {
    const { id, resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'web-2' })
    await world.change(id, { name: 'web-2' })
    expect(await world.sweep()).toMatchObject({ opened: 0, confirmed: 1, differing: 0 })
    const key = { accountId: world.account.id, kind: 'droplet', externalId: String(id) }
    expect(await findResource(world.db, key)).toMatchObject({ name: 'web-2' })
  })

  it('opens nothing on an error: it says nothing of the resource', async () => {
    const { resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    await world.cloud.control('POST', '/faults', {
      kind: 'error',
      status: 500,
      match: { method: 'GET', path: '/v2/droplets/*' },
      times: 'always',
    })
    expect(await world.sweep()).toMatchObject({ opened: 0, unread: 1 })
    await world.cloud.control('DELETE', '/faults')
    expect(await world.sweep()).toMatchObject({ opened: 1, unread: 0 })
  })

  it('never calls a field different that the token cannot see', async () => {
    const { id, resourceId } = await world.droplet({ tags: ['web'] })
    await world.ask(resourceId, { tags: ['web'], name: 'web-1' })
    await world.cloud.control('POST', '/tokens', {
      tokens: [{ token: 'token', scopes: ['droplet:read'] }],
    })
    await world.change(id, { tags: [], name: 'web-2' })
    await world.observe(id)
    await world.sweep()
    expect(await fields()).toEqual(['name'])
  })

  it('compares what no kind describes by its name in the answer', async () => {
    const { resourceId } = await world.droplet()
    await world.ask(resourceId, { unheard_of: [1, { a: true }] })
    await world.sweep()
    expect(await world.waiting()).toMatchObject([
      { field: 'unheard_of', expected: [1, { a: true }], actual: null, severity: 'medium' },
    ])
  })

  it('closes what is not asked for any more, and what is gone as a whole', async () => {
    const one = await world.droplet({ name: 'web-1' })
    const two = await world.droplet({ name: 'web-2' })
    await world.ask(one.resourceId, { name: 'x' })
    await world.ask(two.resourceId, { name: 'y', region: 'ams3' })
    expect(await world.sweep()).toMatchObject({ opened: 3 })
    await forgetProvisioned(world.db, one.resourceId)
    await world.ask(two.resourceId, { region: 'ams3' })
    expect(await world.sweep()).toMatchObject({ stale: 2 })
    expect(await fields()).toEqual(['region'])
  })
})

describe('what is missing', () => {
  const recordGone = async (id: number) =>
    recordDeletion(world.db, {
      accountId: world.account.id,
      kind: 'droplet',
      externalId: String(id),
      observedAt: await world.moment(),
    })
  const remove = async (id: number) => {
    await world.cloud.control('DELETE', `/droplets/${id}`)
    await recordGone(id)
  }

  it('is one row, not one a field, and takes the place of the others', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other', region: 'ams3' })
    expect(await world.sweep()).toMatchObject({ opened: 2 })
    await remove(id)
    expect(await world.sweep()).toMatchObject({ opened: 1, stale: 2 })
    expect(await world.waiting()).toMatchObject([
      { type: 'missing', field: '', severity: 'critical', actual: null },
    ])
    expect(await world.sweep()).toMatchObject({ opened: 0, stale: 0, unread: 0 })
  })

  it('is found by the confirming read itself', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'other' })
    await world.cloud.control('DELETE', `/droplets/${id}`)
    // A 404 so soon after it was made could be the lag of a create.
    await query(
      `update arcadia.cloud_resources set attrs = jsonb_set(attrs, '{created_at}', '"2020-01-01T00:00:00Z"')`,
    )
    await world.sweep()
    expect(await world.waiting()).toMatchObject([{ type: 'missing' }])
  })

  it('is stale when the resource is there again', async () => {
    const { id, resourceId } = await world.droplet()
    await world.ask(resourceId, { name: 'web-1' })
    await recordGone(id)
    expect(await world.sweep()).toMatchObject({ opened: 1 })
    await world.observe(id)
    expect(await world.sweep()).toMatchObject({ stale: 1 })
  })
})

describe('another canoniser', () => {
  const outdate = (table: string) =>
    query(`update arcadia.${table} set canonical_version = 0, canonical = '{"name": "?"}'`)

  it('opens what it newly finds as review, and closes what it does not find any more', async () => {
    const { resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'web-1', region: 'ams3' })
    await outdate('cloud_provisioned')
    expect(await world.sweep()).toMatchObject({ opened: 0, reviewed: 1 })
    expect(await world.waiting()).toMatchObject([{ field: 'region', status: 'review' }])
    const [spec] = await query(
      'select canonical, canonical_version, spec_version from arcadia.cloud_provisioned',
    )
    expect(spec).toMatchObject({ canonical: { name: 'web-1', region: 'ams3' }, spec_version: 1 })
    expect(spec?.['canonical_version']).not.toBe(0)
    expect(await world.sweep()).toMatchObject({ opened: 0, reviewed: 0, stale: 0 })
  })

  it('reads the other side anew where that is the older one', async () => {
    const { resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'web-1' })
    await outdate('cloud_resources')
    expect(await world.sweep()).toMatchObject({ opened: 0, reviewed: 0, differing: 0 })
  })

  it('wakes somebody when what is under review changes after all', async () => {
    const { id, resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'x' })
    await outdate('cloud_provisioned')
    await world.sweep()
    await world.change(id, { name: 'web-2' })
    await world.observe(id)
    await world.sweep()
    expect(await world.waiting()).toMatchObject([{ actual: 'web-2', status: 'open' }])
  })
})

describe('at the same time', () => {
  it('two sweeps open one row a difference, with one event', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      const { resourceId } = await world.droplet({ name })
      await world.ask(resourceId, { name: 'x', region: 'ams3' })
    }
    const summaries = await Promise.all([world.sweep(), world.sweep(), world.sweep()])
    expect(summaries.reduce((sum, { opened }) => sum + opened, 0)).toBe(8)
    expect(await world.waiting()).toHaveLength(8)
    const events = await query(
      `select 1 from arcadia.cloud_resource_events where type = 'drift_detected'`,
    )
    expect(events).toHaveLength(8)
  })

  it('an accept is never contradicted by a sweep that had read before it', async () => {
    const { resourceId } = await world.droplet({ name: 'web-1' })
    await world.ask(resourceId, { name: 'x', region: 'ams3' })
    await world.sweep()
    for (const drift of await world.waiting()) {
      await Promise.all([world.accept({ id: drift.id }), world.sweep(), world.sweep()])
    }
    await world.sweep()
    expect(await world.waiting()).toEqual([])
    const { data } = await listDrift(world.db, { status: 'accepted', limit: 10 })
    expect(data).toHaveLength(2)
    const all = await query('select status from arcadia.cloud_drift')
    expect(all).toHaveLength(2)
  })
})
