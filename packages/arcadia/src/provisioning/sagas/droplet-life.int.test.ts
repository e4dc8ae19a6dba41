import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findResource } from '../../inventory/index.ts'
import { provisionedSpec } from '../specs/current.ts'
import { type Estate, estate, type Finished } from '../testing/estate.ts'

let world: Estate
beforeEach(async () => {
  world = await estate()
})
afterEach(() => world.close())

async function run(kind: string, input: object): Promise<Finished> {
  const { id } = await world.engine.startKind(kind, input)
  return world.finish(id)
}

async function specOf(dropletId: number) {
  const key = { accountId: world.account.id, kind: 'droplet', externalId: String(dropletId) }
  const resource = await findResource(world.db, key)
  return resource === undefined ? undefined : provisionedSpec(world.db, resource.id)
}

/** The droplet in the inventory, put there by a rename. */
async function resourceOf(dropletId: number): Promise<string> {
  await run('rename_droplet', { droplet_id: dropletId, name: 'known' })
  const found = await specOf(dropletId)
  if (found === undefined) throw new Error('not recorded')
  return found.resourceId
}

describe('create_droplet', () => {
  const order = {
    name: 'web-9',
    region: 'fra1',
    size_slug: 's-1vcpu-1gb',
    image: 'debian-13-x64',
    tags: ['web'],
  }
  const state = () => world.cloud.control('GET', '/state')
  const droplets = () => world.cloud.client.droplets.pages()
  const all = async () => {
    for await (const { items } of droplets()) return items
    return []
  }

  it('makes one, running, with the tags asked for and no other, and records what was asked', async () => {
    const { run: ended } = await run('create_droplet', order)
    expect(ended.status).toBe('completed')
    const [made, ...others] = await all()
    expect(others).toEqual([])
    expect(made).toMatchObject({ name: 'web-9', status: 'active', tags: ['web'] })
    expect(await state()).toMatchObject({ droplets: 1, tags: 1 })
    expect(await specOf(made?.id ?? 0)).toMatchObject({
      spec: {
        name: 'web-9',
        region: 'fra1',
        size_slug: 's-1vcpu-1gb',
        tags: ['web'],
        backups: false,
        ipv6: false,
        monitoring: false,
        power: 'on',
      },
      source: 'saga',
    })
  })

  it('finds the one it made when the answer is lost, and makes no second', async () => {
    await world.fault({ kind: 'lost', match: { method: 'POST', path: '/v2/droplets' } })
    expect((await run('create_droplet', order)).run.status).toBe('completed')
    expect(await world.cloud.requests('POST', '/v2/droplets')).toHaveLength(1)
    expect(await state()).toMatchObject({ droplets: 1, tags: 1 })
  })

  it('takes back one that was made so short a time ago that the cloud does not know it yet', async () => {
    const lagging = await estate({ simulator: { lagMs: { read: 20_000, list: 20_000 } } })
    try {
      const { id } = await lagging.engine.startKind('create_droplet', order)
      await lagging.until(id, ({ steps }) => steps[0]?.status === 'waiting')
      await lagging.engine.cancel(id)
      expect((await lagging.finish(id)).run.status).toBe('rolled_back')
      lagging.advance(60_000)
      expect(await lagging.cloud.control('GET', '/state')).toMatchObject({ droplets: 0 })
    } finally {
      await lagging.close()
    }
  })

  it('leaves neither a droplet nor its tag behind when it fails', async () => {
    const { id } = await world.engine.startAdHoc(
      [{ name: 'create_droplet' }, { name: 'fail' }],
      order,
    )
    expect((await world.finish(id)).run.status).toBe('rolled_back')
    world.advance(60_000)
    // "web" was there to be asked for; the run's own tag is not.
    expect(await state()).toMatchObject({ droplets: 0, tags: 1 })
  })

  it('leaves nothing when the answer is lost and the run is cancelled', async () => {
    await world.fault({ kind: 'lost', match: { method: 'POST', path: '/v2/droplets' } })
    await world.fault({
      kind: 'error',
      status: 503,
      match: { method: 'GET', path: '/v2/droplets' },
    })
    const { id } = await world.engine.startKind('create_droplet', order)
    await world.until(id, ({ steps }) => steps[0]?.status === 'unknown')
    await world.engine.cancel(id)
    expect((await world.finish(id)).run.status).toBe('rolled_back')
    world.advance(60_000)
    expect(await state()).toMatchObject({ droplets: 0, tags: 1 })
  })
})

