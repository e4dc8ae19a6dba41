import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const balancer = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  ip: z.string(),
  droplet_ids: z.array(z.number()),
  forwarding_rules: z.array(z.looseObject({ entry_port: z.number() })),
})
const one = z.object({ load_balancer: balancer })
const many = z.object({ load_balancers: z.array(balancer) })
const vpcs = z.object({ vpc: z.object({ id: z.string() }) })

const http = { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 8080 }
const tls = {
  entry_protocol: 'https',
  entry_port: 443,
  target_protocol: 'https',
  target_port: 443,
  tls_passthrough: true,
}
const front = { name: 'front', region: 'fra1', forwarding_rules: [http] }

async function create(api: SimulatedApi, changes: object = {}) {
  const made = await api.call('POST', '/v2/load_balancers', { ...front, ...changes })
  expect(made.status).toBe(202)
  return one.parse(made.body).load_balancer
}

/** One that is up already. */
async function active(api: SimulatedApi, changes: object = {}) {
  const { id } = await create(api, changes)
  api.clock.advance(2 * minute)
  return id
}

async function read(api: SimulatedApi, id: string) {
  return (await api.read(one, `/v2/load_balancers/${id}`)).load_balancer
}

test('a load balancer is new and without an address, then active with one', async () => {
  await using api = await SimulatedApi.start()
  const made = await create(api)
  expect(made).toMatchObject({
    ...front,
    region: { slug: 'fra1' },
    forwarding_rules: [{ ...http, certificate_id: '', tls_passthrough: false }],
    status: 'new',
    ip: '',
    size: 'lb-small',
    size_unit: 1,
    algorithm: 'round_robin',
    health_check: {
      protocol: 'http',
      port: 80,
      path: '/',
      check_interval_seconds: 10,
      response_timeout_seconds: 5,
      healthy_threshold: 3,
      unhealthy_threshold: 5,
    },
    sticky_sessions: { type: 'none' },
    firewall: { allow: [], deny: [] },
    http_idle_timeout_seconds: 60,
    redirect_http_to_https: false,
    disable_lets_encrypt_dns_records: false,
    droplet_ids: [],
    tag: '',
    type: 'REGIONAL',
    network: 'EXTERNAL',
    created_at: '2026-01-15T12:00:00Z',
  })
  api.clock.advance(30_000)
  expect(await read(api, made.id)).toMatchObject({ status: 'new', ip: '' })
  api.clock.advance(minute)
  expect(await read(api, made.id)).toMatchObject({ status: 'active', ip: '100.96.0.1' })
  expect(await api.status('DELETE', `/v2/load_balancers/${made.id}`)).toBe(204)
  expect(await api.status('GET', `/v2/load_balancers/${made.id}`)).toBe(404)
  expect(await api.status('DELETE', `/v2/load_balancers/${made.id}`)).toBe(404)
})

test('one that is being made is not changed', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  const busy = {
    status: 403,
    body: {
      id: 'forbidden',
      message: "Load Balancer can't be updated while it processes previous actions",
    },
  }
  const path = `/v2/load_balancers/${id}`
  expect(await api.call('PUT', path, front)).toMatchObject(busy)
  const rules = { forwarding_rules: [tls] }
  expect(await api.call('POST', `${path}/forwarding_rules`, rules)).toMatchObject(busy)
  expect(await api.status('DELETE', path)).toBe(204)
})

