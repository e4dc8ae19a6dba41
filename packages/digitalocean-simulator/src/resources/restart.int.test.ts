import { expect, test } from 'vitest'
import { DataFolder } from '../../test/data-folder.ts'
import { ManualClock, minute, SimulatedApi } from '../../test/simulated-api.ts'
import { fingerprint, sshKey } from '../../test/ssh-key.ts'

const plan = { region: 'fra1', size: 's-2vcpu-4gb' }
const lists = [
  '/v2/projects',
  '/v2/projects/default/resources',
  '/v2/databases',
  '/v2/kubernetes/clusters',
  '/v2/droplets/autoscale',
  '/v2/customers/my/balance',
]

async function answers(api: SimulatedApi) {
  return Promise.all(lists.map(async (path) => (await api.call('GET', path)).body))
}

test('projects, databases, clusters and pools are there after a restart, and go on', async () => {
  await using folder = await DataFolder.create()
  const clock = new ManualClock()
  const options = { dataDir: folder.path }
  const before = await SimulatedApi.start(options, clock)
  await before.call('POST', '/v2/projects', { name: 'shop', purpose: 'IoT' })
  const database = { name: 'shop', engine: 'mysql', num_nodes: 1, size: 'db-s-2vcpu-4gb' }
  await before.call('POST', '/v2/databases', { ...database, region: 'fra1' })
  clock.advance(10 * minute)
  await before.call('POST', '/v2/kubernetes/clusters', {
    name: 'shop',
    region: 'fra1',
    version: 'latest',
    node_pools: [{ name: 'web', size: plan.size, count: 2 }],
  })
  await before.call('POST', '/v2/account/keys', sshKey)
  const template = { ...plan, image: 'debian-13-x64', ssh_keys: [fingerprint] }
  const pool = { name: 'web', config: { target_number_instances: 1 }, droplet_template: template }
  await before.call('POST', '/v2/droplets/autoscale', pool)
  const told = await answers(before)
  await before.close()
  await using after = await SimulatedApi.start(options, clock)
  expect(await answers(after)).toEqual(told.map((body) => sameHost(body, before.url, after.url)))
  clock.advance(10 * minute)
  expect(await after.call('GET', '/v2/kubernetes/clusters')).toMatchObject({
    body: { kubernetes_clusters: [{ status: { state: 'running' } }] },
  })
})

function sameHost(body: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(from, to))
}
