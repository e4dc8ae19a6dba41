import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodies, minute, plan, SimulatedApi, second } from '../../test/simulated-api.ts'

const served = z.object({ count: z.number(), routes: z.array(z.unknown()) })

test('a droplet is changed behind our back, at once, and past every rule', async () => {
  await using api = await SimulatedApi.start()
  const { droplet } = await api.create({ tags: ['mine'] })
  const changed = await api.call('POST', `/_simulator/droplets/${droplet.id}`, {
    name: 'renamed',
    size_slug: 'c-4',
    tags: ['theirs'],
    status: 'off',
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { droplet: { name: 'renamed', size_slug: 'c-4' } },
  })
  expect(await api.droplet(droplet.id)).toMatchObject({
    status: 'off',
    tags: ['theirs'],
    disk: 50,
    vcpus: 4,
  })
  expect(await api.requests('')).toMatchObject({ count: 2 })
})

test('a droplet is made and deleted behind our back, at once', async () => {
  await using api = await SimulatedApi.start({ lagMs: 60_000 })
  const made = await api.call('POST', '/_simulator/droplets', {
    name: 'sneaky',
    status: 'off',
    tags: ['t'],
  })
  expect(made).toMatchObject({
    status: 201,
    body: { droplets: [{ name: 'sneaky', status: 'off', locked: false }] },
  })
  const [listed] = (await api.read(bodies.droplets, '/v2/droplets')).droplets
  expect(await api.status('DELETE', `/_simulator/droplets/${listed?.id}`)).toBe(204)
  expect(await api.names()).toEqual([])
  expect(await api.status('GET', `/v2/droplets/${listed?.id}`)).toBe(404)
  expect(await api.status('DELETE', `/_simulator/droplets/${listed?.id}`)).toBe(404)
})

test('an action on a droplet that vanished meanwhile errs', async () => {
  await using api = await SimulatedApi.start()
  const { droplet, links } = await api.create()
  await api.call('DELETE', `/_simulator/droplets/${droplet.id}`)
  api.clock.advance(minute)
  expect(await api.action(links.actions[0]?.id ?? 0)).toMatchObject({ status: 'errored' })
})

test.each([
  [{ size_slug: 'huge' }, 'size_slug: there is no size "huge"'],
  [{ colour: 'red' }, 'Unrecognized key: "colour"'],
])('a change to %j is refused', async (change, message) => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  expect(await api.call('POST', `/_simulator/droplets/${id}`, change)).toMatchObject({
    status: 422,
    body: { message },
  })
})

test('tokens are declared while it runs', async () => {
  await using api = await SimulatedApi.start()
  const tokens = [{ token: 'secret', scopes: ['read'] }]
  expect(await api.call('POST', '/_simulator/tokens', { tokens })).toMatchObject({
    body: { declared: 1 },
  })
  expect(await api.status('POST', '/v2/droplets', plan)).toBe(403)
  await api.call('POST', '/_simulator/tokens', { tokens: null })
  expect(await api.status('POST', '/v2/droplets', plan)).toBe(202)
  expect(await api.status('POST', '/_simulator/tokens', { tokens: [{ token: '' }] })).toBe(422)
})

test('time is advanced, and made faster for what is under way too', async () => {
  await using api = await SimulatedApi.start()
  const { droplet } = await api.create()
  const answer = await api.call('POST', '/_simulator/clock', { advance_ms: 60_000 })
  expect(answer).toMatchObject({ body: { time: '2026-01-15T12:01:00.000Z', speed: 1 } })
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'active' })
  await api.act(droplet.id, { type: 'snapshot' })
  expect(await api.call('POST', '/_simulator/clock', { speed: 100 })).toMatchObject({
    body: { speed: 100 },
  })
  api.clock.advance(second)
  expect(await api.droplet(droplet.id)).toMatchObject({ locked: false })
  expect(await api.status('POST', '/_simulator/clock', { advance_ms: -1 })).toBe(422)
})

