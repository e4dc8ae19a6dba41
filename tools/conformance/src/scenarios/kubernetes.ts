import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const all = '/v2/kubernetes/clusters'
const web = { name: 'web', size: 's-2vcpu-4gb', count: 2 }

export const kubernetes: Scenario = {
  name: 'kubernetes',
  async walk(api) {
    await api.get('/v2/kubernetes/options')
    const path = await cluster(api, 'shop', {
      tags: ['prod'],
      maintenance_policy: { start_time: '12:00', day: 'any' },
      control_plane_firewall: { enabled: true, allowed_addresses: ['192.0.2.0/24'] },
    })
    await api.get(path)
    await api.get(`${path}/kubeconfig`, 412)
    await api.wait(600)
    await api.get(path)
    await api.get(all)
    await api.get(`${path}/kubeconfig`)
    await api.get(`${path}/credentials?expiry_seconds=3600`)
    await api.get(`${path}/user`)
    await api.put(path, { name: 'shop-1', surge_upgrade: true, tags: ['prod', 'eu'] }, 202)
    const upgrades = await api.get(`${path}/upgrades`)
    const version = idOf(upgrades, 'available_upgrade_versions.0.slug')
    await api.post(`${path}/upgrade`, { version }, 202)
    await api.get(path)
    await api.wait(1200)
    await api.get(path)
    await api.delete(path)
    await api.get(path, 404)
  },
}

export const kubernetesPools: Scenario = {
  name: 'kubernetes pools',
  async walk(api) {
    const path = await cluster(api, 'shop')
    const pools = `${path}/node_pools`
    const jobs = {
      name: 'jobs',
      size: 'c-4',
      auto_scale: true,
      min_nodes: 1,
      max_nodes: 4,
      count: 2,
      labels: { work: 'batch' },
      taints: [{ key: 'work', value: 'batch', effect: 'NoSchedule' }],
      tags: ['batch'],
    }
    const made = await api.post(pools, jobs, 201)
    await api.wait(600)
    await api.get(pools)
    const pool = `${pools}/${idOf(made, 'node_pool.id')}`
    await api.get(pool)
    const manual = { name: 'jobs', auto_scale: false, count: 3 }
    const grown = await api.put(pool, manual, 202)
    await api.wait(120)
    const node = (index: number) => idOf(grown, `node_pool.nodes.${index}.id`)
    await api.post(`${pool}/recycle`, { nodes: [node(0)] }, 202)
    await api.get(pool)
    await api.delete(`${pool}/nodes/${node(1)}?skip_drain=1&replace=1`, 202)
    await api.delete(pool)
    await api.get(pool, 404)
  },
}

/** What is wrong with a cluster, and what goes with it. */
export const kubernetesEnds: Scenario = {
  name: 'kubernetes ends',
  async walk(api) {
    const path = await cluster(api, 'shop')
    await api.wait(600)
    const lost = idOf(await api.get(path), 'kubernetes_cluster.node_pools.0.nodes.0.droplet_id')
    await api.delete(`/v2/droplets/${lost}`)
    await api.wait(60)
    await api.get(`${path}/status_messages`)
    await api.delete(`${path}/destroy_with_associated_resources/dangerous`)
    await api.get(path, 404)
  },
}

/** A cluster that is just being made. @returns its path */
async function cluster(api: Api, name: string, changes: object = {}): Promise<string> {
  const asked = { name, region: 'fra1', version: '1.33', node_pools: [web], ...changes }
  const made = await api.post(all, asked, 201)
  return `${all}/${idOf(made, 'kubernetes_cluster.id')}`
}
