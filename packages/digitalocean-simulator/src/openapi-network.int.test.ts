import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'

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
