import { pick, textOf } from '../client.ts'
import { type Cloud, until } from '../cloud.ts'
import type { Kind } from '../kind.ts'

const plan = {
  name: 'orders',
  engine: 'pg',
  version: '16',
  num_nodes: 1,
  size: 'db-s-2vcpu-4gb',
  region: 'fra1',
}
const bigger = { num_nodes: 2, size: 'db-s-4vcpu-8gb' }

/** A cluster that is there. @returns its id */
async function onlineCluster(cloud: Cloud, changes: object = {}): Promise<string> {
  const made = await cloud.ask('POST', '/v2/databases', { ...plan, ...changes })
  await cloud.wait(10)
  return textOf(made, 'database.id')
}

/** The API lists them whole, without pages. */
export const databases: Kind = {
  name: 'databases',
  path: '/v2/databases',
  by: {
    dotsWrapper: {
      create: async (client) => {
        const made = await client.call('database.createDatabaseCluster', plan)
        const id = { database_cluster_id: textOf(made, 'database.id') }
        const cluster = () => client.call('database.getDatabaseCluster', id)
        await until(async () => pick(await cluster(), 'database.status') === 'online')
        return id.database_cluster_id
      },
      read: async (client, id) => {
        const order = { database_cluster_id: id }
        return textOf(await client.call('database.getDatabaseCluster', order), 'database.size')
      },
      change: async (client, id) => {
        const order = { database_cluster_id: id }
        await client.call('database.resizeDatabaseCluster', { ...order, ...bigger })
        const cluster = () => client.call('database.getDatabaseCluster', order)
        await until(async () => pick(await cluster(), 'database.status') === 'online')
      },
      remove: async (client, id) =>
        void (await client.call('database.destroyDatabaseCluster', { database_cluster_id: id })),
    },
    godo: {
      create: async (client) => {
        const order = { ...plan, tags: 'prod' }
        const id = textOf(await client.call('db-cluster-create', order), 'id')
        const cluster = () => client.call('db-cluster-get', { id })
        await until(async () => pick(await cluster(), 'status') === 'online')
        return id
      },
      read: async (client, id) => textOf(await client.call('db-cluster-get', { id }), 'size'),
      change: async (client, id) => {
        await client.call('db-cluster-resize', { id, ...bigger })
        const cluster = () => client.call('db-cluster-get', { id })
        await until(async () => pick(await cluster(), 'status') === 'online')
      },
      remove: async (client, id) => void (await client.call('db-cluster-delete', { id })),
    },
  },
}

/** What is in a cluster has its id before its name here. */
const split = (id: string) => {
  const [cluster = '', name = ''] = id.split('/')
  return { cluster, name }
}

/** Users, by what they may do; dots-wrapper cannot change that. */
export const databaseUsers: Kind = {
  name: 'database users',
  path: '/v2/databases',
  prepare: (cloud) =>
    onlineCluster(cloud, { engine: 'kafka', version: '3.8', num_nodes: 3, name: 'events' }),
  by: {
    dotsWrapper: {
      create: async (client, cluster) => {
        const order = { database_cluster_id: cluster, user_name: 'app' }
        const made = await client.call('database.createDatabaseClusterUser', order)
        return `${cluster}/${textOf(made, 'user.name')}`
      },
      read: async (client, id) => {
        const user = await client.call('database.getDatabaseClusterUser', userOf(id))
        return textOf(user, 'user.password')
      },
      remove: async (client, id) =>
        void (await client.call('database.removeDatabaseClusterUser', userOf(id))),
    },
    godo: {
      create: async (client, cluster) => {
        const order = { id: cluster, name: 'app', settings: mayOn('consume') }
        await client.call('db-cluster-list-options')
        for (const what of ['get-ca', 'list-users', 'list-backups', 'get-firewall-rules']) {
          await client.call(`db-cluster-${what}`, { id: cluster })
        }
        return `${cluster}/${textOf(await client.call('db-cluster-create-user', order), 'name')}`
      },
      read: async (client, id) => {
        const order = { id: split(id).cluster, user: split(id).name }
        const user = await client.call('db-cluster-get-user', order)
        return textOf(user, 'settings.acl.0.permission')
      },
      change: async (client, id) => {
        const order = { id: split(id).cluster, user: split(id).name, settings: mayOn('produce') }
        await client.call('db-cluster-update-user', order)
      },
      remove: async (client, id) => {
        const order = { id: split(id).cluster, user: split(id).name }
        await client.call('db-cluster-delete-user', order)
      },
    },
  },
}

