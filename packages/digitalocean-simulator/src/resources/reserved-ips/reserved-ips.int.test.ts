import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, minute, SimulatedApi, second } from '../../../test/simulated-api.ts'

const address = z.looseObject({
  ip: z.string(),
  locked: z.boolean(),
  droplet: z.looseObject({ id: z.number() }).nullish(),
})
const one = z.object({ reserved_ip: address })
const many = z.object({ reserved_ips: z.array(address) })
const assigned = z.object({
  reserved_ip: address,
  links: z.object({ actions: z.array(z.looseObject({ id: z.number(), rel: z.string() })) }),
})
const version6 = z.object({ reserved_ipv6: z.looseObject({ ip: z.string() }) })

async function reserve(api: SimulatedApi, region = 'fra1') {
  const made = await api.call('POST', '/v2/reserved_ips', { region })
  expect(made.status).toBe(202)
  return one.parse(made.body).reserved_ip.ip
}

async function read(api: SimulatedApi, ip: string) {
  return (await api.read(one, `/v2/reserved_ips/${ip}`)).reserved_ip
}

function act(api: SimulatedApi, ip: string, order: object) {
  return api.call('POST', `/v2/reserved_ips/${ip}/actions`, order)
}

test('an address is reserved to a region, at once', async () => {
  await using api = await SimulatedApi.start()
  const made = await api.call('POST', '/v2/reserved_ips', { region: 'fra1' })
  expect(made).toMatchObject({
    status: 202,
    body: {
      reserved_ip: { droplet: null, locked: false, region: { slug: 'fra1' } },
      links: {},
    },
  })
  const { ip } = one.parse(made.body).reserved_ip
  expect(await api.read(bodies.actions, `/v2/reserved_ips/${ip}/actions`)).toMatchObject({
    actions: [{ type: 'reserve_ip', status: 'completed', resource_type: 'reserved_ip' }],
  })
  expect(await api.status('DELETE', `/v2/reserved_ips/${ip}`)).toBe(204)
  expect(await api.status('GET', `/v2/reserved_ips/${ip}`)).toBe(404)
  expect(await api.status('DELETE', `/v2/reserved_ips/${ip}`)).toBe(404)
})

test('the id of a droplet may come as text, as Ansible sends it', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const made = await api.call('POST', '/v2/floating_ips', { droplet_id: String(droplet) })
  expect(made).toMatchObject({ status: 202, body: { links: { droplets: [{ id: droplet }] } } })
  const other = await api.active({ name: 'other' })
  const begun = await act(api, await reserve(api), { type: 'assign', droplet_id: String(other) })
  expect(begun.status).toBe(201)
})

test('an address is led to a droplet, and away, while both are busy', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const ip = await reserve(api)
  const begun = await act(api, ip, { type: 'assign', droplet_id: droplet })
  expect(begun).toMatchObject({
    status: 201,
    body: { action: { type: 'assign_ip', status: 'in-progress', resource_type: 'reserved_ip' } },
  })
  expect(await read(api, ip)).toMatchObject({ locked: true, droplet: null })
  expect(await api.act(droplet, { type: 'reboot' })).toMatchObject({
    status: 422,
    body: { message: 'Droplet already has a pending event.' },
  })
  const busy = { status: 422, body: { message: 'The floating IP already has a pending event.' } }
  expect(await act(api, ip, { type: 'unassign' })).toMatchObject(busy)
  expect(await api.call('DELETE', `/v2/reserved_ips/${ip}`)).toMatchObject(busy)
  api.clock.advance(15 * second)
  expect(await read(api, ip)).toMatchObject({ locked: false, droplet: { id: droplet } })
  expect((await act(api, ip, { type: 'unassign' })).status).toBe(201)
  api.clock.advance(15 * second)
  expect(await read(api, ip)).toMatchObject({ locked: false, droplet: null })
  expect((await act(api, ip, { type: 'unassign' })).status).toBe(422)
})