test('a replacement is the whole, and what it leaves out is as in a new one', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const id = await active(api, {
    droplet_ids: [droplet],
    size: 'lb-medium',
    enable_proxy_protocol: true,
    health_check: { protocol: 'tcp', port: 22 },
    sticky_sessions: { type: 'cookies', cookie_name: 'DO-LB', cookie_ttl_seconds: 300 },
    firewall: { deny: ['ip:1.2.3.4'], allow: [] },
  })
  const before = await read(api, id)
  expect(before).toMatchObject({
    droplet_ids: [droplet],
    size_unit: 3,
    size: 'lb-medium',
    health_check: { protocol: 'tcp', port: 22, path: '' },
    sticky_sessions: { type: 'cookies', cookie_name: 'DO-LB', cookie_ttl_seconds: 300 },
  })
  const path = `/v2/load_balancers/${id}`
  const sentBack = await api.call('PUT', path, { ...before, region: 'fra1' })
  expect(sentBack).toMatchObject({ status: 200, body: { load_balancer: before } })
  expect(await api.call('PUT', path, { ...front, name: 'back', size_unit: 2 })).toMatchObject({
    status: 200,
    body: {
      load_balancer: {
        name: 'back',
        size_unit: 2,
        droplet_ids: [],
        enable_proxy_protocol: false,
        health_check: { protocol: 'http', path: '/' },
        sticky_sessions: { type: 'none' },
        firewall: { deny: [], allow: [] },
      },
    },
  })
  expect('size' in (await read(api, id))).toBe(false)
  for (const moved of [{ region: 'nyc3' }, { network: 'INTERNAL' }, { type: 'GLOBAL' }]) {
    expect(await api.status('PUT', path, { ...front, ...moved })).toBe(422)
  }
})

test.each([
  ['at least one forwarding rule is required', { forwarding_rules: [] }],
  ['duplicate entry port 80', { forwarding_rules: [http, { ...http, target_port: 1 }] }],
  [
    'a UDP forwarding rule must have UDP as its target protocol',
    { forwarding_rules: [{ ...http, entry_protocol: 'udp' }] },
  ],
  [
    'a certificate or TLS passthrough is required for encrypted traffic',
    { forwarding_rules: [{ ...tls, tls_passthrough: false }] },
  ],
  [
    'sticky sessions by cookies need cookie_name and cookie_ttl_seconds',
    { sticky_sessions: { type: 'cookies' } },
  ],
  ['droplet 1 does not exist', { droplet_ids: [1] }],
  ['tag and droplet_ids are mutually exclusive', { tag: 'web', droplet_ids: [1] }],
  ['You specified an invalid region for load balancer creation.', { region: 'mars' }],
  ['You specified an invalid region for load balancer creation.', { region: undefined }],
])('refused: %s', async (message, changes) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/v2/load_balancers', { ...front, ...changes })).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity', message },
  })
  expect((await api.read(many, '/v2/load_balancers')).load_balancers).toEqual([])
})

test('droplets are put in and taken out, and leave when they are destroyed', async () => {
  await using api = await SimulatedApi.start()
  const [first, second] = [await api.active({ name: 'a' }), await api.active({ name: 'b' })]
  const elsewhere = await api.active({ region: 'nyc3' })
  const id = await active(api, { droplet_ids: [first] })
  const path = `/v2/load_balancers/${id}/droplets`
  expect(await api.status('POST', path, { droplet_ids: [second] })).toBe(204)
  expect((await read(api, id)).droplet_ids).toEqual([first, second])
  expect(await api.status('POST', path, { droplet_ids: [elsewhere] })).toBe(422)
  expect(await api.call('POST', path, { droplet_ids: [] })).toMatchObject({
    status: 422,
    body: { message: 'need to provide either a tag or a list of droplets' },
  })
  expect(await api.status('DELETE', path, { droplet_ids: [first] })).toBe(204)
  await api.call('DELETE', `/v2/droplets/${second}`)
  api.clock.advance(minute)
  expect((await read(api, id)).droplet_ids).toEqual([])
})

test('a tag selects the droplets of the region, those to come too', async () => {
  await using api = await SimulatedApi.start()
  const id = await active(api, { tag: 'web' })
  const droplet = await api.active({ tags: ['WEB'] })
  await api.active({ tags: ['web'], region: 'nyc3' })
  expect(await read(api, id)).toMatchObject({ tag: 'web', droplet_ids: [droplet] })
  const path = `/v2/load_balancers/${id}/droplets`
  expect(await api.status('POST', path, { droplet_ids: [droplet] })).toBe(422)
  await api.call('DELETE', '/v2/tags/web')
  expect(await read(api, id)).toMatchObject({ tag: '', droplet_ids: [] })
})

