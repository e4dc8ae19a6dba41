import { expect, test } from 'vitest'
import { z } from 'zod'
import { DataFolder } from '../../test/data-folder.ts'
import { minute, SimulatedApi } from '../../test/simulated-api.ts'

const listings = [
  '/v2/vpcs?per_page=200',
  '/v2/firewalls',
  '/v2/reserved_ips',
  '/v2/reserved_ipv6',
  '/v2/load_balancers',
  '/v2/actions',
  '/v2/droplets',
] as const

const anywhere = { addresses: ['0.0.0.0/0'] }
const http = { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 80 }

/** A droplet, and something of every kind that has to do with it. */
async function build(api: SimulatedApi): Promise<number> {
  const made = await api.call('POST', '/v2/vpcs', { name: 'shop', region: 'fra1' })
  const { id } = z.object({ vpc: z.object({ id: z.string() }) }).parse(made.body).vpc
  const droplet = await api.active({ vpc_uuid: id, ipv6: true })
  const rule = { protocol: 'tcp', ports: '80', sources: anywhere }
  await api.call('POST', '/v2/firewalls', {
    name: 'wall',
    inbound_rules: [rule],
    droplet_ids: [droplet],
  })
  await api.call('POST', '/v2/load_balancers', {
    name: 'front',
    vpc_uuid: id,
    forwarding_rules: [http],
    sticky_sessions: { type: 'cookies', cookie_name: 'c', cookie_ttl_seconds: 9 },
    droplet_ids: [droplet],
  })
  await api.call('POST', '/v2/reserved_ips', { droplet_id: droplet })
  api.clock.advance(2 * minute)
  const reserved = await api.call('POST', '/v2/reserved_ipv6', { region_slug: 'fra1' })
  const { ip } = z
    .object({ reserved_ipv6: z.object({ ip: z.string() }) })
    .parse(reserved.body).reserved_ipv6
  const order = { type: 'assign', droplet_id: droplet }
  expect(await api.status('POST', `/v2/reserved_ipv6/${ip}/actions`, order)).toBe(201)
  return droplet
}

test('what a network is made of is there again after a restart', async () => {
  await using folder = await DataFolder.create()
  const dataDir = folder.path
  const seen = async (api: SimulatedApi) =>
    Promise.all(
      listings.map(async (path) => {
        const { status, body } = await api.call('GET', path)
        // The port is another one, and some of it is in links.
        const told: unknown = JSON.parse(JSON.stringify(body).replaceAll(api.url, ''))
        return { path, status, told }
      }),
    )
  const first = await SimulatedApi.start({ dataDir })
  await build(first)
  const before = await seen(first)
  await first.close()
  await using second = await SimulatedApi.start({ dataDir }, first.clock)
  expect(await seen(second)).toEqual(before)
  expect(before.every(({ status }) => status === 200)).toBe(true)
})

test('a destroyed droplet leaves everything that had to do with it', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await build(api)
  const volume = { name: 'data', region: 'fra1', size_gigabytes: 1 }
  await api.call('POST', '/v2/volumes', volume)
  api.clock.advance(minute)
  const attach = { type: 'attach', volume_name: 'data', region: 'fra1', droplet_id: droplet }
  expect(await api.status('POST', '/v2/volumes/actions', attach)).toBe(202)
  api.clock.advance(minute)
  expect(await api.status('DELETE', `/v2/droplets/${droplet}`)).toBe(204)
  api.clock.advance(minute)
  expect(await api.call('GET', '/v2/firewalls')).toMatchObject({
    body: { firewalls: [{ droplet_ids: [], status: 'succeeded' }] },
  })
  expect(await api.call('GET', '/v2/load_balancers')).toMatchObject({
    body: { load_balancers: [{ droplet_ids: [] }] },
  })
  expect(await api.call('GET', '/v2/reserved_ips')).toMatchObject({
    body: { reserved_ips: [{ droplet: null }] },
  })
  expect(await api.call('GET', '/v2/reserved_ipv6')).toMatchObject({
    body: { reserved_ipv6s: [{ droplet: null }] },
  })
  expect(await api.call('GET', '/v2/volumes')).toMatchObject({
    body: { volumes: [{ droplet_ids: [] }] },
  })
})
