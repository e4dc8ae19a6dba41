import { expect, test } from 'vitest'
import { bodies, minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

async function snapshotNames(api: SimulatedApi, path = '/v2/snapshots') {
  return (await api.read(bodies.snapshots, path)).snapshots.map((each) => each.name)
}

test('a snapshot is listed some seconds after its action completed, dated from its start', async () => {
  await using api = await SimulatedApi.start({
    lagMs: { read: 0, list: 0, snapshot: 60_000 },
    speed: 1,
  })
  const id = await api.active()
  const begun = bodies.action.parse((await api.act(id, { type: 'snapshot', name: 'nightly' })).body)
  const startedAt = begun.action['started_at']
  api.clock.advance(73 * second)
  expect(await api.action(begun.action.id)).toMatchObject({ status: 'completed', resource_id: id })
  const before = await snapshotNames(api, `/v2/droplets/${id}/snapshots`)
  api.clock.advance(minute)
  const [ofDroplet] = (await api.read(bodies.snapshots, `/v2/droplets/${id}/snapshots`)).snapshots
  const [ofAll] = (await api.read(bodies.snapshots, '/v2/snapshots')).snapshots
  expect(before).toEqual([])
  expect(ofDroplet).toMatchObject({
    name: 'nightly',
    created_at: startedAt,
    type: 'snapshot',
    min_disk_size: 50,
  })
  expect(typeof ofDroplet?.id).toBe('number')
  expect(ofAll).toMatchObject({
    id: String(ofDroplet?.id),
    resource_id: String(id),
    resource_type: 'droplet',
  })
  expect((await api.droplet(id)).snapshot_ids).toEqual([ofDroplet?.id])
})

test('names are not unique', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 'twice' })
  await api.done(id, { type: 'snapshot', name: 'twice' })
  await api.done(id, { type: 'snapshot' })
  expect((await snapshotNames(api)).slice(0, 2)).toEqual(['twice', 'twice'])
  expect((await api.read(bodies.snapshots, '/v2/snapshots?resource_type=droplet')).meta.total).toBe(
    3,
  )
  expect(await snapshotNames(api, '/v2/snapshots?resource_type=volume')).toEqual([])
  expect(await api.status('GET', '/v2/snapshots?resource_type=car')).toBe(422)
})

test('a deleted snapshot lingers in listings, while by id it is gone', async () => {
  await using api = await SimulatedApi.start({
    lagMs: { read: 0, list: 0, snapshot: 0, deleted: 20_000 },
  })
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 'old' })
  const [snapshot] = (await api.read(bodies.snapshots, '/v2/snapshots')).snapshots
  const path = `/v2/snapshots/${snapshot?.id}`
  expect(await api.status('GET', path)).toBe(200)
  expect(await api.status('DELETE', path)).toBe(204)
  expect(await api.status('DELETE', path)).toBe(404)
  expect(await api.status('GET', path)).toBe(404)
  expect(await snapshotNames(api)).toEqual(['old'])
  expect(await snapshotNames(api, `/v2/droplets/${id}/snapshots`)).toEqual(['old'])
  api.clock.advance(20 * second)
  expect(await snapshotNames(api)).toEqual([])
})

test('snapshots outlive their droplet, are images, and make droplets', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  await api.done(id, { type: 'snapshot', name: 'golden' })
  await api.call('DELETE', `/v2/droplets/${id}`)
  api.clock.advance(minute)
  const [snapshot] = (await api.read(bodies.snapshots, '/v2/snapshots')).snapshots
  const image = Number(snapshot?.id)
  expect(await api.call('GET', `/v2/images/${image}`)).toMatchObject({
    body: {
      image: {
        id: image,
        name: 'golden',
        type: 'snapshot',
        slug: null,
        public: false,
        distribution: 'Debian',
      },
    },
  })
  const copy = await api.active({ image, name: 'copy' })
  expect(await api.droplet(copy)).toMatchObject({ image: { id: image, status: 'available' } })
  expect(
    await api.status('POST', '/v2/droplets', {
      name: 'x',
      region: 'nyc3',
      size: 's-1vcpu-2gb',
      image,
    }),
  ).toBe(422)
  expect(
    await api.status('POST', '/v2/droplets', {
      name: 'x',
      region: 'fra1',
      size: 's-1vcpu-1gb',
      image,
    }),
  ).toBe(422)
  await api.call('DELETE', `/v2/snapshots/${image}`)
  expect(await api.droplet(copy)).toMatchObject({ image: { id: image, status: 'deleted' } })
})
