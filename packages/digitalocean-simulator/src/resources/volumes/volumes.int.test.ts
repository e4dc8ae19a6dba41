import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

const plan = { name: 'data', region: 'fra1', size_gigabytes: 100 }
const oneVolume = z.object({
  volume: z.looseObject({ id: z.string(), droplet_ids: z.array(z.number()) }),
})
const oneSnapshot = z.object({ snapshot: z.looseObject({ id: z.string() }) })

async function make(api: SimulatedApi, changes: object = {}): Promise<string> {
  const { body } = await api.call('POST', '/v2/volumes', { ...plan, ...changes })
  return oneVolume.parse(body).volume.id
}

async function volume(api: SimulatedApi, id: string) {
  return (await api.read(oneVolume, `/v2/volumes/${id}`)).volume
}

function act(api: SimulatedApi, id: string, order: object) {
  return api.call('POST', `/v2/volumes/${id}/actions`, order)
}

test('a volume is made at once, and found by its name and region', async () => {
  await using api = await SimulatedApi.start()
  // The official Go client sends empty text and null for what was left out.
  const answer = await api.call('POST', '/v2/volumes', {
    ...plan,
    description: 'd',
    snapshot_id: '',
    filesystem_type: 'ext4',
    filesystem_label: 'data',
    tags: null,
  })
  expect(answer).toMatchObject({
    status: 201,
    body: {
      volume: {
        name: 'data',
        description: 'd',
        region: { slug: 'fra1' },
        size_gigabytes: 100,
        droplet_ids: [],
        filesystem_type: 'ext4',
        filesystem_label: 'data',
        tags: [],
        created_at: '2026-01-15T12:00:00Z',
      },
    },
  })
  const { volume: made } = oneVolume.parse(answer.body)
  await make(api, { region: 'ams3' })
  await make(api, { name: 'other' })
  expect(await api.call('GET', `/v2/volumes/${made.id}`)).toMatchObject({ body: answer.body })
  expect(await api.call('GET', '/v2/volumes?name=data')).toMatchObject({
    body: { meta: { total: 2 } },
  })
  expect(await api.call('GET', '/v2/volumes?name=data&region=fra1')).toMatchObject({
    body: { volumes: [{ id: made.id }], meta: { total: 1 } },
  })
  expect(await api.status('DELETE', '/v2/volumes?name=data&region=fra1')).toBe(204)
  expect(await api.status('DELETE', '/v2/volumes?name=data&region=fra1')).toBe(404)
  expect(await api.status('DELETE', `/v2/volumes/${made.id}`)).toBe(404)
  expect(await api.call('GET', '/v2/volumes')).toMatchObject({ body: { meta: { total: 2 } } })
})

const badName =
  'failed to create volume: invalid volume name. names must be lowercase and alphanumeric'

test.each([
  [{ name: 'Data' }, 422, badName],
  [{ name: '1st' }, 422, badName],
  [{ name: 'x'.repeat(65) }, 422, badName],
  [{ region: 'ams2' }, 422, 'failed to create volume: invalid region'],
  [{ size_gigabytes: 0 }, 422, 'size must be between 1 and 16384'],
  [{ size_gigabytes: 16_385 }, 422, 'size must be between 1 and 16384'],
  [{ filesystem_type: 'zfs' }, 422, 'must be ext4 or xfs'],
  [{ filesystem_type: 'xfs', filesystem_label: 'x'.repeat(13) }, 422, 'at most 12 characters'],
  [{ snapshot_id: 'none' }, 404, 'could not be found'],
  [{ name: 'taken' }, 409, 'already exists'],
])('a volume with %j is refused', async (changes, status, message) => {
  await using api = await SimulatedApi.start()
  await make(api, { name: 'taken' })
  expect(await api.call('POST', '/v2/volumes', { ...plan, ...changes })).toMatchObject({
    status,
    body: { message: expect.stringContaining(message) },
  })
})

test('a volume is attached, and detached, by actions that keep volume and droplet busy', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await make(api)
  const begun = await act(api, id, { type: 'attach', droplet_id: droplet, tags: ['db'] })
  expect(begun).toMatchObject({
    status: 202,
    body: {
      action: {
        type: 'attach_volume',
        status: 'in-progress',
        resource_id: null,
        resource_type: 'volume',
        region_slug: 'fra1',
      },
    },
  })
  const { action } = bodies.action.parse(begun.body)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [], tags: ['db'] })
  expect(await api.act(droplet, { type: 'reboot' })).toMatchObject({
    status: 422,
    body: { message: 'Droplet already has a pending event.' },
  })
  expect(await act(api, id, { type: 'resize', size_gigabytes: 200 })).toMatchObject({ status: 422 })
  api.clock.advance(10 * second)
  expect(await api.action(action.id)).toMatchObject({ status: 'completed' })
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [droplet] })
  expect(await api.droplet(droplet)).toMatchObject({ volume_ids: [id], locked: false })
  expect(await act(api, id, { type: 'attach', droplet_id: droplet })).toMatchObject({
    status: 422,
    body: { message: 'This volume is already attached' },
  })
  expect(await act(api, id, { type: 'detach', droplet_id: 1 })).toMatchObject({
    status: 422,
    body: { message: 'Attachment not found' },
  })
  // Some clients send the id as text.
  expect(await act(api, id, { type: 'detach', droplet_id: String(droplet) })).toMatchObject({
    status: 202,
  })
  api.clock.advance(10 * second)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [] })
  const listed = await api.read(bodies.actions, `/v2/volumes/${id}/actions`)
  expect(listed.actions.map(({ type }) => type)).toEqual(['detach_volume', 'attach_volume'])
  expect(await api.status('GET', `/v2/volumes/${id}/actions/${action.id}`)).toBe(200)
  expect(await api.status('GET', `/v2/droplets/${droplet}/actions/${action.id}`)).toBe(404)
})

