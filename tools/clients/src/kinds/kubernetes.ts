import { pick, textOf } from '../client.ts'
import { type Cloud, times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const web = { name: 'web', size: 's-2vcpu-4gb', count: 1 }
const plan = { name: 'shop', region: 'fra1', version: '1.33', node_pools: [web] }
const all = '/v2/kubernetes/clusters'

export const kubernetes: Kind = {
  name: 'kubernetes',
  path: all,
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', all, { ...plan, name: `shop-${index}` })),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('kubernetes.createKubernetesCluster', plan)
        const id = textOf(made, 'kubernetes_cluster.id')
        const order = { kubernetes_cluster_id: id }
        const cluster = () => client.call('kubernetes.getKubernetesCluster', order)
        const state = 'kubernetes_cluster.status.state'
        await until(async () => pick(await cluster(), state) === 'running')
        return id
      },
      read: async (client, id) => {
        const order = { kubernetes_cluster_id: id }
        const cluster = await client.call('kubernetes.getKubernetesCluster', order)
        return textOf(cluster, 'kubernetes_cluster.name')
      },
      change: async (client, id) => {
        const order = { kubernetes_cluster_id: id, name: 'renamed' }
        await client.call('kubernetes.updateKubernetesCluster', order)
      },
      remove: async (client, id) => {
        const order = { kubernetes_cluster_id: id }
        await client.call('kubernetes.deleteKubernetesCluster', order)
      },
      list: (client) =>
        client.list('kubernetes.listKubernetesClusters', 'kubernetes_clusters', 'id'),
    },
    godo: {
      create: async (client) => {
        const id = textOf(await client.call('doks-create-cluster', plan), 'id')
        const cluster = () => client.call('doks-get-cluster', { ClusterID: id })
        await until(async () => pick(await cluster(), 'status.state') === 'running')
        const decoded = ['credentials', 'kubeconfig', 'cluster-upgrades']
        for (const what of decoded) await client.call(`doks-get-${what}`, { ClusterID: id })
        await client.call('doks-list-options')
        return id
      },
      read: async (client, id) =>
        textOf(await client.call('doks-get-cluster', { ClusterID: id }), 'name'),
      change: async (client, id) =>
        void (await client.call('doks-update-cluster', { ClusterID: id, Name: 'renamed' })),
      remove: async (client, id) =>
        void (await client.call('doks-delete-cluster', { ClusterID: id })),
      list: (client) => client.list('doks-list-clusters', 'id'),
    },
  },
}

/** A pool has the cluster's id before its own here. */
const dotsPool = (id: string) => {
  const [cluster, pool] = id.split('/')
  return { kubernetes_cluster_id: cluster, node_pool_id: pool }
}
const godoPool = (id: string) => {
  const [cluster, pool] = id.split('/')
  return { ClusterID: cluster, NodePoolID: pool }
}

const jobs = { name: 'jobs', size: 'c-4', count: 1, labels: { work: 'batch' } }

/** Their listings are whole, without pages. */
export const nodePools: Kind = {
  name: 'node pools',
  path: all,
  prepare: async (cloud: Cloud) => {
    const made = await cloud.ask('POST', all, plan)
    await cloud.wait(10)
    return textOf(made, 'kubernetes_cluster.id')
  },
  by: {
    dotsWrapper: {
      create: async (client, cluster) => {
        const order = { kubernetes_cluster_id: cluster, ...jobs }
        const made = await client.call('kubernetes.createNodePool', order)
        return `${cluster}/${textOf(made, 'node_pool.id')}`
      },
      read: async (client, id) =>
        textOf(await client.call('kubernetes.getNodePool', dotsPool(id)), 'node_pool.count'),
      change: async (client, id) => {
        const order = { ...dotsPool(id), name: 'jobs', count: 3 }
        await client.call('kubernetes.updateNodePool', order)
      },
      remove: async (client, id) =>
        void (await client.call('kubernetes.deleteNodePool', dotsPool(id))),
    },
    godo: {
      create: async (client, cluster) => {
        const order = { cluster_id: cluster, node_pool_create_request: jobs }
        return `${cluster}/${textOf(await client.call('doks-create-nodepool', order), 'id')}`
      },
      read: async (client, id) =>
        textOf(await client.call('doks-get-nodepool', godoPool(id)), 'count'),
      change: async (client, id) => {
        const order = { ...godoPool(id), Name: 'jobs', Count: 3 }
        await client.call('doks-update-nodepool', order)
      },
      remove: async (client, id) => void (await client.call('doks-delete-nodepool', godoPool(id))),
    },
  },
}
