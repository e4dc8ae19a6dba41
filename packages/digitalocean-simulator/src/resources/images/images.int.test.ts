import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

const order = {
  name: 'golden',
  url: 'https://example.com/golden.qcow2',
  region: 'fra1',
  distribution: 'Debian',
}
const image = z.looseObject({ id: z.number(), status: z.string(), regions: z.array(z.string()) })
const oneImage = z.object({ image })
const images = z.object({ images: z.array(z.looseObject({ id: z.number() })) })

async function importOne(api: SimulatedApi, changes: object = {}): Promise<number> {
  const { body } = await api.call('POST', '/v2/images', { ...order, ...changes })
  return oneImage.parse(body).image.id
}

async function show(api: SimulatedApi, id: number) {
  return (await api.read(oneImage, `/v2/images/${id}`)).image
}

async function ids(api: SimulatedApi, query: string) {
  const listed = await api.read(images, `/v2/images?per_page=200&${query}`)
  return listed.images.map(({ id }) => id)
}

/** A droplet's snapshot. */
async function snapshotOf(api: SimulatedApi, droplet: number): Promise<number> {
  await api.done(droplet, { type: 'snapshot', name: 's' })
  return (await api.droplet(droplet)).snapshot_ids?.[0] ?? 0
}

test('an imported image is new, then pending, then available in its region', async () => {
  await using api = await SimulatedApi.start()
  const answer = await api.call('POST', '/v2/images', {
    ...order,
    tags: ['base'],
    description: 'd',
  })
  expect(answer).toMatchObject({
    status: 202,
    body: {
      image: {
        name: 'golden',
        type: 'custom',
        slug: null,
        public: false,
        distribution: 'Debian',
        description: 'd',
        regions: [],
        min_disk_size: null,
        size_gigabytes: null,
        status: 'NEW',
        error_message: '',
        tags: ['base'],
      },
    },
  })
  const { id } = oneImage.parse(answer.body).image
  const droplet = { name: 'web-01', region: 'fra1', size: 's-1vcpu-2gb', image: id }
  expect(await api.status('POST', '/v2/droplets', droplet)).toBe(422)
  api.clock.advance(20 * second)
  expect(await show(api, id)).toMatchObject({ status: 'pending' })
  api.clock.advance(4 * minute)
  expect(await show(api, id)).toMatchObject({
    status: 'available',
    regions: ['fra1'],
    min_disk_size: expect.any(Number),
    size_gigabytes: expect.any(Number),
  })
  const made = await api.active({ image: id })
  expect(await api.droplet(made)).toMatchObject({ image: { id, name: 'golden' } })
  await api.done(made, { type: 'snapshot', name: 's' })
  expect(await api.call('GET', '/v2/snapshots')).toMatchObject({ body: { meta: { total: 1 } } })
  expect(await api.status('DELETE', `/v2/images/${id}`)).toBe(204)
  expect(await api.status('GET', `/v2/images/${id}`)).toBe(404)
  expect(await api.droplet(made)).toMatchObject({ image: { id, status: 'deleted' } })
})

test.each([
  [{ name: '' }],
  [{ url: 'golden.qcow2' }],
  [{ url: undefined }],
  [{ region: 'ams2' }],
  [{ distribution: 'BeOS' }],
])('an import with %j is refused', async (changes) => {
  await using api = await SimulatedApi.start()
  expect(await api.status('POST', '/v2/images', { ...order, ...changes })).toBe(422)
})

test('an import that fails leaves an image that says so', async () => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind: 'errored', match: { method: 'POST', path: '/v2/images' } })
  const id = await importOne(api)
  api.clock.advance(4 * minute)
  expect(await show(api, id)).toMatchObject({
    status: 'deleted',
    error_message: expect.stringContaining('could not be imported'),
  })
})

