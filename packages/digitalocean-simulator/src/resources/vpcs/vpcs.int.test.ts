import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const vpc = z.looseObject({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  ip_range: z.string(),
  default: z.boolean(),
})
const one = z.object({ vpc })
const many = z.object({ vpcs: z.array(vpc), meta: z.object({ total: z.number() }) })
const members = z.looseObject({
  members: z.array(z.looseObject({ urn: z.string(), name: z.string() })),
})

const shop = { name: 'shop', region: 'nyc3', ip_range: '10.10.10.0/24' }

async function create(api: SimulatedApi, body: object) {
  const made = await api.call('POST', '/v2/vpcs', body)
  expect(made.status).toBe(201)
  return one.parse(made.body).vpc
}

async function defaultOf(api: SimulatedApi, region: string) {
  const { vpcs } = await api.read(many, '/v2/vpcs?per_page=200')
  return vpcs.find((each) => each.region === region && each.default)
}

test('each region has a default network, which what names none lands in', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.read(many, '/v2/vpcs')).toMatchObject({ meta: { total: 12 } })
  const fra1 = await defaultOf(api, 'fra1')
  expect(fra1).toMatchObject({
    name: 'default-fra1',
    description: '',
    urn: `do:vpc:${fra1?.id}`,
    created_at: '2026-01-15T12:00:00Z',
  })
  const droplet = await api.active()
  expect(await api.droplet(droplet)).toMatchObject({ vpc_uuid: fra1?.id })
  expect(await api.read(members, `/v2/vpcs/${fra1?.id}/members`)).toMatchObject({
    members: [{ urn: expect.stringMatching(/^do:droplet:[0-9a-f-]{36}$/), name: 'web-01' }],
    meta: { total: 1 },
  })
})

test('a network is made, changed in part or whole, and deleted', async () => {
  await using api = await SimulatedApi.start()
  const made = await create(api, { ...shop, description: 'sells' })
  expect(made).toMatchObject({ ...shop, description: 'sells', default: false })
  const path = `/v2/vpcs/${made.id}`
  expect(await api.call('PATCH', path, { name: 'store' })).toMatchObject({
    status: 200,
    body: { vpc: { name: 'store', description: 'sells' } },
  })
  expect(await api.call('PUT', path, { name: 'store' })).toMatchObject({
    status: 200,
    body: { vpc: { name: 'store', description: '' } },
  })
  expect(await api.status('PUT', path, { description: 'nameless' })).toBe(422)
  expect(await api.status('DELETE', path)).toBe(204)
  expect(await api.call('GET', path)).toMatchObject({ status: 404, body: { id: 'not_found' } })
  expect(await api.status('DELETE', path)).toBe(404)
})

test.each([
  [{ name: 'a_b' }, 'Name must only contain alphanumeric characters, dashes, and periods'],
  [{ name: 'default-fra1' }, 'a VPC with the same name already exists'],
  [{ region: 'mars' }, 'You specified an invalid region for VPC creation.'],
  [{ region: 'sfo1' }, 'You specified an invalid region for VPC creation.'],
  [{ ip_range: '10.10.10.1/24' }, 'This range/size is not a valid IPv4 range in CIDR notation'],
  [
    { ip_range: '10.32.0.0/15' },
    'This range/size is not supported: it must be between /16 and /28',
  ],
  [
    { ip_range: '10.32.0.0/29' },
    'This range/size is not supported: it must be between /16 and /28',
  ],
  [{ ip_range: '8.8.8.0/24' }, 'This range/size is not a private one as defined in RFC 1918'],
  [
    { ip_range: '10.17.3.0/24' },
    'This range/size overlaps with the range reserved for DigitalOcean internal use',
  ],
  [
    { ip_range: '10.116.0.0/20' },
    'This range/size overlaps with another VPC network in your account: default-fra1 10.116.0.0/16',
  ],
])('a network with %j is refused', async (changes, message) => {
  await using api = await SimulatedApi.start()
  const refused = await api.call('POST', '/v2/vpcs', { ...shop, ...changes })
  expect(refused).toMatchObject({ status: 422, body: { id: 'unprocessable_entity', message } })
  expect(await api.read(many, '/v2/vpcs')).toMatchObject({ meta: { total: 12 } })
})

test('networks without a range get one each, and never the same', async () => {
  await using api = await SimulatedApi.start({ rateLimits: false })
  const ranges = new Set<string>()
  for (let index = 0; index < 20; index++) {
    const made = await create(api, { name: `n${index}`, region: 'fra1' })
    expect(made.ip_range).toMatch(/\/20$/)
    ranges.add(made.ip_range)
  }
  expect(ranges.size).toBe(20)
})

