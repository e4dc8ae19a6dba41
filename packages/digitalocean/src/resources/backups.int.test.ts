import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'

const day = 86_400_000
const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

test('backups are listed with their droplet, by ids that an image has and restore takes', async () => {
  const { client, advance } = await simulatedAccount()
  const { droplet } = await client.droplets.create({ ...plan, backups: true })
  advance(3 * day)
  const backups = await all(client.droplets.backups(droplet.id).list())
  expect(backups).toHaveLength(3)
  const { backup_ids } = await client.droplets.get(droplet.id)
  expect(backup_ids?.map(String)).toEqual(backups.map(({ id }) => id))
  expect(await all(client.snapshots.list())).toEqual([])
  const [first] = backups
  if (!first) throw new Error('there is none')
  expect(await client.images.get(Number(first.id))).toMatchObject({ type: 'backup' })
  await client.dropletActions.restore(droplet.id, { image: first.id })
  advance(day / 24)
  expect(await client.droplets.get(droplet.id)).toMatchObject({ image: { type: 'backup' } })
})
