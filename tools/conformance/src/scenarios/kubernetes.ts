import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const all = '/v2/kubernetes/clusters'

/** A cluster that runs. @returns its path, and what was made */
async function runningCluster(api: Api, name: string) {
  const created = await api.post(
    all,
    {
      name,
      region: 'fra1',
      version: '1.33',
      tags: ['shop'],
      control_plane_firewall: { enabled: true, allowed_addresses: ['192.0.2.0/24'] },
      node_pools: [{ name: 'web', size: 's-2vcpu-4gb', count: 3, labels: { tier: 'front' } }],
    },
    201,
  )
  await api.wait(600)
  return { path: `${all}/${idOf(created, 'kubernetes_cluster.id')}`, created }
}

export const kubernetes: Scenario = {
  name: 'kubernetes',
  async walk(api) {
    const { path } = await runningCluster(api, 'shop')
    await api.get('/v2/kubernetes/options')
    await api.get(all)
    for (const what of ['', '/upgrades', '/user', '/credentials', '/kubeconfig']) {
      await api.get(`${path}${what}`)
    }
    await api.put(path, { name: 'shop', auto_upgrade: true, surge_upgrade: true }, 202)
    await api.post(`${path}/upgrade`, { version: '1.34.1-do.2' }, 202)
    await api.get(path)
    await api.delete(path)
    await api.get(path, 404)
    const other = await runningCluster(api, 'other')
    await api.delete(`${other.path}/destroy_with_associated_resources/dangerous`)
  },
}

export const nodePools: Scenario = {
  name: 'node pools',
  async walk(api) {
    const { path, created } = await runningCluster(api, 'shop')
    const pool = `${path}/node_pools/${idOf(created, 'kubernetes_cluster.node_pools.0.id')}`
    const node = (index: number) =>
      idOf(created, `kubernetes_cluster.node_pools.0.nodes.${index}.id`)
    const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]
    const scaling = { auto_scale: true, min_nodes: 1, max_nodes: 3 }
    const made = await api.post(
      `${path}/node_pools`,
      { name: 'jobs', size: 'c-4', count: 1, taints, ...scaling },
      201,
    )
    await api.get(`${path}/node_pools`)
    await api.get(pool)
    await api.put(pool, { name: 'web', count: 2 }, 202)
    await api.post(`${pool}/recycle`, { nodes: [node(0)] }, 202)
    await api.delete(`${pool}/nodes/${node(1)}?skip_drain=1&replace=1`, 202)
    await api.delete(`${path}/node_pools/${idOf(made, 'node_pool.id')}`)
  },
}