test('a droplet is put into a network of its region, with an address of it', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api, { ...shop, region: 'fra1', ip_range: '192.168.7.0/28' })
  const droplet = await api.active({ vpc_uuid: id })
  expect(await api.droplet(droplet)).toMatchObject({
    vpc_uuid: id,
    networks: { v4: [{}, { ip_address: '192.168.7.2', netmask: '255.255.255.240' }] },
  })
  const elsewhere = { name: 'b', region: 'nyc3', size: 's-1vcpu-1gb', image: 'debian-13-x64' }
  const unknown = '00000000-0000-4000-8000-000000000000'
  expect(await api.status('POST', '/v2/droplets', { ...elsewhere, vpc_uuid: id })).toBe(422)
  expect(await api.status('POST', '/v2/droplets', { ...elsewhere, vpc_uuid: unknown })).toBe(404)
})

test('the addresses of a network are given again when it has been gone through', async () => {
  await using api = await SimulatedApi.start({ rateLimits: false })
  const { id } = await create(api, { ...shop, region: 'fra1', ip_range: '192.168.7.0/28' })
  const droplets: number[] = []
  for (let index = 0; index < 13; index++) droplets.push(await api.active({ vpc_uuid: id }))
  const full = { name: 'c', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }
  expect(await api.call('POST', '/v2/droplets', { ...full, vpc_uuid: id })).toMatchObject({
    status: 422,
    body: { message: 'The VPC network has no free IP address left' },
  })
  await api.call('DELETE', `/v2/droplets/${droplets[4]}`)
  api.clock.advance(minute)
  const again = await api.active({ vpc_uuid: id })
  expect(await api.droplet(again)).toMatchObject({
    networks: { v4: [{}, { ip_address: '192.168.7.6' }] },
  })
})

test('a network with something in it is not deleted, and neither is a default one', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api, { ...shop, region: 'fra1' })
  const droplet = await api.active({ vpc_uuid: id })
  expect(await api.call('DELETE', `/v2/vpcs/${id}`)).toMatchObject({
    status: 409,
    body: { id: 'conflict', message: 'Can not delete VPC with members' },
  })
  await api.call('DELETE', `/v2/droplets/${droplet}`)
  api.clock.advance(minute)
  expect(await api.status('DELETE', `/v2/vpcs/${id}`)).toBe(204)
  const fra1 = await defaultOf(api, 'fra1')
  expect(await api.call('DELETE', `/v2/vpcs/${fra1?.id}`)).toMatchObject({
    status: 403,
    body: { id: 'forbidden', message: 'Can not delete default VPCs' },
  })
})

test('another network becomes the default, and the old one can go', async () => {
  await using api = await SimulatedApi.start()
  const old = await defaultOf(api, 'nyc3')
  const { id } = await create(api, shop)
  expect(await api.status('PATCH', `/v2/vpcs/${old?.id}`, { default: false })).toBe(422)
  expect(await api.call('PATCH', `/v2/vpcs/${id}`, { default: true })).toMatchObject({
    body: { vpc: { default: true } },
  })
  expect(await defaultOf(api, 'nyc3')).toMatchObject({ id })
  expect(await api.status('DELETE', `/v2/vpcs/${old?.id}`)).toBe(204)
  const droplet = await api.active({ region: 'nyc3' })
  expect(await api.droplet(droplet)).toMatchObject({ vpc_uuid: id })
})

test('members are listed by type, and only those that the token may see', async () => {
  await using api = await SimulatedApi.start({
    tokens: [
      { token: 'secret', scopes: 'write' },
      { token: 'narrow', scopes: ['vpc:read'] },
    ],
  })
  await api.active()
  const fra1 = await defaultOf(api, 'fra1')
  const path = `/v2/vpcs/${fra1?.id}/members`
  expect((await api.read(members, `${path}?resource_type=droplet`)).members).toHaveLength(1)
  expect((await api.read(members, `${path}?resource_type=load_balancer`)).members).toEqual([])
  expect((await api.read(members, path, 'narrow')).members).toEqual([])
})

test('databases and Kubernetes clusters are members, of a network that has to be there', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api, { ...shop, region: 'fra1' })
  const database = { name: 'shop-db', engine: 'pg', num_nodes: 1, size: 'db-s-1vcpu-2gb' }
  const pools = [{ name: 'web', size: 's-2vcpu-4gb', count: 1 }]
  const cluster = { name: 'shop', version: 'latest', node_pools: pools }
  const placed = { region: 'fra1', vpc_uuid: id, private_network_uuid: id }
  expect(await api.status('POST', '/v2/databases', { ...database, ...placed })).toBe(201)
  expect(await api.status('POST', '/v2/kubernetes/clusters', { ...cluster, ...placed })).toBe(201)
  const { members: all } = await api.read(members, `/v2/vpcs/${id}/members`)
  expect(all.map(({ urn }) => urn.split(':')[1])).toEqual(['droplet', 'dbaas', 'kubernetes'])
  expect(await api.status('DELETE', `/v2/vpcs/${id}`)).toBe(409)
  const elsewhere = { ...placed, region: 'nyc3' }
  expect(await api.status('POST', '/v2/databases', { ...database, ...elsewhere })).toBe(422)
})