test('its actions are found with it and in the account, by the number of the address', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const ip = await reserve(api)
  const begun = await act(api, ip, { type: 'assign', droplet_id: droplet })
  const { id } = bodies.action.parse(begun.body).action
  const [a, b, c, d] = ip.split('.').map(Number)
  const number = (((a ?? 0) * 256 + (b ?? 0)) * 256 + (c ?? 0)) * 256 + (d ?? 0)
  expect(await api.action(id)).toMatchObject({ resource_id: number, region_slug: 'fra1' })
  const path = `/v2/reserved_ips/${ip}/actions`
  expect(await api.read(bodies.action, `${path}/${id}`)).toMatchObject({ action: { id } })
  expect((await api.read(bodies.actions, path)).actions.map((each) => each.type)).toEqual([
    'assign_ip',
    'reserve_ip',
  ])
  const ofDroplet = await api.read(bodies.actions, `/v2/droplets/${droplet}/actions`)
  expect(ofDroplet.actions.map((each) => each.type)).toEqual(['create'])
  expect(await api.status('GET', `${path}/1`)).toBe(404)
})

test('an address for a droplet is of its region, and led there from the start', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active({ region: 'nyc3' })
  const made = await api.call('POST', '/v2/reserved_ips', { droplet_id: droplet })
  expect(made).toMatchObject({
    status: 202,
    body: {
      reserved_ip: { locked: true, droplet: null, region: { slug: 'nyc3' } },
      links: { droplets: [{ id: droplet, rel: 'droplet' }], actions: [{ rel: 'assign_ip' }] },
    },
  })
  const { reserved_ip, links } = assigned.parse(made.body)
  api.clock.advance(15 * second)
  expect(await api.action(links.actions[0]?.id ?? 0)).toMatchObject({ status: 'completed' })
  expect(await read(api, reserved_ip.ip)).toMatchObject({ droplet: { id: droplet } })
})

test('an address moves from one droplet to another, and a droplet has one', async () => {
  await using api = await SimulatedApi.start()
  const [first, second] = [await api.active({ name: 'a' }), await api.active({ name: 'b' })]
  const ip = await reserve(api)
  await act(api, ip, { type: 'assign', droplet_id: first })
  api.clock.advance(minute)
  await act(api, ip, { type: 'assign', droplet_id: second })
  api.clock.advance(minute)
  expect(await read(api, ip)).toMatchObject({ droplet: { id: second } })
  const other = await reserve(api)
  expect(await act(api, other, { type: 'assign', droplet_id: second })).toMatchObject({
    status: 422,
    body: { message: 'The Droplet already has a reserved IP.' },
  })
})

test.each([
  ['POST', '', { region: 'mars' }, 422],
  ['POST', '', {}, 422],
  ['POST', '', { droplet_id: 1 }, 404],
  ['POST', '', { region: 'fra1', project_id: 'none' }, 404],
  ['GET', '/1.2.3.4', undefined, 404],
  ['GET', '/nonsense', undefined, 404],
])('%s %s with %j is refused', async (method, path, body, status) => {
  await using api = await SimulatedApi.start()
  expect(await api.status(method, `/v2/reserved_ips${path}`, body)).toBe(status)
  expect(await api.read(many, '/v2/reserved_ips')).toEqual({ reserved_ips: [] })
})

test('an address is not led to another region, nor to what is not there', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active({ region: 'nyc3' })
  const ip = await reserve(api)
  expect((await act(api, ip, { type: 'assign', droplet_id: droplet })).status).toBe(422)
  expect((await act(api, ip, { type: 'assign', droplet_id: 1 })).status).toBe(404)
  expect((await act(api, ip, { type: 'assign' })).status).toBe(422)
  expect((await act(api, ip, { type: 'paint' })).status).toBe(422)
})

test('what led to a destroyed droplet leads nowhere, and is kept', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const ip = await reserve(api)
  await act(api, ip, { type: 'assign', droplet_id: droplet })
  api.clock.advance(minute)
  await api.call('DELETE', `/v2/droplets/${droplet}`)
  api.clock.advance(minute)
  expect(await read(api, ip)).toMatchObject({ droplet: null, locked: false })
})