test('the state in figures, and back to the start', async () => {
  await using api = await SimulatedApi.start({ seed: { resources: 40 } })
  const before = await api.call('GET', '/_simulator/state')
  expect(before).toMatchObject({
    body: { droplets: 17, snapshots: 4, tags: 5, actions_in_progress: 0 },
  })
  await api.create()
  await api.call('POST', '/_simulator/clock', { advance_ms: 1_000 })
  await api.fault({ kind: 'lost' })
  expect((await api.call('POST', '/_simulator/reset')).body).toEqual(before.body)
  expect(await api.requests('')).toMatchObject({ count: 0 })
  expect(await api.call('POST', '/_simulator/reset', { resources: 0 })).toMatchObject({
    body: { droplets: 0 },
  })
})

test('the state counts every kind, and within them what is made apart', async () => {
  await using api = await SimulatedApi.start()
  const { droplet } = await api.create({ backups: true })
  api.clock.advance(8 * 24 * 60 * minute)
  await api.done(droplet.id, { type: 'snapshot', name: 'asked for' })
  await api.call('POST', '/v2/domains', { name: 'example.com' })
  const database = {
    name: 'main',
    engine: 'pg',
    region: 'fra1',
    size: 'db-s-1vcpu-1gb',
    num_nodes: 1,
  }
  expect(await api.status('POST', '/v2/databases', database)).toBe(201)
  const pool = { name: 'pool', size: 's-2vcpu-4gb', count: 2 }
  const cluster = { name: 'theirs', region: 'fra1', version: 'latest', node_pools: [pool] }
  expect(await api.status('POST', '/v2/kubernetes/clusters', cluster)).toBe(201)
  const { body } = await api.call('GET', '/_simulator/state')
  expect(body).toEqual({
    time: expect.any(String),
    speed: 1,
    droplets: 3,
    droplets_by_status: { active: 1, new: 2 },
    snapshots: 1,
    backups: 7,
    tags: expect.any(Number),
    actions: 4,
    actions_in_progress: 2,
    custom_images: 0,
    volumes: 0,
    volume_snapshots: 0,
    ssh_keys: 0,
    domains: 1,
    domain_records: 4,
    certificates: 0,
    cdn_endpoints: 0,
    vpcs: expect.any(Number),
    firewalls: 0,
    load_balancers: 0,
    reserved_ips: 0,
    reserved_ipv6s: 0,
    projects: 1,
    databases: 1,
    database_replicas: 0,
    kubernetes_clusters: 1,
    kubernetes_node_pools: 1,
    autoscale_pools: 0,
    faults: 0,
  })
})

test('the log names the operation that served a request, and the answer by its id', async () => {
  await using api = await SimulatedApi.start()
  const id = await api.active()
  const answer = await api.call('GET', `/v2/droplets/${id}/`)
  await api.call('GET', '/v2/nothing')
  expect((await api.requests('?method=GET')).requests).toMatchObject([
    {
      path: `/v2/droplets/${id}/`,
      route: 'GET /v2/droplets/:droplet',
      request_id: answer.headers.get('x-request-id'),
      simulated: true,
    },
    { path: '/v2/nothing', route: null, simulated: false },
  ])
})

test('the operations that are served', async () => {
  await using api = await SimulatedApi.start()
  const { body } = await api.call('GET', '/_simulator/routes', undefined, null)
  const { count, routes } = served.parse(body)
  expect(routes).toHaveLength(count)
  expect(routes).toContainEqual({
    method: 'DELETE',
    path: '/v2/droplets/:droplet',
    scopes: ['droplet:delete'],
  })
})

test('health, and controls that there are not', async () => {
  await using api = await SimulatedApi.start()
  expect(await api.call('GET', '/_simulator/health', undefined, null)).toMatchObject({
    status: 200,
    body: { status: 'ok', time: '2026-01-15T12:00:00.000Z' },
  })
  expect(await api.status('GET', '/_simulator/nothing')).toBe(404)
})
