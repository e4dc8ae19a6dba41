import { pick, textOf } from '../client.ts'
import { until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const plan = { name: 'shop', engine: 'pg', version: '17', region: 'fra1', size: 'db-s-1vcpu-2gb' }
const larger = { size: 'db-s-2vcpu-4gb', num_nodes: 1 }
const named = (id: string) => ({ database_cluster_id: id })

/** Without lists: these are whole, and say nothing of pages. */
export const databases: Kind = {
  name: 'databases',
  path: '/v2/databases',
  by: {
    dotsWrapper: {
      create: async (client) => {
        const order = { ...plan, num_nodes: 1, tags: ['db'] }
        const made = await client.call('database.createDatabaseCluster', order)
        const id = textOf(made, 'database.id')
        const now = () => client.call('database.getDatabaseCluster', named(id))
        await until(async () => pick(await now(), 'database.status') === 'online')
        return id
      },
      read: async (client, id) =>
        textOf(await client.call('database.getDatabaseCluster', named(id)), 'database.size'),
      change: async (client, id) => {
        await client.call('database.resizeDatabaseCluster', { ...named(id), ...larger })
        const now = () => client.call('database.getDatabaseCluster', named(id))
        await until(async () => pick(await now(), 'database.status') === 'online')
      },
      remove: async (client, id) =>
        void (await client.call('database.destroyDatabaseCluster', named(id))),
    },
    godo: {
      create: async (client) => {
        const made = await client.call('db-cluster-create', { ...plan, num_nodes: 1, tags: 'db' })
        const id = textOf(made, 'id')
        await until(
          async () => pick(await client.call('db-cluster-get', { id }), 'status') === 'online',
        )
        return id
      },
      read: async (client, id) => textOf(await client.call('db-cluster-get', { id }), 'size'),
      change: async (client, id) => {
        await client.call('db-cluster-resize', { id, ...larger })
        await until(
          async () => pick(await client.call('db-cluster-get', { id }), 'status') === 'online',
        )
      },
      remove: async (client, id) => void (await client.call('db-cluster-delete', { id })),
    },
  },
}

/** What is in a cluster: godo alone decodes all of it. */
export const databaseUsers: Kind = {
  name: 'database users',
  path: '/v2/databases',
  prepare: async (cloud) => {
    const made = await cloud.ask('POST', '/v2/databases', { ...plan, num_nodes: 1 })
    await cloud.wait(10)
    return textOf(made, 'database.id')
  },
  by: {
    godo: {
      create: async (client, id) => {
        const made = await client.call('db-cluster-create-user', { id, name: 'app' })
        const decoded = ['db-cluster-get-ca', 'db-cluster-list-users', 'db-cluster-list-backups']
        for (const tool of decoded) await client.call(tool, { id })
        await client.call('db-cluster-list-options')
        await client.call('db-cluster-get-firewall-rules', { id })
        return `${id} ${textOf(made, 'name')}`
      },
      read: async (client, made) => {
        const [id, user] = made.split(' ')
        return textOf(await client.call('db-cluster-get-user', { id, user }), 'role')
      },
      remove: async (client, made) => {
        const [id, user] = made.split(' ')
        await client.call('db-cluster-delete-user', { id, user })
      },
    },
  },
}
