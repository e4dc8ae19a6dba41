import { expect, test } from 'vitest'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Conflict, NotFound } from '../index.ts'

const plan = { name: 'db-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }
const minute = 60_000

test('a droplet is destroyed with what is named of what belongs to it', async () => {
  const { client, advance } = await simulatedAccount()
  const data = { region: 'fra1', size_gigabytes: 10 }
  const kept = await client.volumes.create({ name: 'kept', ...data })
  const going = await client.volumes.create({ name: 'going', ...data })
  const volumes = [kept.id, going.id]
  const { droplet } = await client.droplets.create({ ...plan, volumes })
  advance(minute)
  expect(await client.associatedResources.get(droplet.id)).toMatchObject({
    volumes: [
      { id: kept.id, cost: '1.00' },
      { id: going.id, cost: '1.00' },
    ],
    snapshots: [],
  })
  await expect(client.associatedResources.status(droplet.id)).rejects.toThrow(NotFound)
  await client.associatedResources.destroy(droplet.id, { volumes: [going.id] })
  await expect(client.associatedResources.retry(droplet.id)).rejects.toThrow(Conflict)
  advance(minute)
  expect(await client.associatedResources.status(droplet.id)).toMatchObject({
    droplet: { id: String(droplet.id), destroyed_at: expect.any(String) },
    resources: { volumes: [{ id: going.id, destroyed_at: expect.any(String) }] },
    completed_at: expect.any(String),
    failures: 0,
  })
  await expect(client.droplets.get(droplet.id)).rejects.toThrow(NotFound)
  await expect(client.volumes.get(going.id)).rejects.toThrow(NotFound)
  expect(await client.volumes.get(kept.id)).toMatchObject({ droplet_ids: [] })
})
