import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Conflict, NotFound, Unprocessable } from '../index.ts'

const anywhere = { addresses: ['0.0.0.0/0', '::/0'] }
const ssh = { protocol: 'tcp', ports: '22', sources: anywhere } as const
const ping = { protocol: 'icmp', ports: '0', destinations: anywhere } as const
const wall = { name: 'wall', inbound_rules: [ssh] }
const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

test('a firewall is made, found, replaced as a whole and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.firewalls.create(wall)
  expect(made).toMatchObject({ ...wall, outbound_rules: [], status: 'succeeded' })
  expect(await client.firewalls.get(made.id)).toEqual(made)
  expect(await all(client.firewalls.list())).toEqual([made])
  await expect(client.firewalls.create(wall)).rejects.toThrow(Conflict)
  const other = { name: 'other', outbound_rules: [ping] }
  expect(await client.firewalls.replace(made.id, other)).toMatchObject({
    ...other,
    inbound_rules: [],
  })
  await client.firewalls.delete(made.id)
  await expect(client.firewalls.get(made.id)).rejects.toThrow(NotFound)
})

test('what it protects, and by which rules, is changed in parts', async () => {
  const { client, advance } = await simulatedAccount()
  const { droplet } = await client.droplets.create({ ...plan, tags: ['web'] })
  const { id } = await client.firewalls.create(wall)
  await client.firewalls.addDroplets(id, [droplet.id])
  await client.firewalls.addTags(id, ['web'])
  await client.firewalls.addRules(id, { outbound_rules: [ping] })
  expect(await client.firewalls.get(id)).toMatchObject({
    droplet_ids: [droplet.id],
    tags: ['web'],
    inbound_rules: [ssh],
    outbound_rules: [ping],
    status: 'waiting',
    pending_changes: [{ droplet_id: droplet.id, removing: false }],
  })
  expect(await all(client.droplets.firewalls(droplet.id).list())).toMatchObject([{ id }])
  await client.firewalls.removeDroplets(id, [droplet.id])
  await client.firewalls.removeTags(id, ['web'])
  await client.firewalls.removeRules(id, { inbound_rules: [ssh] })
  advance(60_000)
  expect(await client.firewalls.get(id)).toMatchObject({
    droplet_ids: [],
    tags: [],
    inbound_rules: [],
    status: 'succeeded',
  })
  await expect(client.firewalls.removeRules(id, { outbound_rules: [ping] })).rejects.toThrow(
    Unprocessable,
  )
})

test('the neighbors of a droplet are droplets', async () => {
  const { client } = await simulatedAccount()
  const { droplet } = await client.droplets.create(plan)
  expect(await client.droplets.neighbors(droplet.id)).toEqual([])
})
