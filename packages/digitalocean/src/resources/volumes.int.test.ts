import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Conflict, NotFound, Unprocessable } from '../index.ts'

const plan = { name: 'data', region: 'fra1', size_gigabytes: 10 }
const droplet = { name: 'db-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }
const minute = 60_000

test('a volume is made, found by its name, snapshotted, copied and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.volumes.create({ ...plan, filesystem_type: 'xfs', tags: ['db'] })
  expect(made).toMatchObject({ name: 'data', size_gigabytes: 10, droplet_ids: [], tags: ['db'] })
  expect(await client.volumes.get(made.id)).toEqual(made)
  expect(await all(client.volumes.list({ name: 'data', region: 'fra1' }))).toEqual([made])
  expect(await all(client.volumes.list({ region: 'ams3' }))).toEqual([])
  await expect(client.volumes.create(plan)).rejects.toThrow(Conflict)
  const snapshot = await client.volumes.createSnapshot(made.id, { name: 's' })
  expect(await all(client.volumes.snapshots(made.id).list())).toEqual([snapshot])
  expect(await all(client.snapshots.list({ resourceType: 'volume' }))).toEqual([snapshot])
  const copy = await client.volumes.create({ name: 'copy', snapshot_id: snapshot.id })
  expect(copy).toMatchObject({ size_gigabytes: 10, region: { slug: 'fra1' } })
  await client.snapshots.delete(snapshot.id)
  await client.volumes.delete(made.id)
  await expect(client.volumes.get(made.id)).rejects.toThrow(NotFound)
})

test('a volume is attached, resized and detached', async () => {
  const { client, advance } = await simulatedAccount()
  const { id } = await client.volumes.create(plan)
  const { droplet: made } = await client.droplets.create(droplet)
  await expect(client.volumeActions.attach(id, made.id)).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining('pending event'),
  })
  advance(minute)
  const attaching = await client.volumeActions.attach(id, made.id)
  expect(await client.volumeActions.get(id, attaching.id)).toEqual(attaching)
  advance(minute)
  expect(await client.actions.get(attaching.id)).toMatchObject({ status: 'completed' })
  expect(await client.droplets.get(made.id)).toMatchObject({ volume_ids: [id] })
  await expect(client.volumes.delete(id)).rejects.toThrow(Conflict)
  await client.volumeActions.resize(id, { size_gigabytes: 20 })
  advance(minute)
  await client.volumeActions.detach(id, made.id)
  advance(minute)
  expect(await client.volumes.get(id)).toMatchObject({ size_gigabytes: 20, droplet_ids: [] })
  expect((await all(client.volumeActions.of(id).list())).map(({ type }) => type)).toEqual([
    'detach_volume',
    'resize_volume',
    'attach_volume',
  ])
  await expect(client.volumeActions.detach(id, made.id)).rejects.toThrow(Unprocessable)
})

test('a volume carries tags, and a tag counts its volumes', async () => {
  const { client } = await simulatedAccount()
  const { id } = await client.volumes.create(plan)
  await client.tags.create({ name: 'db' })
  await client.tags.tagResources('db', [{ resource_id: id, resource_type: 'volume' }])
  expect(await client.volumes.get(id)).toMatchObject({ tags: ['db'] })
  expect(await client.tags.get('db')).toMatchObject({
    resources: {
      count: 1,
      volumes: { count: 1, last_tagged_uri: expect.stringContaining(`/v2/volumes/${id}`) },
    },
  })
  await client.tags.delete('db')
  expect(await client.volumes.get(id)).toMatchObject({ tags: [] })
})
