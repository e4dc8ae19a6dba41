import type { Droplet } from '@arcadia-cloud/digitalocean'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findResource } from '../../inventory/index.ts'
import { provisionedSpec, putSpec } from '../specs/current.ts'
import { recordProvisioned } from '../specs/record.ts'
import { type Estate, estate, type Finished } from '../testing/estate.ts'

let world: Estate
beforeEach(async () => {
  world = await estate()
})
afterEach(() => world.close())

const live = (id: number): Promise<Droplet> => world.cloud.client.droplets.get(id)
const posted = async () => (await world.cloud.requests('POST', '/v2/droplets/*/actions')).length
const statuses = ({ steps }: Finished) => steps.map(({ name, status }) => `${name} ${status}`)

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

describe('resize_droplet', () => {
  it('switches off what runs, resizes, switches on again, and records the size alone', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    const { run: ended } = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(ended.status).toBe('completed')
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', status: 'active', disk: 25 })
    expect(await specOf(id)).toMatchObject({
      spec: { size_slug: 's-1vcpu-2gb' },
      specVersion: 1,
      source: 'saga',
      sagaId: ended.id,
    })
  })

  it('is rolled back when it is complete: size, power and what is asked for are as before', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    const { run: ended } = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    await world.engine.rollBack(ended.id, { actor: 'ann', reason: 'too dear' })
    const back = await world.until(ended.id, ({ run: now }) => now.status === 'rolled_back')
    expect(statuses(back).filter((line) => line.endsWith(' compensated'))).toHaveLength(8)
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-1gb', status: 'active' })
    expect(await specOf(id)).toBeUndefined()
  })

  it('is not rolled back past what was asked for since: that needs an operator', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    const { run: ended } = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    await run('rename_droplet', { droplet_id: id, name: 'web-2' })
    await world.engine.rollBack(ended.id)
    await world.until(ended.id, ({ run: now }) => now.status === 'parked')
    const { run: parked } = await world.engine.get(ended.id)
    expect(parked.parked).toMatchObject({ reason: 'undo_exhausted:record_provisioned' })
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', name: 'web-2' })
  })

  it('leaves what was off off', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb', status: 'off' })
    await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', status: 'off' })
    expect(await posted()).toBe(1)
  })

  it('does not interrupt a droplet that has the size', async () => {
    const id = await world.droplet({ size: 's-1vcpu-2gb' })
    const { run: ended } = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(ended.status).toBe('completed')
    expect(await posted()).toBe(0)
  })

  it('refuses a size that is none, or too small for the disk, before it switches anything off', async () => {
    const id = await world.droplet({ size: 's-2vcpu-2gb' })
    const unknown = await run('resize_droplet', { droplet_id: id, size_slug: 's-9vcpu' })
    expect(unknown.steps.at(-1)?.error?.message).toBe('there is no size "s-9vcpu"')
    const small = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-1gb' })
    expect(small.steps.at(-1)?.error?.message).toMatch('a disk never shrinks')
    expect(small.run.status).toBe('rolled_back')
    expect(await posted()).toBe(0)
    await expect(
      world.engine.startKind('resize_droplet', { droplet_id: id, size_slug: 'x', disk: true }),
    ).rejects.toThrow('resize_droplet_disk')
  })

  it('puts everything back when the resize errs', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    await world.fault({ kind: 'errored', match: { method: 'POST', body: { type: 'resize' } } })
    const found = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(found.run.status).toBe('rolled_back')
    expect(statuses(found)).toContain('shut_down_droplet compensated')
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-1gb', status: 'active' })
    expect(await specOf(id)).toBeUndefined()
  })

  it('takes the resize itself back when switching on errs', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    await world.fault({ kind: 'errored', match: { method: 'POST', body: { type: 'power_on' } } })
    const found = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(found.run.status).toBe('rolled_back')
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-1gb', status: 'active' })
  })

  it.each(['shutdown', 'resize', 'power_on'])(
    'does not repeat a %s whose answer was lost',
    async (type) => {
      const id = await world.droplet({ size: 's-1vcpu-1gb' })
      await world.fault({ kind: 'lost', match: { method: 'POST', body: { type } } })
      const { run: ended } = await run('resize_droplet', {
        droplet_id: id,
        size_slug: 's-1vcpu-2gb',
      })
      expect(ended.status).toBe('completed')
      expect(await posted()).toBe(3)
      expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', status: 'active' })
    },
  )

  it('pulls the plug when the operating system does not shut down', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    await world.fault({ kind: 'errored', match: { method: 'POST', body: { type: 'shutdown' } } })
    const found = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(found.run.status).toBe('completed')
    expect(found.run.context).toMatchObject({ shut_down: false, powered_off: true })
  })

  it('refuses what another tool owns, and touches nothing', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    const resourceId = await resourceOf(id)
    await recordProvisioned(world.db, {
      resourceId,
      spec: { name: 'known' },
      source: 'import',
      owner: 'terraform',
      ownerDetail: { lineage: 'x', address: 'digitalocean_droplet.web' },
    })
    const before = await posted()
    const found = await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(found.run.status).toBe('rolled_back')
    expect(found.steps.at(-1)?.error?.message).toMatch(
      'owned by Terraform (digitalocean_droplet.web)',
    )
    expect(await posted()).toBe(before)
    await expect(
      putSpec(world.db, { resourceId, spec: { name: 'mine' }, actor: 'ann' }),
    ).rejects.toThrow('is said by Terraform (digitalocean_droplet.web)')
  })

  it('parks rather than overwrite what somebody else made of it meanwhile', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    await world.fault({ kind: 'errored', match: { method: 'POST', body: { type: 'power_on' } } })
    const { id: runId } = await world.engine.startKind('resize_droplet', {
      droplet_id: id,
      size_slug: 's-1vcpu-2gb',
    })
    await world.until(runId, ({ steps }) =>
      steps.some(({ name, issuedAt }) => name === 'power_on_droplet' && issuedAt !== null),
    )
    await world.cloud.control('POST', `/droplets/${id}`, { size_slug: 'c-2', disk: 25 })
    const { run: ended } = await world.finish(runId)
    expect(ended).toMatchObject({
      status: 'parked',
      parked: { reason: 'undo_exhausted:resize_droplet' },
    })
    expect(await live(id)).toMatchObject({ size_slug: 'c-2' })
  })
})