test('an assignment that a fault lets err changes nothing, and ends', async () => {
  await using api = await SimulatedApi.start()
  const droplet = await api.active()
  const ip = await reserve(api)
  await api.fault({ kind: 'errored', match: { path: '/v2/reserved_ips/*/actions' } })
  const begun = await act(api, ip, { type: 'assign', droplet_id: droplet })
  api.clock.advance(minute)
  expect(await api.action(bodies.action.parse(begun.body).action.id)).toMatchObject({
    status: 'errored',
  })
  expect(await read(api, ip)).toMatchObject({ droplet: null, locked: false })
})

test('floating IPs are the same addresses by their old name', async () => {
  await using api = await SimulatedApi.start()
  const ip = await reserve(api)
  expect(await api.call('GET', '/v2/floating_ips')).toMatchObject({
    body: { floating_ips: [{ ip }], links: {}, meta: { total: 1 } },
  })
  expect(await api.call('GET', `/v2/floating_ips/${ip}/actions`)).toMatchObject({
    body: { actions: [{ resource_type: 'floating_ip' }] },
  })
  const droplet = await api.active()
  const order = { type: 'assign', droplet_id: droplet }
  expect(await api.call('POST', `/v2/floating_ips/${ip}/actions`, order)).toMatchObject({
    status: 201,
    body: { action: { resource_type: 'floating_ip' } },
  })
  api.clock.advance(minute)
  expect(await api.call('GET', `/v2/floating_ips/${ip}`)).toMatchObject({
    body: { floating_ip: { ip, droplet: { id: droplet } } },
  })
  expect(await api.status('DELETE', `/v2/floating_ips/${ip}`)).toBe(204)
  expect((await api.read(many, '/v2/reserved_ips')).reserved_ips).toEqual([])
})

test('an address is in a project', async () => {
  await using api = await SimulatedApi.start()
  const shop = { name: 'shop', purpose: 'Web Application', environment: 'Production' }
  const made = await api.call('POST', '/v2/projects', shop)
  const { id } = z.object({ project: z.object({ id: z.string() }) }).parse(made.body).project
  const reserved = await api.call('POST', '/v2/reserved_ips', { region: 'fra1', project_id: id })
  expect(reserved).toMatchObject({ body: { reserved_ip: { project_id: id } } })
  const { ip } = one.parse(reserved.body).reserved_ip
  expect(await api.call('GET', `/v2/projects/${id}/resources`)).toMatchObject({
    body: { resources: [{ urn: `do:floatingip:${ip}` }] },
  })
})

test('an address of version 6 leads to a droplet that has IPv6', async () => {
  await using api = await SimulatedApi.start()
  const made = await api.call('POST', '/v2/reserved_ipv6', { region_slug: 'fra1' })
  expect(made).toMatchObject({
    status: 201,
    body: { reserved_ipv6: { region_slug: 'fra1', reserved_at: '2026-01-15T12:00:00Z' } },
  })
  const { ip } = version6.parse(made.body).reserved_ipv6
  const path = `/v2/reserved_ipv6/${ip}`
  const without = await api.active({ name: 'a' })
  const droplet = await api.active({ name: 'b', ipv6: true })
  const assign = (id: number) =>
    api.status('POST', `${path}/actions`, { type: 'assign', droplet_id: id })
  expect(await assign(without)).toBe(422)
  expect(await assign(droplet)).toBe(201)
  api.clock.advance(minute)
  expect(await api.call('GET', `/v2/reserved_ipv6/${ip.toUpperCase()}`)).toMatchObject({
    body: { reserved_ipv6: { ip, droplet: { id: droplet } } },
  })
  expect((await api.read(bodies.actions, '/v2/actions')).actions[0]).toMatchObject({
    type: 'assign_ip',
    resource_type: 'reserved_ipv6',
    resource_id: 1,
  })
  expect(await api.status('DELETE', path)).toBe(422)
  expect(await api.status('POST', `${path}/actions`, { type: 'unassign' })).toBe(201)
  api.clock.advance(minute)
  expect(await api.call('GET', '/v2/reserved_ipv6')).toMatchObject({
    body: { reserved_ipv6s: [{ ip, droplet: null }] },
  })
  expect(await api.status('DELETE', path)).toBe(204)
  expect(await api.status('GET', path)).toBe(404)
})
