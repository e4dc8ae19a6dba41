import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Forbidden, NotFound, Unprocessable } from '../index.ts'

const golden = { name: 'golden', url: 'https://example.com/golden.qcow2', region: 'fra1' }
const minutes = 60_000

test('an image is imported, changed, transferred and deleted', async () => {
  const { client, advance } = await simulatedAccount()
  const made = await client.images.importFrom({ ...golden, distribution: 'Debian', tags: ['b'] })
  expect(made).toMatchObject({ name: 'golden', type: 'custom', status: 'NEW', regions: [] })
  await expect(client.images.transfer(made.id, { region: 'ams3' })).rejects.toThrow(Unprocessable)
  advance(5 * minutes)
  expect(await client.images.get(made.id)).toMatchObject({ status: 'available' })
  const changed = await client.images.update(made.id, { name: 'silver', description: 'd' })
  expect(changed).toMatchObject({ name: 'silver', description: 'd', distribution: 'Debian' })
  expect(await all(client.images.list({ private: true, tagName: 'b' }))).toEqual([changed])
  const begun = await client.images.transfer(made.id, { region: 'ams3' })
  expect(await client.images.action(made.id, begun.id)).toEqual(begun)
  advance(5 * minutes)
  expect(await client.images.get(made.id)).toMatchObject({ regions: ['fra1', 'ams3'] })
  const done = await all(client.images.actions(made.id).list())
  expect(done.map(({ type, status }) => [type, status])).toEqual([
    ['transfer', 'completed'],
    ['image_import', 'completed'],
  ])
  await expect(client.images.convert(made.id)).rejects.toThrow(Unprocessable)
  await client.images.delete(made.id)
  await expect(client.images.get(made.id)).rejects.toThrow(NotFound)
})

test('a backup becomes a snapshot', async () => {
  const { client, advance } = await simulatedAccount()
  const [size, image] = ['s-1vcpu-1gb', 'debian-13-x64']
  await client.droplets.create({ name: 'web', region: 'fra1', size, image, backups: true })
  advance(24 * 60 * minutes)
  const [backup] = await all(client.images.list({ private: true }))
  expect(backup).toMatchObject({ type: 'backup' })
  const id = backup?.id ?? 0
  expect(await client.images.convert(id)).toMatchObject({ type: 'convert', status: 'in-progress' })
  advance(minutes)
  expect(await client.images.get(id)).toEqual({ ...backup, type: 'snapshot' })
  expect(await client.snapshots.get(String(id))).toMatchObject({ name: backup?.name })
})

test('a public image is not ours to change', async () => {
  const { client } = await simulatedAccount()
  const [image] = await all(client.images.list({ type: 'distribution' }))
  const id = image?.id ?? 0
  await expect(client.images.update(id, { name: 'n' })).rejects.toThrow(Forbidden)
  await expect(client.images.delete(id)).rejects.toThrow(Forbidden)
})
