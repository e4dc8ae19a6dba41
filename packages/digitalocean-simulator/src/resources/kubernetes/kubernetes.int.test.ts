import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const node = z.looseObject({
  id: z.string(),
  droplet_id: z.string(),
  status: z.object({ state: z.string(), message: z.string() }),
})
const pool = z.looseObject({ id: z.string(), count: z.number(), nodes: z.array(node) })
const cluster = z.looseObject({ id: z.string(), version: z.string(), node_pools: z.array(pool) })
const one = z.object({ kubernetes_cluster: cluster })
const onePool = z.object({ node_pool: pool })
const all = '/v2/kubernetes/clusters'
const plan = {
  name: 'shop',
  region: 'fra1',
  version: 'latest',
  node_pools: [{ name: 'web', size: 's-2vcpu-4gb', count: 3, tags: ['front'] }],
}

async function create(api: SimulatedApi, changes: object = {}) {
  const answer = await api.call('POST', all, { ...plan, ...changes })
  return one.parse(answer.body).kubernetes_cluster
}

const states = (nodes: readonly z.infer<typeof node>[]) => nodes.map((each) => each.status.state)

test('a cluster provisions for minutes, and its nodes are tagged droplets', async () => {
  await using api = await SimulatedApi.start()
  const { id, node_pools: pools } = await create(api, { tags: ['mine'] })
  expect(states(pools[0]?.nodes ?? [])).toEqual(['provisioning', 'provisioning', 'provisioning'])
  api.clock.advance(minute)
  const { kubernetes_cluster: early } = await api.read(one, `${all}/${id}`)
  expect(early).toMatchObject({
    name: 'shop',
    version: '1.34.1-do.2',
    status: { state: 'provisioning' },
    endpoint: '',
    tags: ['mine', 'k8s', `k8s:${id}`],
    maintenance_policy: { start_time: '00:00', day: 'any', duration: '4h0m0s' },
  })
  expect(states(early.node_pools[0]?.nodes ?? [])).toEqual(['running', 'running', 'running'])
  const droplet = await api.droplet(Number(early.node_pools[0]?.nodes[0]?.droplet_id))
  expect(droplet).toMatchObject({
    size_slug: 's-2vcpu-4gb',
    tags: ['front', 'k8s', `k8s:${id}`, 'k8s:worker'],
    region: { slug: 'fra1' },
  })
  expect(await api.status('GET', `${all}/${id}/credentials`)).toBe(412)
  api.clock.advance(6 * minute)
  expect((await api.read(one, `${all}/${id}`)).kubernetes_cluster).toMatchObject({
    status: { state: 'running' },
    endpoint: `https://${id}.k8s.ondigitalocean.com`,
  })
})

test('a kubeconfig is a file, not JSON', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  api.clock.advance(6 * minute)
  const answer = await api.call('GET', `${all}/${id}/kubeconfig`)
  expect(answer.headers.get('content-type')).toBe('application/yaml')
  expect(answer.body).toMatch(/^apiVersion: v1\nkind: Config\n/)
  expect(answer.body).toContain(`server: https://${id}.k8s.ondigitalocean.com`)
  const credentials = await api.call('GET', `${all}/${id}/credentials?expiry_seconds=60`)
  expect(credentials).toMatchObject({ body: { expires_at: '2026-01-15T12:07:00Z' } })
})

test.each([
  [{ version: '1.14.2-do.0' }, 'validation error: invalid version slug'],
  [{ region: 'ams2' }, 'validation error: invalid region slug'],
  [{ name: 'No Spaces' }, 'validation error: invalid name'],
  [
    { node_pools: [{ name: 'a', size: 's-1vcpu-1gb', count: 1 }] },
    'validation error: invalid size slug',
  ],
  [
    { node_pools: [{ name: 'a', size: 'c-4', count: 0 }] },
    'validation error: count must be between 1 and 512',
  ],
  [
    { node_pools: [{ name: 'a', size: 'c-4', auto_scale: true, min_nodes: 3, max_nodes: 2 }] },
    'validation error: min_nodes and max_nodes do not fit',
  ],
])('a cluster with %j is refused, and no droplet made', async (changes, message) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', all, { ...plan, ...changes })).toMatchObject({
    status: 422,
    body: { message },
  })
  expect(await api.names()).toEqual([])
})