describe('resize_droplet_disk', () => {
  it('grows the disk too, even where the size is the same already', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    await run('resize_droplet', { droplet_id: id, size_slug: 's-1vcpu-2gb' })
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', disk: 25 })
    const { run: ended } = await run('resize_droplet_disk', {
      droplet_id: id,
      size_slug: 's-1vcpu-2gb',
    })
    expect(ended.status).toBe('completed')
    expect(await live(id)).toMatchObject({ size_slug: 's-1vcpu-2gb', disk: 50, status: 'active' })
  })

  it('cannot be cancelled once the resize was asked for', async () => {
    const id = await world.droplet({ size: 's-1vcpu-1gb' })
    const { id: runId } = await world.engine.startKind('resize_droplet_disk', {
      droplet_id: id,
      size_slug: 's-1vcpu-2gb',
    })
    await world.until(runId, ({ steps }) =>
      steps.some(({ name, issuedAt }) => name === 'resize_droplet_disk' && issuedAt !== null),
    )
    await world.engine.cancel(runId).catch(() => undefined)
    expect((await world.finish(runId)).run.status).toBe('completed')
  })
})

describe('rename_droplet', () => {
  it('renames, and keeps the rest of what is asked for', async () => {
    const id = await world.droplet({ name: 'web-1' })
    const resourceId = await resourceOf(id)
    await putSpec(world.db, { resourceId, spec: { name: 'known', region: 'fra1' }, actor: 'ann' })
    await run('rename_droplet', { droplet_id: id, name: 'web-2' })
    expect(await live(id)).toMatchObject({ name: 'web-2' })
    expect(await specOf(id)).toMatchObject({
      spec: { name: 'web-2', region: 'fra1' },
      specVersion: 3,
    })
  })

  it('gives the old name back when cancelled', async () => {
    const id = await world.droplet({ name: 'web-1' })
    const { id: runId } = await world.engine.startKind('rename_droplet', {
      droplet_id: id,
      name: 'web-2',
    })
    await world.until(runId, ({ steps }) => steps[1]?.issuedAt != null)
    await world.engine.cancel(runId)
    expect((await world.finish(runId)).run.status).toBe('rolled_back')
    expect(await live(id)).toMatchObject({ name: 'web-1' })
  })

  it('refuses a name that no host can have', async () => {
    await expect(
      world.engine.startKind('rename_droplet', { droplet_id: 7, name: 'my droplet' }),
    ).rejects.toThrow('name')
  })
})
