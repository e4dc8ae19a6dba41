import { column, pick, textOf } from '../client.ts'
import { times, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const size = 'db-s-2vcpu-4gb'
const order = { name: 'shop', engine: 'pg', version: '17', region: 'fra1', size, num_nodes: 1 }

export const databases: Kind = {
  name: 'databases',
  path: '/v2/databases',
  unpaged: 'databases',
  fill: (cloud, count) =>
    times(count, (index) => cloud.ask('POST', '/v2/databases', { ...order, name: `db-${index}` })),
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('database.createDatabaseCluster', order)
        const id = textOf(made, 'database.id')
        const one = { database_cluster_id: id }
        const shown = () => client.call('database.getDatabaseCluster', one)
        await until(async () => textOf(await shown(), 'database.status') === 'online')
        return id
      },
      read: async (client, id) => {
        const one = { database_cluster_id: id }
        return textOf(await client.call('database.getDatabaseCluster', one), 'database.num_nodes')
      },
      change: async (client, id) => {
        const one = { database_cluster_id: id }
        await client.call('database.resizeDatabaseCluster', { ...one, size, num_nodes: 2 })
        const shown = () => client.call('database.getDatabaseCluster', one)
        await until(async () => textOf(await shown(), 'database.num_nodes') === '2')
      },
      remove: async (client, id) =>
        void (await client.call('database.destroyDatabaseCluster', { database_cluster_id: id })),
      list: async (client) =>
        column(pick(await client.call('database.listDatabaseClusters'), 'databases'), 'id'),
    },
    godo: {
      create: async (client) => {
        const id = textOf(await client.call('db-cluster-create', order), 'id')
        const shown = () => client.call('db-cluster-get', { id })
        await until(async () => textOf(await shown(), 'status') === 'online')
        return id
      },
      read: async (client, id) => textOf(await client.call('db-cluster-get', { id }), 'num_nodes'),
      change: async (client, id) => {
        await client.call('db-cluster-resize', { id, size, num_nodes: 2 })
        const shown = () => client.call('db-cluster-get', { id })
        await until(async () => textOf(await shown(), 'num_nodes') === '2')
      },
      remove: async (client, id) => void (await client.call('db-cluster-delete', { id })),
      list: async (client) => column(await client.call('db-cluster-list'), 'id'),
    },
  },
}