test('a name belongs to one cluster', async () => {
  await using api = await SimulatedApi.start()
  await create(api)
  expect(await api.call('POST', all, plan)).toMatchObject({
    status: 422,
    body: { message: 'a cluster with this name already exists' },
  })
})

test('an upgrade goes to the next line at most, and refuses another meanwhile', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api, { version: '1.32.5-do.3' })
  api.clock.advance(6 * minute)
  expect(await api.call('GET', `${all}/${id}/upgrades`)).toMatchObject({
    body: {
      available_upgrade_versions: [{ slug: '1.33.6-do.1' }, { slug: '1.32.10-do.1' }],
    },
  })
  const upgrade = (version: string) => api.status('POST', `${all}/${id}/upgrade`, { version })
  expect(await upgrade('1.34.1-do.2')).toBe(422)
  expect(await upgrade('1.31.9-do.5')).toBe(422)
  expect(await upgrade('1.33.6-do.1')).toBe(202)
  expect(await upgrade('1.32.10-do.1')).toBe(412)
  expect((await api.read(one, `${all}/${id}`)).kubernetes_cluster).toMatchObject({
    status: { state: 'upgrading' },
    version: '1.32.5-do.3',
  })
  api.clock.advance(15 * minute)
  expect((await api.read(one, `${all}/${id}`)).kubernetes_cluster.version).toBe('1.33.6-do.1')
})

test('a pool shrinks by its newest nodes, which leave as droplets do', async () => {
  await using api = await SimulatedApi.start()
  const { id, node_pools: pools } = await create(api)
  const path = `${all}/${id}/node_pools/${pools[0]?.id}`
  api.clock.advance(6 * minute)
  const shrunk = await api.call('PUT', path, { name: 'web', count: 1, tags: ['k8s', 'front'] })
  expect(shrunk).toMatchObject({ status: 202, body: { node_pool: { count: 1 } } })
  expect(states((await api.read(onePool, path)).node_pool.nodes)).toEqual([
    'running',
    'deleting',
    'deleting',
  ])
  api.clock.advance(minute)
  expect((await api.read(onePool, path)).node_pool).toMatchObject({
    tags: ['front', 'k8s', `k8s:${id}`, 'k8s:worker'],
    nodes: [{ id: pools[0]?.nodes[0]?.id }],
  })
  expect(await api.status('DELETE', path)).toBe(422)
})

test('nodes are deleted and recycled by their ids', async () => {
  await using api = await SimulatedApi.start()
  const { id, node_pools: pools } = await create(api)
  const path = `${all}/${id}/node_pools/${pools[0]?.id}`
  const [a, b] = (pools[0]?.nodes ?? []).map((each) => each.id)
  api.clock.advance(6 * minute)
  expect(await api.status('DELETE', `${path}/nodes/${a}?skip_drain=1`)).toBe(202)
  expect(await api.status('POST', `${path}/recycle`, { nodes: [b] })).toBe(202)
  expect(await api.status('POST', `${path}/recycle`, { nodes: ['x'] })).toBe(404)
  api.clock.advance(minute)
  const { node_pool: after } = await api.read(onePool, path)
  expect(after).toMatchObject({ count: 2, nodes: { length: 2 } })
  expect(after.nodes.map((each) => each.id)).not.toContain(a)
  expect(after.nodes.map((each) => each.id)).not.toContain(b)
})

