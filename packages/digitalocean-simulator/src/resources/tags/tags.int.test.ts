import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, SimulatedApi } from '../../../test/simulated-api.ts'

test('tags ignore case, and keep their first spelling', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/v2/tags', { name: 'Env:Prod' })).toMatchObject({
    status: 201,
    body: { tag: { name: 'Env:Prod', resources: { count: 0, droplets: { count: 0 } } } },
  })
  expect(await api.call('POST', '/v2/tags', { name: 'env:prod' })).toMatchObject({
    body: { tag: { name: 'Env:Prod' } },
  })
  const id = await api.active({ tags: ['ENV:PROD', 'env:prod', 'new'] })
  expect((await api.droplet(id)).tags).toEqual(['Env:Prod', 'new'])
  const { tag } = await api.read(bodies.tag, '/v2/tags/eNv:pRoD')
  expect(tag).toMatchObject({
    name: 'Env:Prod',
    resources: {
      count: 1,
      droplets: { count: 1, last_tagged_uri: `${api.url}/v2/droplets/${id}` },
    },
  })
  expect(await api.call('GET', '/v2/tags')).toMatchObject({ body: { meta: { total: 2 } } })
  expect(await api.status('POST', '/v2/tags', { name: 'no spaces' })).toBe(422)
})

test('resources are tagged and untagged', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 's' })
  const [image] = (await api.droplet(id)).snapshot_ids ?? []
  await api.call('POST', '/v2/tags', { name: 'mine' })
  const resources = [
    { resource_id: String(id), resource_type: 'droplet' },
    { resource_id: image, resource_type: 'image' },
  ]
  expect(await api.status('POST', '/v2/tags/MINE/resources', { resources })).toBe(204)
  expect((await api.droplet(id)).tags).toEqual(['mine'])
  expect(await api.call('GET', '/v2/images?tag_name=mine')).toMatchObject({
    body: { images: [{ id: image, tags: ['mine'] }] },
  })
  expect((await api.read(bodies.tag, '/v2/tags/mine')).tag.resources.count).toBe(2)
  expect(
    await api.status('DELETE', '/v2/tags/mine/resources', { resources: resources.slice(0, 1) }),
  ).toBe(204)
  expect((await api.droplet(id)).tags).toEqual([])
  const unknown = [{ resource_id: '1', resource_type: 'droplet' }]
  expect(await api.status('POST', '/v2/tags/mine/resources', { resources: unknown })).toBe(404)
  const backup = [{ resource_id: '1', resource_type: 'backup' }]
  expect(await api.status('POST', '/v2/tags/mine/resources', { resources: backup })).toBe(422)
  expect(await api.status('POST', '/v2/tags/other/resources', { resources })).toBe(404)
})

test('a deleted tag is off everything', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active({ tags: ['a', 'b'] })
  expect(await api.status('DELETE', '/v2/tags/A')).toBe(204)
  expect(await api.status('GET', '/v2/tags/a')).toBe(404)
  expect((await api.droplet(id)).tags).toEqual(['b'])
})

test('a database carries tags as well', async () => {
  await using api = await SimulatedApi.start()
  const plan = { name: 'shop', engine: 'pg', region: 'fra1', size: 'db-s-1vcpu-1gb', num_nodes: 1 }
  const made = await api.call('POST', '/v2/databases', plan)
  const { id } = z.object({ database: z.object({ id: z.string() }) }).parse(made.body).database
  await api.call('POST', '/v2/tags', { name: 'db' })
  const resources = [{ resource_id: id, resource_type: 'database' }]
  expect(await api.status('POST', '/v2/tags/db/resources', { resources })).toBe(204)
  expect(await api.call('GET', `/v2/databases/${id}`)).toMatchObject({
    body: { database: { tags: ['db'] } },
  })
  const last_tagged_uri = `${api.url}/v2/databases/${id}`
  expect((await api.read(bodies.tag, '/v2/tags/db')).tag.resources).toMatchObject({
    count: 1,
    databases: { count: 1, last_tagged_uri },
  })
  expect(await api.status('DELETE', '/v2/tags/db')).toBe(204)
  expect(await api.call('GET', `/v2/databases/${id}`)).toMatchObject({
    body: { database: { tags: [] } },
  })
})