const userOf = (id: string) => ({
  database_cluster_id: split(id).cluster,
  user_name: split(id).name,
})
const mayOn = (permission: string) => ({ acl: [{ topic: 'orders', permission }] })

/** Who may come in: always there, and replaced as a whole. */
export const databaseFirewall: Kind = {
  name: 'database firewall',
  path: '/v2/databases',
  prepare: async (cloud) => {
    const rules = [{ type: 'ip_addr', value: '192.0.2.1' }]
    return onlineCluster(cloud, { rules })
  },
  by: {
    dotsWrapper: {
      create: (_, cluster) => Promise.resolve(cluster),
      read: async (client, id) => {
        const order = { database_cluster_id: id }
        const rules = await client.call('database.listDatabaseClusterFirewallRules', order)
        return textOf(rules, 'rules.0.value')
      },
      change: async (client, id) => {
        const order = { database_cluster_id: id, rules: otherRules }
        await client.call('database.updateDatabaseClusterFirewallRules', order)
      },
    },
    godo: {
      create: (_, cluster) => Promise.resolve(cluster),
      read: async (client, id) =>
        textOf(await client.call('db-cluster-get-firewall-rules', { id }), '0.value'),
      change: async (client, id) =>
        void (await client.call('db-cluster-update-firewall-rules', { id, rules: otherRules })),
    },
  },
}

const otherRules = [{ type: 'ip_addr', value: '198.51.100.7' }]

export const connectionPools: Kind = {
  name: 'connection pools',
  path: '/v2/databases',
  prepare: (cloud) => onlineCluster(cloud),
  by: {
    dotsWrapper: {
      create: async (client, cluster) => {
        const pool = { pool_name: 'web', mode: 'transaction', size: 4 }
        const inside = { db_name: 'defaultdb', user_name: 'doadmin' }
        const order = { database_cluster_id: cluster, ...pool, ...inside }
        const made = await client.call('database.createConnectionPool', order)
        return `${cluster}/${textOf(made, 'pool.name')}`
      },
      read: async (client, id) =>
        textOf(await client.call('database.getConnectionPool', poolOf(id)), 'pool.mode'),
      remove: async (client, id) =>
        void (await client.call('database.deleteConnectionPool', poolOf(id))),
    },
  },
}

const poolOf = (id: string) => ({
  database_cluster_id: split(id).cluster,
  pool_name: split(id).name,
})

export const databaseReplicas: Kind = {
  name: 'database replicas',
  path: '/v2/databases',
  prepare: (cloud) => onlineCluster(cloud),
  by: {
    dotsWrapper: {
      create: async (client, cluster) => {
        const { size } = plan
        const order = { database_cluster_id: cluster, name: 'copy', region: 'ams3', size }
        const made = await client.call('database.createReadOnlyReplica', order)
        const id = `${cluster}/${textOf(made, 'replica.name')}`
        const replica = () => client.call('database.getReadOnlyReplica', replicaOf(id))
        await until(async () => pick(await replica(), 'replica.status') === 'online')
        return id
      },
      read: async (client, id) => {
        const replica = await client.call('database.getReadOnlyReplica', replicaOf(id))
        return textOf(replica, 'replica.region')
      },
      remove: async (client, id) =>
        void (await client.call('database.destroyReadOnlyReplica', replicaOf(id))),
    },
  },
}

const replicaOf = (id: string) => ({
  database_cluster_id: split(id).cluster,
  read_only_replica_name: split(id).name,
})