describe('a second droplet under the tag of a run', () => {
  const order = {
    name: 'web-9',
    region: 'fra1',
    size_slug: 's-1vcpu-1gb',
    image: 'debian-13-x64',
  }
  const state = () => world.cloud.control('GET', '/state')

  it('is taken back with the first, whichever of them the run knows', async () => {
    const plan = [{ name: 'create_droplet' }, { name: 'fail' }]
    const { id } = await world.engine.startAdHoc(plan, order)
    await world.until(id, ({ steps }) => steps[0]?.issuedAt != null)
    await world.droplet({ ...order, tags: [`arcadia-run-${id.slice(-8)}-0`] })
    expect((await world.finish(id)).run.status).toBe('rolled_back')
    world.advance(60_000)
    expect(await state()).toMatchObject({ droplets: 0, tags: 0 })
  })

  it('takes the order back before the tag goes, by which alone it can be told', async () => {
    const { id } = await world.engine.startKind('create_droplet', order)
    await world.until(id, ({ steps }) => steps[0]?.issuedAt != null)
    await world.droplet({ ...order, tags: [`arcadia-run-${id.slice(-8)}-0`] })
    const { run: ended, steps } = await world.finish(id)
    expect(ended).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:remove_run_tag' },
    })
    expect(steps[1]?.error?.message).toMatch(/^the droplets \d+, \d+ all came of this one order/)
    world.advance(60_000)
    expect(await state()).toMatchObject({ droplets: 0, tags: 0 })
  })
})

describe('delete_droplet', () => {
  it('deletes it, keeps a snapshot where one is asked for, and asks nothing of it any more', async () => {
    const id = await world.droplet()
    const resourceId = await resourceOf(id)
    const { run: ended } = await run('delete_droplet', { droplet_id: id, snapshot: true })
    expect(ended.status).toBe('completed')
    world.advance(60_000)
    expect(await world.cloud.control('GET', '/state')).toMatchObject({ droplets: 0, snapshots: 1 })
    expect(await provisionedSpec(world.db, resourceId)).toBeUndefined()
    const { rows } = await world.pool.query(
      `select deleted_at is not null as deleted,
        (select count(*)::int from arcadia.cloud_provisioned_versions v where v.resource_id = r.id)
          as versions
      from arcadia.cloud_resources r where r.id = $1`,
      [resourceId],
    )
    expect(rows).toEqual([{ deleted: true, versions: 1 }])
  })

  it('takes no snapshot unasked', async () => {
    const id = await world.droplet()
    const { steps } = await run('delete_droplet', { droplet_id: id })
    // It completes, so that its name and its output have to say that there is no backup.
    expect(steps.find(({ name }) => name === 'snapshot_if_asked')).toMatchObject({
      status: 'completed',
      output: { snapshot_asked_for: false, snapshot_id: null },
    })
    expect(await world.cloud.control('GET', '/state')).toMatchObject({ droplets: 0, snapshots: 0 })
  })

  it('deletes nothing when the snapshot cannot be had', async () => {
    const id = await world.droplet()
    await world.fault({ kind: 'errored', match: { method: 'POST', body: { type: 'snapshot' } } })
    const found = await run('delete_droplet', { droplet_id: id, snapshot: true })
    expect(found.run.status).toBe('rolled_back')
    expect(await world.cloud.client.droplets.get(id)).toMatchObject({ id })
    expect(await world.cloud.requests('DELETE', '/v2/droplets/*')).toEqual([])
  })

  it('deletes once, though the answer is lost', async () => {
    const id = await world.droplet()
    await world.fault({ kind: 'lost', match: { method: 'DELETE', path: '/v2/droplets/*' } })
    expect((await run('delete_droplet', { droplet_id: id })).run.status).toBe('completed')
    expect(await world.cloud.control('GET', '/state')).toMatchObject({ droplets: 0 })
  })
})
