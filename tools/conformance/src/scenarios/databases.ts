import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

/** A cluster that is online. @returns its path */
async function onlineCluster(api: Api, name: string, engine: string): Promise<string> {
  const plan = { size: 'db-s-2vcpu-4gb', num_nodes: engine === 'kafka' ? 3 : 1, region: 'fra1' }
  const rules = [{ type: 'tag', value: 'web', description: 'all of them' }]
  const made = await api.post('/v2/databases', { name, engine, ...plan, tags: ['db'], rules }, 201)
  await api.wait(600)
  return `/v2/databases/${idOf(made, 'database.id')}`
}

export const databases: Scenario = {
  name: 'databases',
  async walk(api) {
    const path = await onlineCluster(api, 'shop', 'pg')
    for (const engine of ['redis', 'mongodb', 'kafka', 'opensearch']) {
      await onlineCluster(api, `shop-${engine}`, engine)
    }
    await api.get('/v2/databases')
    await api.get('/v2/databases?tag_name=db')
    await api.get('/v2/databases/options')
    await api.wait(86_400)
    for (const what of ['', '/ca', '/firewall', '/backups', '/events']) {
      await api.get(`${path}${what}`)
    }
    await api.put(`${path}/firewall`, { rules: [{ type: 'ip_addr', value: '192.0.2.1' }] }, 204)
    await api.put(`${path}/maintenance`, { day: 'friday', hour: '10:00' }, 204)
    await api.put(`${path}/install_update`, undefined, 204)
    await api.put(`${path}/resize`, { size: 'db-s-2vcpu-4gb', num_nodes: 2 }, 202)
    await api.wait(600)
    await api.put(`${path}/migrate`, { region: 'ams3' }, 202)
    await api.delete(path)
    await api.get(path, 404)
    const old = { name: 'old', engine: 'pg', version: '16', region: 'fra1' }
    const made = await api.post(
      '/v2/databases',
      { ...old, size: 'db-s-1vcpu-1gb', num_nodes: 1 },
      201,
    )
    await api.wait(600)
    await api.put(`/v2/databases/${idOf(made, 'database.id')}/upgrade`, { version: '17' }, 204)
  },
}

export const databaseContents: Scenario = {
  name: 'database contents',
  async walk(api) {
    const path = await onlineCluster(api, 'shop', 'pg')
    const user = { name: 'app', settings: { pg_allow_replication: true } }
    await api.post(`${path}/users`, user, 201)
    await api.put(`${path}/users/app`, { settings: { pg_allow_replication: false } }, 201)
    await api.post(`${path}/users/app/reset_auth`, {}, 200)
    await api.post(`${path}/dbs`, { name: 'orders' }, 201)
    const pool = { mode: 'transaction', size: 4, db: 'orders', user: 'app' }
    await api.post(`${path}/pools`, { name: 'web', ...pool }, 201)
    await api.put(`${path}/pools/web`, pool, 204)
    await api.post(`${path}/replicas`, { name: 'copy-1', size: 'db-s-2vcpu-4gb' }, 201)
    await api.post(`${path}/replicas`, { name: 'copy-2', size: 'db-s-2vcpu-4gb' }, 201)
    await api.wait(600)
    for (const one of ['users/app', 'dbs/orders', 'pools/web', 'replicas/copy-1']) {
      await api.get(`${path}/${one.split('/')[0]}`)
      await api.get(`${path}/${one}`)
    }
    await api.put(`${path}/replicas/copy-1/promote`, undefined, 204)
    for (const one of ['replicas/copy-2', 'pools/web', 'dbs/orders', 'users/app']) {
      await api.delete(`${path}/${one}`)
      await api.get(`${path}/${one}`, 404)
    }
  },
}

export const databaseSettings: Scenario = {
  name: 'database settings',
  async walk(api) {
    const mysql = await onlineCluster(api, 'shop', 'mysql')
    await api.patch(`${mysql}/config`, { config: { wait_timeout: 60 } })
    await api.get(`${mysql}/config`)
    await api.put(`${mysql}/sql_mode`, { sql_mode: 'ANSI' }, 204)
    await api.get(`${mysql}/sql_mode`)
    const valkey = await onlineCluster(api, 'cache', 'valkey')
    await api.put(`${valkey}/eviction_policy`, { eviction_policy: 'allkeys_lru' }, 204)
    await api.get(`${valkey}/eviction_policy`)
  },
}
