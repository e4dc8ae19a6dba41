import { pick, textOf } from '../client.ts'
import { times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const path = '/v2/kubernetes/clusters'
const node_pools = [{ name: 'web', size: 's-2vcpu-4gb', count: 1 }]
const plan = { region: 'fra1', version: 'latest', node_pools }
const state = 'status.state'
const named = (id: string) => ({ kubernetes_cluster_id: id })

export const kubernetes: Kind = {
  name: 'Kubernetes clusters',
  path,
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', path, { name: `shop-${index}`, ...plan })),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const order = { name: 'shop', ...plan }
        const made = await client.call('kubernetes.createKubernetesCluster', order)
        const id = textOf(made, 'kubernetes_cluster.id')
        const now = () => client.call('kubernetes.getKubernetesCluster', named(id))
        await until(async () => pick(await now(), `kubernetes_cluster.${state}`) === 'running')
        return id
      },
      read: async (client, id) =>
        textOf(
          await client.call('kubernetes.getKubernetesCluster', named(id)),
          'kubernetes_cluster.name',
        ),
      change: async (client, id) =>
        void (await client.call('kubernetes.updateKubernetesCluster', {
          ...named(id),
          name: 'renamed',
        })),
      remove: async (client, id) =>
        void (await client.call('kubernetes.deleteKubernetesCluster', named(id))),
      list: (client) =>
        client.list('kubernetes.listKubernetesClusters', 'kubernetes_clusters', 'id'),
    },
    godo: {
      create: async (client) => {
        const id = textOf(await client.call('doks-create-cluster', { name: 'shop', ...plan }), 'id')
        const now = () => client.call('doks-get-cluster', { ClusterID: id })
        await until(async () => pick(await now(), state) === 'running')
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

/** What is changed of a pool is how many nodes it has. */
export const nodePools: Kind = {
  name: 'node pools',
  path,
  prepare: async (cloud) => {
    const made = await cloud.ask('POST', path, { name: 'shop', ...plan })
    await cloud.wait(10)
    return textOf(made, 'kubernetes_cluster.id')
  },
  by: {
    godo: {
      create: async (client, cluster) => {
        const pool = { name: 'jobs', size: 'c-4', count: 1 }
        const order = { cluster_id: cluster, node_pool_create_request: pool }
        return `${cluster} ${textOf(await client.call('doks-create-nodepool', order), 'id')}`
      },
      read: async (client, made) =>
        textOf(await client.call('doks-get-nodepool', poolNamed(made)), 'count'),
      change: async (client, made) => {
        const order = { ...poolNamed(made), Name: 'jobs', Count: 2 }
        await client.call('doks-update-nodepool', order)
      },
      remove: async (client, made) =>
        void (await client.call('doks-delete-nodepool', poolNamed(made))),
    },
  },
}

function poolNamed(made: string) {
  const [ClusterID, NodePoolID] = made.split(' ')
  return { ClusterID, NodePoolID }
}
