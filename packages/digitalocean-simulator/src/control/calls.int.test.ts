import { expect, test } from 'vitest'
import { z } from 'zod'
import { plan, SimulatedApi } from '../../test/simulated-api.ts'
import { Controls } from '../index.ts'

const named = { name: 'theirs' }
const rule = {
  entry_protocol: 'http',
  entry_port: 80,
  target_protocol: 'http',
  target_port: 80,
}

/** Of every kind that is made with few words: its path, what it is made of, what holds its id. */
const kinds: readonly (readonly [path: string, body: object, id: string])[] = [
  ['droplets', plan, 'droplet.id'],
  ['volumes', { ...named, region: 'fra1', size_gigabytes: 10 }, 'volume.id'],
  [
    'firewalls',
    { ...named, outbound_rules: [{ protocol: 'icmp', destinations: { tags: [] } }] },
    'firewall.id',
  ],
  ['vpcs', { ...named, region: 'fra1' }, 'vpc.id'],
  ['load_balancers', { ...named, region: 'fra1', forwarding_rules: [rule] }, 'load_balancer.id'],
  ['reserved_ips', { region: 'fra1' }, 'reserved_ip.ip'],
  ['domains', { name: 'example.com' }, 'domain.name'],
  ['tags', named, 'tag.name'],
  ['projects', { ...named, purpose: 'Other' }, 'project.id'],
  [
    'databases',
    { ...named, engine: 'pg', region: 'fra1', size: 'db-s-1vcpu-1gb', num_nodes: 1 },
    'database.id',
  ],
]

async function start(options: Parameters<typeof SimulatedApi.start>[0] = {}) {
  const api = await SimulatedApi.start(options)
  return { api, controls: new Controls(api.url) }
}

/** How many there are of a kind, as the state has it: an account has projects and VPCs of its own. */
async function count(controls: Controls, kind: string): Promise<number> {
  return Number(at(await controls.control('GET', '/state'), kind))
}

/** What a body holds at a place such as `droplet.id`. */
function at(body: unknown, place: string): string {
  const found = place
    .split('.')
    .reduce((within, field) => z.record(z.string(), z.unknown()).parse(within)[field], body)
  return String(z.union([z.string(), z.number()]).parse(found))
}

test.each(kinds)('%s come and go behind our back', async (path, body, id) => {
  const { api, controls } = await start()
  await using _ = api
  const before = await count(controls, path)
  const made = await controls.call('POST', `/v2/${path}`, body)
  expect(made.status, JSON.stringify(made.body)).toBeLessThan(300)
  expect(await count(controls, path)).toBe(before + 1)
  api.clock.advance(600_000)
  const one = `/v2/${path}/${at(made.body, id)}`
  expect(await api.status('GET', one)).toBe(200)
  expect(await controls.call('DELETE', one)).toMatchObject({ body: null })
  api.clock.advance(600_000)
  expect(await api.status('GET', one)).toBe(404)
  expect(await count(controls, path)).toBe(before)
})

test('nobody needs a token, is limited, meets a fault, or is logged', async () => {
  const { api, controls } = await start({
    tokens: [{ token: 'secret', scopes: 'read' }],
    rateLimits: { perMinute: 1, perHour: 1 },
  })
  await using _ = api
  const fault = await controls.addFault({ kind: 'error', status: 503, times: 'always' })
  for (const name of ['a', 'b', 'c']) {
    expect(await controls.call('POST', '/v2/tags', { name })).toMatchObject({ status: 201 })
  }
  expect(await controls.requests()).toMatchObject({ count: 0, total: 0 })
  expect(await fault.state()).toMatchObject({ matched: 0 })
  await fault.remove()
  expect(await api.status('GET', '/v2/tags')).toBe(200)
})

test('it is answered what anybody would be: pages, refusals, text', async () => {
  const { api, controls } = await start()
  await using _ = api
  await controls.createDroplets({ names: ['a', 'b'] })
  expect(await controls.call('GET', '/v2/droplets?per_page=1&page=2')).toMatchObject({
    status: 200,
    body: {
      droplets: [{ name: 'b' }],
      links: { pages: { first: `${api.url}/v2/droplets?per_page=1&page=1` } },
    },
  })
  expect(await controls.call('DELETE', '/v2/droplets/7')).toMatchObject({
    status: 404,
    body: { id: 'not_found', request_id: expect.any(String) },
  })
  expect(await controls.call('POST', '/v2/droplets', { name: 'a' })).toMatchObject({ status: 422 })
  expect(await controls.call('GET', '/v2/nothing')).toMatchObject({ status: 404 })
  const cluster = await controls.call('POST', '/v2/kubernetes/clusters', {
    name: 'theirs',
    region: 'fra1',
    version: 'latest',
    node_pools: [{ name: 'pool', size: 's-2vcpu-4gb', count: 1 }],
  })
  api.clock.advance(600_000)
  const one = `/v2/kubernetes/clusters/${at(cluster.body, 'kubernetes_cluster.id')}`
  expect(await controls.call('GET', `${one}/kubeconfig`)).toMatchObject({
    status: 200,
    body: expect.stringContaining('clusters:'),
  })
})

test('a query may be apart, and headers come along', async () => {
  const { api, controls } = await start()
  await using _ = api
  const ids = await controls.createDroplets({ names: ['a', 'b'] })
  const query = { name: 'b' }
  expect(
    await api.call('POST', '/_simulator/calls', { method: 'get', path: '/v2/droplets', query }),
  ).toMatchObject({ status: 200, body: { body: { meta: { total: 1 } } } })
  const dangerous = `/v2/droplets/${ids[0]}/destroy_with_associated_resources/dangerous`
  expect(await controls.call('DELETE', dangerous)).toMatchObject({ status: 422 })
  expect(
    await controls.call('DELETE', dangerous, undefined, { 'x-dangerous': 'true' }),
  ).toMatchObject({ status: 202 })
})

test.each([
  ['POST', '/_simulator/reset', 'path: must begin with /v2/'],
  ['POST', 'http://elsewhere/v2/tags', 'path: must begin with /v2/'],
  ['EXPLODE', '/v2/tags', 'method is not one of GET'],
])('%s %s is no request to the API', async (method, path, message) => {
  const { api, controls } = await start()
  await using _ = api
  await expect(controls.call(method, path)).rejects.toThrow(message)
})