test('images are listed by kind, by owner and by tag', async () => {
  await using api = await SimulatedApi.start()
  const custom = await importOne(api, { tags: ['mine'] })
  const droplet = await api.active()
  const snapshot = await snapshotOf(api, droplet)
  expect((await ids(api, '')).length).toBe(8 + 3 + 2)
  expect((await ids(api, 'type=distribution')).length).toBe(8)
  expect((await ids(api, 'type=application')).length).toBe(3)
  expect(await ids(api, 'private=true')).toEqual([snapshot, custom])
  expect(await ids(api, 'private=false')).toContain(custom)
  expect(await ids(api, 'tag_name=MINE')).toEqual([custom])
  const resources = [{ resource_id: String(snapshot), resource_type: 'image' }]
  expect(await api.status('POST', '/v2/tags/mine/resources', { resources })).toBe(204)
  expect(await ids(api, 'tag_name=mine')).toEqual([snapshot, custom])
  expect(await api.call('GET', '/v2/tags/mine')).toMatchObject({
    body: { tag: { resources: { count: 2, images: { count: 2 } } } },
  })
})

test('an application is an image to make droplets from', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ image: 'docker-20-04' })
  expect(await api.droplet(id)).toMatchObject({ image: { slug: 'docker-20-04', public: true } })
})

test('an own image is changed', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const changes = { name: 'n', description: 'd', distribution: 'Ubuntu' }
  for (const id of [await importOne(api), await snapshotOf(api, droplet)]) {
    expect(await api.call('PUT', `/v2/images/${id}`, changes)).toMatchObject({
      status: 200,
      body: { image: changes },
    })
    expect(await api.call('PUT', `/v2/images/${id}`, { name: 'm' })).toMatchObject({
      body: { image: { ...changes, name: 'm' } },
    })
    expect(await api.status('PUT', `/v2/images/${id}`, { distribution: 'BeOS' })).toBe(422)
  }
  expect(await api.status('PUT', '/v2/images/debian-13-x64', changes)).toBe(403)
})

test('an own image is transferred to another region, and stays where it was', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await snapshotOf(api, droplet)
  const path = `/v2/images/${id}/actions`
  const begun = await api.call('POST', path, { type: 'transfer', region: 'ams3' })
  expect(begun).toMatchObject({
    status: 201,
    body: {
      action: {
        type: 'transfer',
        status: 'in-progress',
        resource_id: id,
        resource_type: 'image',
        region_slug: 'ams3',
      },
    },
  })
  const { action } = bodies.action.parse(begun.body)
  const again = { type: 'transfer', region: 'lon1' }
  expect(await api.status('POST', path, again)).toBe(422)
  expect(await show(api, id)).toMatchObject({ regions: ['fra1'] })
  api.clock.advance(3 * minute)
  expect(await show(api, id)).toMatchObject({ regions: ['fra1', 'ams3'] })
  expect(await api.call('GET', path)).toMatchObject({
    body: { actions: [{ id: action.id, status: 'completed' }], meta: { total: 1 } },
  })
  expect(await api.status('GET', `${path}/${action.id}`)).toBe(200)
  expect(await api.status('GET', `${path}/1`)).toBe(404)
  expect(await api.status('POST', path, { type: 'transfer', region: 'ams3' })).toBe(422)
  expect(await api.status('POST', path, { type: 'transfer', region: 'ams2' })).toBe(422)
  expect(await api.status('POST', path, { type: 'convert' })).toBe(422)
  expect(await api.status('POST', '/v2/images/debian-13-x64/actions', again)).toBe(403)
})

test('a transfer of an image that goes meanwhile ends in error', async () => {
  await using api = await SimulatedApi.start()
  const id = await importOne(api)
  const path = `/v2/images/${id}/actions`
  expect(await api.status('POST', path, { type: 'transfer', region: 'ams3' })).toBe(422)
  api.clock.advance(4 * minute)
  const { body } = await api.call('POST', path, { type: 'transfer', region: 'ams3' })
  await api.call('DELETE', `/v2/images/${id}`)
  api.clock.advance(3 * minute)
  const { action } = bodies.action.parse(body)
  expect(await api.action(action.id)).toMatchObject({ status: 'errored' })
})