test('a volume is acted upon by its name', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await make(api)
  await make(api, { region: 'ams3' })
  const order = { type: 'attach', volume_name: 'data', droplet_id: droplet }
  expect(await api.status('POST', '/v2/volumes/actions', order)).toBe(404)
  expect(await api.status('POST', '/v2/volumes/actions', { ...order, region: 'ams3' })).toBe(422)
  expect(await api.status('POST', '/v2/volumes/actions', { ...order, region: 'fra1' })).toBe(202)
  api.clock.advance(10 * second)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [droplet] })
})

test('a volume grows, and never shrinks', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api)
  expect(await act(api, id, { type: 'resize', size_gigabytes: 100 })).toMatchObject({ status: 422 })
  const tooLarge = { type: 'resize', size_gigabytes: 16_385 }
  expect(await act(api, id, tooLarge)).toMatchObject({ status: 422 })
  const grown = { type: 'resize', size_gigabytes: 200, region: 'fra1' }
  expect(await act(api, id, grown)).toMatchObject({ status: 202 })
  api.clock.advance(minute)
  expect(await volume(api, id)).toMatchObject({ size_gigabytes: 200 })
})

test('a droplet takes volumes of its region, and fifteen of them', async () => {
  await using api = await SimulatedApi.start()
  const far = await make(api, { region: 'ams3', name: 'far' })
  const ids: string[] = []
  for (let index = 0; index < 16; index++) ids.push(await make(api, { name: `data-${index}` }))
  const volumes = ids.slice(0, 15)
  const refused = { status: 422, body: { message: expect.stringContaining('invalid volume') } }
  const base = { region: 'fra1', size: 's-1vcpu-2gb', image: 'debian-13-x64' }
  for (const plan of [
    { name: 'a', volumes: ids },
    { name: 'a', volumes: [far] },
    { name: 'a', volumes: ['none'] },
    { names: ['a', 'b'], volumes },
  ]) {
    expect(await api.call('POST', '/v2/droplets', { ...base, ...plan })).toMatchObject(refused)
  }
  const droplet = await api.active({ volumes })
  expect(await api.droplet(droplet)).toMatchObject({ volume_ids: volumes })
  expect(await api.call('POST', '/v2/droplets', { ...base, name: 'b', volumes })).toMatchObject(
    refused,
  )
  expect(await act(api, ids[15] ?? '', { type: 'attach', droplet_id: droplet })).toMatchObject({
    status: 422,
    body: { message: 'cannot attach more volumes to the Droplet' },
  })
  expect(await act(api, far, { type: 'attach', droplet_id: droplet })).toMatchObject({
    status: 422,
  })
})

test('a size may come as text', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api, { size_gigabytes: '20' })
  expect(await volume(api, id)).toMatchObject({ size_gigabytes: 20 })
})

test('a droplet is made with volumes as the official Go client names them', async () => {
  await using api = await SimulatedApi.start()
  const byId = await make(api)
  const byName = await make(api, { name: 'logs' })
  const far = await make(api, { name: 'far', region: 'ams3' })
  const droplet = await api.active({ volumes: [{ id: byId }, { name: 'logs' }] })
  expect(await api.droplet(droplet)).toMatchObject({ volume_ids: [byId, byName] })
  const base = { name: 'b', region: 'fra1', size: 's-1vcpu-2gb', image: 'debian-13-x64' }
  for (const key of [{ name: 'far' }, { id: far }, { id: 'none' }, { id: byId }]) {
    expect(await api.status('POST', '/v2/droplets', { ...base, volumes: [key] })).toBe(422)
  }
})

test('an attached volume cannot be deleted, nor for some seconds after its droplet was', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api)
  const droplet = await api.active({ volumes: [id] })
  const conflict = {
    status: 409,
    body: {
      id: 'conflict',
      message:
        "A volume that's attached to a Droplet cannot be deleted. Please detach it first before deleting.",
    },
  }
  expect(await api.call('DELETE', `/v2/volumes/${id}`)).toMatchObject(conflict)
  expect(await api.status('DELETE', `/v2/droplets/${droplet}`)).toBe(204)
  expect(await api.call('DELETE', `/v2/volumes/${id}`)).toMatchObject(conflict)
  api.clock.advance(10 * second)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [] })
  expect(await api.status('DELETE', `/v2/volumes/${id}`)).toBe(204)
})