test('taints are taken as the official client spells them, and settings as they come', async () => {
  await using api = await SimulatedApi.start()
  const firewall = { enabled: true, allowed_addresses: ['192.0.2.0/24'] }
  const taints = [{ Key: 'gpu', Value: 'yes', Effect: 'NoSchedule' }]
  const labels = { service: 'web' }
  const made = await create(api, {
    control_plane_firewall: firewall,
    node_pools: [
      { name: 'web', size: 'c-4', auto_scale: true, min_nodes: 2, max_nodes: 4, taints, labels },
    ],
  })
  expect(made).toMatchObject({
    control_plane_firewall: firewall,
    node_pools: [
      {
        count: 2,
        auto_scale: true,
        labels,
        taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
      },
    ],
  })
  const change = {
    name: 'shop-2',
    ha: true,
    maintenance_policy: { day: 'sunday', start_time: '03:00' },
  }
  expect(await api.call('PUT', `${all}/${made.id}`, change)).toMatchObject({
    status: 202,
    body: { kubernetes_cluster: { ...change, control_plane_firewall: firewall } },
  })
  expect(await api.status('PUT', `${all}/${made.id}`, { name: 'shop-2', ha: false })).toBe(422)
})

test('a deleted cluster takes its droplets with it', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  const other = await api.active()
  expect(await api.status('DELETE', `${all}/${id}`)).toBe(204)
  expect(await api.status('GET', `${all}/${id}`)).toBe(404)
  api.clock.advance(minute)
  expect(await api.names()).toHaveLength(1)
  expect(await api.status('GET', `/v2/droplets/${other}`)).toBe(200)
})

test('a droplet that is deleted behind the back of its cluster is missed', async () => {
  await using api = await SimulatedApi.start()
  const { id, node_pools: pools } = await create(api)
  api.clock.advance(7 * minute)
  const messages = `${all}/${id}/status_messages`
  expect(await api.call('GET', messages)).toMatchObject({ body: { messages: [] } })
  await api.call('DELETE', `/v2/droplets/${pools[0]?.nodes[0]?.droplet_id}`)
  api.clock.advance(minute)
  expect(await api.call('GET', messages)).toMatchObject({
    body: {
      messages: [{ message: 'Node pool web has 2 of 3 nodes', timestamp: '2026-01-15T12:08:00Z' }],
    },
  })
  await api.call('PUT', `${all}/${id}/node_pools/${pools[0]?.id}`, { name: 'web', count: 3 })
  expect(await api.call('GET', messages)).toMatchObject({ body: { messages: [] } })
})

test.each([
  ['stuck', 'provisioning'],
  ['errored', 'error'],
])('a cluster whose creation is %s ends as %s, and is deleted', async (kind, state) => {
  await using api = await SimulatedApi.start()
  await api.fault({ kind, match: { method: 'POST', path: all } })
  const { id } = await create(api)
  expect(await api.call('GET', `${all}/${id}`)).toMatchObject({
    body: { kubernetes_cluster: { status: { state: 'provisioning' } } },
  })
  api.clock.advance(60 * minute)
  expect(await api.call('GET', `${all}/${id}`)).toMatchObject({
    body: { kubernetes_cluster: { status: { state }, endpoint: '' } },
  })
  expect(await api.call('GET', `${all}/${id}/credentials`)).toMatchObject({
    status: 412,
    body: { message: `cluster is not running: it is ${state}` },
  })
  expect(await api.status('DELETE', `${all}/${id}`)).toBe(204)
})

test.each([
  ['stuck', 'upgrading'],
  ['errored', 'running'],
])('a cluster whose upgrade is %s is %s, at its old version', async (kind, state) => {
  await using api = await SimulatedApi.start()
  const { id, version } = await create(api, { version: '1.32' })
  api.clock.advance(6 * minute)
  const upgrades = await api.read(
    z.object({ available_upgrade_versions: z.array(z.object({ slug: z.string() })) }),
    `${all}/${id}/upgrades`,
  )
  await api.fault({ kind, match: { method: 'POST' } })
  const [next] = upgrades.available_upgrade_versions
  expect(await api.status('POST', `${all}/${id}/upgrade`, { version: next?.slug })).toBe(202)
  api.clock.advance(60 * minute)
  expect(await api.call('GET', `${all}/${id}`)).toMatchObject({
    body: { kubernetes_cluster: { status: { state }, version } },
  })
})
