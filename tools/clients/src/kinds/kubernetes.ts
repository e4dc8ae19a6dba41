import { pick, textOf } from '../client.ts'
import { times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const pool = { name: 'web', size: 's-1vcpu-2gb', count: 1 }
const order = { name: 'shop', region: 'fra1', version: '1.33', node_pools: [pool] }
const clusters = '/v2/kubernetes/clusters'

export const kubernetes: Kind = {
  name: 'Kubernetes clusters',
  path: clusters,
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', clusters, { ...order, name: `shop-${index}` })),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('kubernetes.createKubernetesCluster', order)
        const id = textOf(made, 'kubernetes_cluster.id')
        const one = { kubernetes_cluster_id: id }
        const shown = () => client.call('kubernetes.getKubernetesCluster', one)
        const state = 'kubernetes_cluster.status.state'
        await until(async () => pick(await shown(), state) === 'running')
        return id
      },
      read: async (client, id) => {
        const one = { kubernetes_cluster_id: id }
        const shown = await client.call('kubernetes.getKubernetesCluster', one)
        return textOf(shown, 'kubernetes_cluster.name')
      },
      change: async (client, id) => {
        const change = { kubernetes_cluster_id: id, name: 'renamed' }
        await client.call('kubernetes.updateKubernetesCluster', change)
      },
      remove: async (client, id) => {
        await client.call('kubernetes.deleteKubernetesCluster', { kubernetes_cluster_id: id })
      },
      list: (client) =>
        client.list('kubernetes.listKubernetesClusters', 'kubernetes_clusters', 'id'),
    },
    godo: {
      create: async (client) => {
        const id = textOf(await client.call('doks-create-cluster', order), 'id')
        const shown = () => client.call('doks-get-cluster', { ClusterID: id })
        await until(async () => pick(await shown(), 'status.state') === 'running')
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