test('a droplet that goes in the middle of an attachment leaves the volume free', async () => {
  await using api = await SimulatedApi.start()
  const id = await make(api)
  const droplet = await api.active()
  const begun = await act(api, id, { type: 'attach', droplet_id: droplet })
  expect(await api.status('DELETE', `/_simulator/droplets/${droplet}`)).toBe(204)
  api.clock.advance(10 * second)
  const { action } = bodies.action.parse(begun.body)
  expect(await api.action(action.id)).toMatchObject({ status: 'errored' })
  expect(await api.status('DELETE', `/v2/volumes/${id}`)).toBe(204)
})

test('a snapshot of a volume is there at once, among those of droplets, and makes volumes', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  await api.done(droplet, { type: 'snapshot', name: 'of-droplet' })
  const id = await make(api, { filesystem_type: 'ext4' })
  const order = { name: 'of-volume', tags: ['keep'] }
  const made = await api.call('POST', `/v2/volumes/${id}/snapshots`, order)
  expect(made).toMatchObject({
    status: 201,
    body: {
      snapshot: {
        name: 'of-volume',
        resource_id: id,
        resource_type: 'volume',
        regions: ['fra1'],
        min_disk_size: 100,
        tags: ['keep'],
      },
    },
  })
  const { snapshot } = oneSnapshot.parse(made.body)
  expect(await api.status('POST', `/v2/volumes/${id}/snapshots`, order)).toBe(409)
  for (const path of [`/v2/snapshots/${snapshot.id}`, `/v2/volumes/snapshots/${snapshot.id}`]) {
    expect(await api.call('GET', path)).toMatchObject({ body: made.body })
  }
  const names = async (path: string) =>
    (await api.read(bodies.snapshots, path)).snapshots.map(({ name }) => name)
  expect(await names('/v2/snapshots')).toEqual(['of-droplet', 'of-volume'])
  expect(await names('/v2/snapshots?resource_type=volume')).toEqual(['of-volume'])
  expect(await names('/v2/snapshots?resource_type=droplet')).toEqual(['of-droplet'])
  expect(await names(`/v2/volumes/${id}/snapshots`)).toEqual(['of-volume'])
  await api.call('DELETE', `/v2/volumes/${id}`)
  const copy = { name: 'copy', snapshot_id: snapshot.id }
  expect(await api.call('POST', '/v2/volumes', copy)).toMatchObject({
    status: 201,
    body: { volume: { size_gigabytes: 100, region: { slug: 'fra1' }, filesystem_type: 'ext4' } },
  })
  const wrong = { ...copy, name: 'wrong' }
  expect(await api.status('POST', '/v2/volumes', { ...wrong, size_gigabytes: 50 })).toBe(422)
  expect(await api.status('POST', '/v2/volumes', { ...wrong, region: 'ams3' })).toBe(422)
  expect(await api.status('DELETE', `/v2/snapshots/${snapshot.id}`)).toBe(204)
  expect(await api.status('DELETE', `/v2/volumes/snapshots/${snapshot.id}`)).toBe(404)
  expect(await names('/v2/snapshots')).toEqual(['of-droplet'])
})

test('a deleted snapshot of a volume lingers in listings', async () => {
  await using api = await SimulatedApi.start({ lagMs: { deleted: 20_000 } })
  const id = await make(api)
  const { body } = await api.call('POST', `/v2/volumes/${id}/snapshots`, { name: 's' })
  const { snapshot } = oneSnapshot.parse(body)
  expect(await api.status('DELETE', `/v2/snapshots/${snapshot.id}`)).toBe(204)
  expect(await api.status('GET', `/v2/snapshots/${snapshot.id}`)).toBe(404)
  expect(await api.call('GET', '/v2/snapshots')).toMatchObject({ body: { meta: { total: 1 } } })
  api.clock.advance(20 * second)
  expect(await api.call('GET', '/v2/snapshots')).toMatchObject({ body: { meta: { total: 0 } } })
})

test('an action of a volume can be stuck, errored, and ended by hand', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await make(api)
  await api.fault({ kind: 'errored', match: { path: '/v2/volumes/*/actions' } })
  await act(api, id, { type: 'attach', droplet_id: droplet })
  api.clock.advance(10 * second)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [] })
  const fault = await api.fault({ kind: 'stuck', match: { path: '/v2/volumes/*/actions' } })
  await act(api, id, { type: 'attach', droplet_id: droplet })
  api.clock.advance(minute)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [] })
  expect(await api.status('POST', `/_simulator/faults/${fault}/release`, {})).toBe(200)
  expect(await volume(api, id)).toMatchObject({ droplet_ids: [droplet] })
})
