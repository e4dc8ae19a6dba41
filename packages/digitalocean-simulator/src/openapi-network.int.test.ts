import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { minute } from '../test/simulated-api.ts'

test.skipIf(!described)('what is said of VPCs is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const one = '/v2/vpcs/{vpc_id}'
  const shop = { name: 'shop', region: 'fra1', ip_range: '10.10.10.0/24' }
  const made = await checked.check('POST', '/v2/vpcs', [], shop)
  const { id } = z.object({ vpc: z.object({ id: z.string() }) }).parse(made.body).vpc
  await checked.api.active({ vpc_uuid: id })
  await checked.check('GET', '/v2/vpcs')
  await checked.check('GET', one, [id])
  await checked.check('PUT', one, [id], { name: 'store', description: 'sells' })
  await checked.check('PATCH', one, [id], { default: true })
  await checked.check('GET', `${one}/members`, [id])
  await checked.check('GET', one, ['00000000-0000-4000-8000-000000000000'])
  const other = await checked.api.call('POST', '/v2/vpcs', { name: 'other', region: 'fra1' })
  const { vpc } = z.object({ vpc: z.object({ id: z.string() }) }).parse(other.body)
  await checked.check('DELETE', one, [vpc.id])
  expect(checked.found).toEqual([])
})

test.skipIf(!described)('what is said of firewalls is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const droplet = await checked.api.active({ tags: ['web'] })
  const one = '/v2/firewalls/{firewall_id}'
  const addresses = ['0.0.0.0/0', '2001:db8::1']
  const rule = { protocol: 'tcp', ports: '80', sources: { addresses, tags: ['web'] } }
  const wall = { name: 'wall', inbound_rules: [rule], outbound_rules: null, tags: ['web'] }
  const made = await checked.check('POST', '/v2/firewalls', [], wall)
  const { id } = z.object({ firewall: z.object({ id: z.string() }) }).parse(made.body).firewall
  await checked.check('GET', '/v2/firewalls')
  await checked.check('GET', one, [id])
  await checked.check('PUT', one, [id], wall)
  await checked.check('POST', `${one}/droplets`, [id], { droplet_ids: [droplet] })
  await checked.check('GET', '/v2/droplets/{droplet_id}/firewalls', [droplet])
  await checked.check('GET', '/v2/droplets/{droplet_id}/neighbors', [droplet])
  await checked.check('GET', '/v2/reports/droplet_neighbors_ids')
  await checked.check('DELETE', `${one}/droplets`, [id], { droplet_ids: [droplet] })
  await checked.check('DELETE', `${one}/tags`, [id], { tags: ['web'] })
  await checked.check('POST', `${one}/tags`, [id], { tags: ['web'] })
  const ping = { protocol: 'icmp', destinations: { addresses } }
  await checked.check('POST', `${one}/rules`, [id], { outbound_rules: [ping] })
  await checked.check('DELETE', `${one}/rules`, [id], { inbound_rules: [rule] })
  await checked.check('DELETE', one, [id])
  await checked.check('GET', one, [id])
  expect(checked.found).toEqual([])
})

const address = z.object({ ip: z.string() })
const action = z.object({ action: z.object({ id: z.number() }) })

test.skipIf(!described)('what is said of addresses is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const droplet = await checked.api.active({ ipv6: true })
  for (const name of ['reserved_ip', 'floating_ip']) {
    const one = `/v2/${name}s/{${name}}`
    const made = await checked.check('POST', `/v2/${name}s`, [], { region: 'fra1' })
    const { ip } = z.object({ [name]: address }).parse(made.body)[name] ?? { ip: '' }
    const order = { type: 'assign', droplet_id: droplet }
    const begun = await checked.check('POST', `${one}/actions`, [ip], order)
    checked.api.clock.advance(minute)
    const { id } = action.parse(begun.body).action
    await checked.check('GET', `${one}/actions/{action_id}`, [ip, id])
    await checked.check('GET', '/v2/actions/{action_id}', [id])
    for (const path of [`/v2/${name}s`, one, `${one}/actions`])
      await checked.check('GET', path, [ip])
    await checked.check('DELETE', one, [ip])
    await checked.check('GET', one, [ip])
    const led = await checked.check('POST', `/v2/${name}s`, [], { droplet_id: droplet })
    checked.api.clock.advance(minute)
    const other = z.object({ [name]: address }).parse(led.body)[name] ?? { ip: '' }
    await checked.check('DELETE', one, [other.ip])
  }
  expect(checked.found).toEqual([])
})

test.skipIf(!described)('and of those of version 6', async () => {
  await using checked = await DescribedApi.start()
  const droplet = await checked.api.active({ ipv6: true })
  const one = '/v2/reserved_ipv6/{reserved_ipv6}'
  const made = await checked.check('POST', '/v2/reserved_ipv6', [], { region_slug: 'fra1' })
  const { ip } = z.object({ reserved_ipv6: address }).parse(made.body).reserved_ipv6
  const order = { type: 'assign', droplet_id: droplet }
  const begun = await checked.check('POST', `${one}/actions`, [ip], order)
  checked.api.clock.advance(minute)
  await checked.check('GET', '/v2/actions/{action_id}', [action.parse(begun.body).action.id])
  await checked.check('GET', '/v2/reserved_ipv6')
  await checked.check('GET', one, [ip])
  await checked.check('DELETE', one, [ip])
  await checked.check('POST', `${one}/actions`, [ip], { type: 'unassign' })
  checked.api.clock.advance(minute)
  await checked.check('DELETE', one, [ip])
  expect(checked.found).toEqual([])
})

test.skipIf(!described)(
  'what is said of load balancers is as DigitalOcean describes it',
  async () => {
    await using checked = await DescribedApi.start()
    const droplet = await checked.api.active()
    const one = '/v2/load_balancers/{lb_id}'
    const rule = { entry_protocol: 'tcp', entry_port: 80, target_protocol: 'tcp', target_port: 80 }
    const front = {
      name: 'front',
      region: 'fra1',
      forwarding_rules: [rule],
      droplet_ids: [droplet],
    }
    const made = await checked.check('POST', '/v2/load_balancers', [], front)
    const { id } = z
      .object({ load_balancer: z.object({ id: z.string() }) })
      .parse(made.body).load_balancer
    await checked.check('GET', one, [id])
    checked.api.clock.advance(2 * minute)
    await checked.check('GET', '/v2/load_balancers')
    await checked.check('PUT', one, [id], { ...front, network_stack: 'IPV4' })
    const other = { forwarding_rules: [{ ...rule, entry_port: 81 }] }
    for (const method of ['POST', 'DELETE']) {
      await checked.check(method, `${one}/forwarding_rules`, [id], other)
      await checked.check(method, `${one}/droplets`, [id], { droplet_ids: [droplet] })
    }
    await checked.check('DELETE', one, [id])
    await checked.check('GET', one, [id])
    const global = { name: 'world', type: 'GLOBAL', domains: [{ name: 'example.com' }] }
    const wide = await checked.check('POST', '/v2/load_balancers', [], global)
    const world = z.object({ load_balancer: z.object({ id: z.string() }) }).parse(wide.body)
    await checked.check('DELETE', `${one}/cache`, [world.load_balancer.id])
    expect(checked.found).toEqual([])
  },
)
