import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const all = '/v2/kubernetes/clusters'
const minutes = 60

export const kubernetes: Scenario = {
  name: 'kubernetes',
  async walk(api) {
    await api.get('/v2/kubernetes/options')
    const one = await cluster(api, 'shop')
    await api.get(all)
    await api.get(one)
    for (const what of ['credentials', 'kubeconfig', 'upgrades', 'user', 'status_messages']) {
      await api.get(`${one}/${what}`)
    }
    await api.put(one, { name: 'shop', auto_upgrade: true }, 202)
    await pools(api, one)
    await api.post(`${one}/upgrade`, { version: '1.34.1-do.2' }, 202)
    await api.wait(30 * minutes)
    await api.get(`${one}/destroy_with_associated_resources`)
    await api.delete(one)
    const selective = 'destroy_with_associated_resources/selective'
    await api.delete(`${await cluster(api, 'second')}/${selective}`, 204, { volumes: [] })
    await api.delete(`${await cluster(api, 'third')}/destroy_with_associated_resources/dangerous`)
    await api.wait(30 * minutes)
    await api.get(one, 404)
  },
}

async function cluster(api: Api, name: string): Promise<string> {
  const made = await api.post(
    all,
    {
      name,
      region: 'fra1',
      version: '1.33',
      tags: [name],
      control_plane_firewall: { enabled: true, allowed_addresses: ['192.0.2.0/24'] },
      node_pools: [{ name: 'web', size: 's-2vcpu-4gb', count: 3, labels: { tier: 'web' } }],
    },
    201,
  )
  await api.wait(10 * minutes)
  return `${all}/${idOf(made, 'kubernetes_cluster.id')}`
}

async function pools(api: Api, one: string): Promise<void> {
  const web = `${one}/node_pools/${idOf(await api.get(`${one}/node_pools`), 'node_pools.0.id')}`
  const shown = await api.get(web)
  const taints = [{ key: 'a', value: 'b', effect: 'NoSchedule' }]
  const more = { name: 'more', size: 'c-4', count: 1, taints }
  const added = await api.post(`${one}/node_pools`, more, 201)
  await api.put(web, { name: 'web', count: 4 }, 202)
  await api.wait(10 * minutes)
  await api.post(`${web}/recycle`, { nodes: [idOf(shown, 'node_pool.nodes.0.id')] }, 202)
  await api.delete(`${web}/nodes/${idOf(shown, 'node_pool.nodes.1.id')}`, 202)
  await api.delete(`${one}/node_pools/${idOf(added, 'node_pool.id')}`)
  await api.wait(10 * minutes)
}
