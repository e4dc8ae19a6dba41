import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { Forbidden, NotFound, Unprocessable } from '../index.ts'

const http = {
  entry_protocol: 'http',
  entry_port: 80,
  target_protocol: 'http',
  target_port: 8080,
} as const
const ssh = {
  entry_protocol: 'tcp',
  entry_port: 22,
  target_protocol: 'tcp',
  target_port: 22,
} as const
const front = { name: 'front', region: 'fra1', forwarding_rules: [http] }
const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

test('a load balancer is made, comes up, is replaced as a whole and deleted', async () => {
  const { client, advance } = await simulatedAccount()
  const made = await client.loadBalancers.create(front)
  expect(made).toMatchObject({ status: 'new', ip: '', forwarding_rules: [http] })
  await expect(client.loadBalancers.replace(made.id, front)).rejects.toThrow(Forbidden)
  advance(120_000)
  const { status, ip } = await client.loadBalancers.get(made.id)
  expect(status).toBe('active')
  expect(ip).toMatch(/^[\d.]{7,}$/)
  expect(await all(client.loadBalancers.list())).toMatchObject([{ id: made.id, ip }])
  const back = { ...front, name: 'back', tag: 'web', size_unit: 2 }
  expect(await client.loadBalancers.replace(made.id, back)).toMatchObject({
    name: 'back',
    tag: 'web',
    size_unit: 2,
    ip,
  })
  await client.loadBalancers.delete(made.id)
  await expect(client.loadBalancers.get(made.id)).rejects.toThrow(NotFound)
})

test('its droplets and rules are changed in parts', async () => {
  const { client, advance } = await simulatedAccount()
  const { droplet } = await client.droplets.create(plan)
  const { id } = await client.loadBalancers.create(front)
  advance(120_000)
  const { loadBalancers } = client
  await loadBalancers.addDroplets(id, [droplet.id])
  await loadBalancers.addForwardingRules(id, [ssh])
  expect(await loadBalancers.get(id)).toMatchObject({
    droplet_ids: [droplet.id],
    forwarding_rules: [http, ssh],
  })
  await loadBalancers.removeDroplets(id, [droplet.id])
  await loadBalancers.removeForwardingRules(id, [http])
  expect(await loadBalancers.get(id)).toMatchObject({ droplet_ids: [], forwarding_rules: [ssh] })
  await expect(loadBalancers.removeForwardingRules(id, [ssh])).rejects.toThrow(Unprocessable)
})

test('the cache of a global one is emptied, and others have none', async () => {
  const { client } = await simulatedAccount()
  const settings = { target_protocol: 'http', target_port: 80 }
  const global = { name: 'world', type: 'GLOBAL', forwarding_rules: [] } as const
  const { id } = await client.loadBalancers.create({ ...global, glb_settings: settings })
  await client.loadBalancers.purgeCache(id)
  const regional = await client.loadBalancers.create(front)
  await expect(client.loadBalancers.purgeCache(regional.id)).rejects.toThrow(Unprocessable)
})
