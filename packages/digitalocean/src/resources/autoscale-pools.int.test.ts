import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound } from '../index.ts'

const minutes = 60_000

test('a pool is made with its droplets, scaled, and deleted without them', async () => {
  const { client, advance } = await simulatedAccount()
  const { fingerprint } = await client.sshKeys.create({
    name: 'mine',
    public_key:
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB mine',
  })
  const input = {
    name: 'web',
    config: { target_number_instances: 2 },
    droplet_template: {
      region: 'fra1',
      size: 's-1vcpu-1gb',
      image: 'debian-13-x64',
      ssh_keys: [fingerprint],
      tags: ['web'],
    },
  }
  const { id } = await client.autoscalePools.create(input)
  advance(minutes)
  const pool = client.autoscalePools
  expect((await all(pool.members(id).list())).map(({ status }) => status)).toEqual([
    'active',
    'active',
  ])
  expect(await all(client.droplets.list({ tagName: 'web' }))).toHaveLength(2)
  const config = { min_instances: 3, max_instances: 5, target_cpu_utilization: 0.6 }
  expect(await pool.update(id, { ...input, config })).toMatchObject({
    config,
    active_resources_count: 3,
  })
  expect(await all(pool.history(id).list())).toMatchObject([
    { current_instance_count: 2, desired_instance_count: 3 },
    { current_instance_count: 0, desired_instance_count: 2 },
  ])
  expect((await all(pool.list({ name: 'web' }))).map((each) => each.id)).toEqual([id])
  await pool.delete(id)
  expect((await pool.get(id)).status).toBe('deleting')
  advance(minutes)
  await expect(pool.get(id)).rejects.toThrow(NotFound)
  expect(await all(client.droplets.list())).toHaveLength(3)
})