test('rules are put in and taken out, but for the last', async () => {
  await using api = await SimulatedApi.start()
  const id = await active(api)
  const path = `/v2/load_balancers/${id}/forwarding_rules`
  expect(await api.status('POST', path, { forwarding_rules: [tls] })).toBe(204)
  expect((await read(api, id)).forwarding_rules).toMatchObject([http, tls])
  expect(await api.status('POST', path, { forwarding_rules: [{ ...http, target_port: 1 }] })).toBe(
    422,
  )
  expect(await api.status('DELETE', path, { forwarding_rules: [http] })).toBe(204)
  expect((await read(api, id)).forwarding_rules).toMatchObject([tls])
  expect(await api.status('DELETE', path, { forwarding_rules: [tls] })).toBe(422)
})

test('a load balancer is a member of its network, and keeps it from being deleted', async () => {
  await using api = await SimulatedApi.start()
  const made = await api.call('POST', '/v2/vpcs', { name: 'shop', region: 'fra1' })
  const vpc = vpcs.parse(made.body).vpc.id
  const id = await active(api, { vpc_uuid: vpc, network: 'INTERNAL' })
  expect(await read(api, id)).toMatchObject({
    vpc_uuid: vpc,
    ip: expect.stringMatching(/^10\.117\./),
  })
  expect(
    await api.call('GET', `/v2/vpcs/${vpc}/members?resource_type=load_balancer`),
  ).toMatchObject({
    body: { members: [{ urn: `do:loadbalancer:${id}`, name: 'front' }] },
  })
  expect(await api.status('DELETE', `/v2/vpcs/${vpc}`)).toBe(409)
  const inDefault = await api.active()
  const backends = { droplet_ids: [inDefault] }
  expect(await api.status('POST', `/v2/load_balancers/${id}/droplets`, backends)).toBe(422)
  await api.call('DELETE', `/v2/load_balancers/${id}`)
  expect(await api.status('DELETE', `/v2/vpcs/${vpc}`)).toBe(204)
  expect(await api.status('POST', '/v2/load_balancers', { ...front, vpc_uuid: vpc })).toBe(404)
})

test('a firewall lets in load balancers that are there', async () => {
  await using api = await SimulatedApi.start()
  const id = await active(api)
  const rule = (uid: string) => ({
    protocol: 'tcp',
    ports: '80',
    sources: { load_balancer_uids: [uid] },
  })
  const wall = (uid: string) => ({ name: 'wall', inbound_rules: [rule(uid)] })
  expect(await api.call('POST', '/v2/firewalls', wall('none'))).toMatchObject({
    status: 422,
    body: { message: 'load balancer does not exist' },
  })
  expect(await api.status('POST', '/v2/firewalls', wall(id))).toBe(202)
})

test('a global one is in no region, and alone has a cache', async () => {
  await using api = await SimulatedApi.start()
  const regional = await active(api, { network_stack: 'DUALSTACK' })
  expect(await read(api, regional)).toMatchObject({ ipv6: '2001:db8:fffe:9::1' })
  const global = await active(api, {
    region: undefined,
    forwarding_rules: undefined,
    type: 'GLOBAL',
    glb_settings: { target_protocol: 'http', target_port: 80 },
    domains: [{ name: 'example.com' }],
    target_load_balancer_ids: [regional],
  })
  const seen = await read(api, global)
  expect(seen).toMatchObject({
    forwarding_rules: [],
    domains: [{ name: 'example.com', is_managed: false }],
    glb_settings: { cdn: { is_enabled: false } },
    target_load_balancer_ids: [regional],
  })
  expect('region' in seen || 'vpc_uuid' in seen).toBe(false)
  expect(await api.status('DELETE', `/v2/load_balancers/${global}/cache`)).toBe(204)
  expect(await api.status('DELETE', `/v2/load_balancers/${regional}/cache`)).toBe(422)
})

test('a fault decides how its making ends', async () => {
  await using api = await SimulatedApi.start()
  const match = { method: 'POST', path: '/v2/load_balancers' }
  await api.fault({ kind: 'errored', match })
  const errored = await active(api)
  await api.fault({ kind: 'stuck', match })
  const stuck = await active(api)
  expect(await read(api, errored)).toMatchObject({ status: 'errored', ip: '' })
  expect(await read(api, stuck)).toMatchObject({ status: 'new', ip: '' })
})
