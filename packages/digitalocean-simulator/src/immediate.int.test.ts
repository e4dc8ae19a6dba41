import { expect, test } from 'vitest'
import { z } from 'zod'
import { DataFolder } from '../test/data-folder.ts'
import { bodies, ManualClock, minute, plan, SimulatedApi } from '../test/simulated-api.ts'
import { Controls, type SimulatorOptions } from './index.ts'

/** As slow to be seen as the real one, but for the speed; and time stands still. */
const start = (options: SimulatorOptions = { speed: 'immediate' }, clock?: ManualClock) =>
  SimulatedApi.start({ lagMs: {}, ...options }, clock)

const rule = { entry_protocol: 'http', entry_port: 80, target_protocol: 'http', target_port: 80 }
const pool = { name: 'web', size: 's-2vcpu-4gb', count: 2 }

/** What takes its time: the path, what it is made of, what its answer holds, how that is told. */
const kinds: readonly (readonly [path: string, body: object, name: string, ready: object])[] = [
  ['droplets', plan, 'droplet', { status: 'active', locked: false }],
  [
    'load_balancers',
    { name: 'lb', region: 'fra1', forwarding_rules: [rule] },
    'load_balancer',
    { status: 'active', ip: expect.stringMatching(/^100\./) },
  ],
  [
    'databases',
    { name: 'main', engine: 'pg', region: 'fra1', size: 'db-s-1vcpu-1gb', num_nodes: 1 },
    'database',
    { status: 'online' },
  ],
  [
    'kubernetes/clusters',
    { name: 'shop', region: 'fra1', version: 'latest', node_pools: [pool] },
    'kubernetes_cluster',
    {
      status: { state: 'running' },
      node_pools: [{ nodes: [{ status: { state: 'running' } }, { status: { state: 'running' } }] }],
    },
  ],
  [
    'images',
    { name: 'own', region: 'fra1', url: 'https://example.com/own.img', distribution: 'Debian' },
    'image',
    { status: 'available' },
  ],
]

async function make(api: SimulatedApi, path: string, body: object, name: string): Promise<string> {
  const made = await api.call('POST', `/v2/${path}`, body)
  const id = z.object({ [name]: z.looseObject({ id: z.union([z.string(), z.number()]) }) })
  return `/v2/${path}/${id.parse(made.body)[name]?.id}`
}

test.each(kinds)('%s are ready at the next request', async (path, body, name, ready) => {
  await using api = await start()
  const one = await make(api, path, body, name)
  expect(await api.call('GET', one)).toMatchObject({ status: 200, body: { [name]: ready } })
})

test('actions are done, listings are right, and what is deleted is gone', async () => {
  await using api = await start()
  const { droplet, links } = await api.create()
  expect(await api.action(links.actions[0]?.id ?? 0)).toMatchObject({ status: 'completed' })
  expect(await api.names()).toEqual([droplet.name])
  await api.act(droplet.id, { type: 'snapshot', name: 'saved' })
  const snapshots = async () => (await api.read(bodies.snapshots, '/v2/snapshots')).snapshots
  const [saved] = await snapshots()
  expect(saved).toMatchObject({ name: 'saved' })
  expect(await api.status('DELETE', `/v2/snapshots/${saved?.id}`)).toBe(204)
  expect(await snapshots()).toEqual([])
  expect(await api.status('DELETE', `/v2/droplets/${droplet.id}`)).toBe(204)
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(404)
  expect(await api.names()).toEqual([])
})

test('a stuck action stays so, and is released', async () => {
  await using api = await start()
  const controls = new Controls(api.url)
  const fault = await controls.addFault({ kind: 'stuck' })
  const { droplet } = await api.create()
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'new', locked: true })
  expect(await fault.release()).toBe(1)
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'active' })
})

test('what is under way is over as soon as the speed is immediate, and not before', async () => {
  await using api = await start({})
  const controls = new Controls(api.url)
  const made = new Map<string, object>()
  for (const [path, body, name, ready] of kinds) {
    const one = await make(api, path, body, name)
    made.set(one, { status: 200, body: { [name]: ready } })
  }
  await api.call('POST', '/v2/domains', { name: 'example.com' })
  const letsEncrypt = { name: 'le', type: 'lets_encrypt', dns_names: ['example.com'] }
  made.set(await make(api, 'certificates', letsEncrypt, 'certificate'), {
    body: { certificate: { state: 'verified' } },
  })
  const [droplet] = await controls.createDroplets({ name: 'behind' })
  const firewall = { name: 'fw', inbound_rules: [], droplet_ids: [droplet] }
  const outbound_rules = [{ protocol: 'icmp', destinations: { addresses: ['0.0.0.0/0'] } }]
  made.set(await make(api, 'firewalls', { ...firewall, outbound_rules }, 'firewall'), {
    body: { firewall: { status: 'succeeded', pending_changes: [] } },
  })
  for (const [one, ready] of made) {
    expect(await api.call('GET', one), one).not.toMatchObject(ready)
  }
  await controls.setSpeed('immediate')
  for (const [one, ready] of made) expect(await api.call('GET', one), one).toMatchObject(ready)
  expect(await controls.control('GET', '/state')).toMatchObject({ speed: 'immediate' })
})

test('what comes after is as slow as it is told', async () => {
  await using api = await start()
  const controls = new Controls(api.url)
  await controls.setSpeed(2)
  const { droplet } = await api.create()
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(404)
  api.clock.advance(minute / 2)
  expect(await api.droplet(droplet.id)).toMatchObject({ status: 'active' })
})

test('a lag that runs is shortened with the rest', async () => {
  await using api = await start({ lagMs: { read: 40_000, list: 40_000 } })
  const { droplet } = await api.create()
  api.clock.advance(10_000)
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(404)
  await new Controls(api.url).setSpeed(100)
  api.clock.advance(400)
  expect(await api.names()).toEqual([droplet.name])
  expect(await api.status('GET', `/v2/droplets/${droplet.id}`)).toBe(200)
})

test('what a slower one left under way is over when it is immediate at the next start', async () => {
  await using folder = await DataFolder.create()
  const clock = new ManualClock()
  const slow = await start({ dataDir: folder.path }, clock)
  const made = []
  for (const [path, body, name, ready] of kinds) {
    made.push({ one: await make(slow, path, body, name), name, ready })
  }
  await slow.close()
  await using api = await start({ dataDir: folder.path, speed: 'immediate' }, clock)
  for (const { one, name, ready } of made) {
    expect(await api.call('GET', one)).toMatchObject({ status: 200, body: { [name]: ready } })
  }
})

test.each([
  [0, 'speed is not above 0'],
  [-1, 'speed is not above 0'],
  ['fast', 'speed must be a number above 0, or "immediate"'],
  [null, 'speed is required'],
])('%j is no speed', async (speed, message) => {
  await using api = await start()
  expect(await api.call('POST', '/_simulator/clock', { speed })).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining(message) },
  })
})
