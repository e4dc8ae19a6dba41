import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const engines = ['pg', 'mysql', 'redis', 'valkey', 'mongodb', 'kafka', 'opensearch'] as const
const plan = { num_nodes: 1, size: 'db-s-2vcpu-4gb', region: 'fra1' }
const day = 86_400

/** A cluster of each engine, through what they all have. */
export const databases: Scenario = {
  name: 'databases',
  async walk(api) {
    await api.get('/v2/databases/options')
    for (const engine of engines) {
      await onlineCluster(api, engine, {
        tags: ['prod'],
        rules: [{ type: 'ip_addr', value: '192.0.2.1' }],
        ...(engine === 'kafka' ? { num_nodes: 3 } : {}),
      })
    }
    await api.get('/v2/databases')
    await api.get('/v2/databases?tag_name=prod')
    const path = await onlineCluster(api, 'pg', { name: 'orders', version: '16' })
    const bigger = { size: 'db-s-4vcpu-8gb', num_nodes: 2, storage_size_mib: 143_360 }
    await api.put(`${path}/resize`, bigger, 202)
    await api.put(`${path}/migrate`, { region: 'ams3' }, 412)
    await api.wait(600)
    await api.put(`${path}/migrate`, { region: 'ams3' }, 202)
    await api.get(path)
    await api.wait(1200)
    await api.put(`${path}/upgrade`, { version: '17' }, 204)
    await installUpdate(api, path)
    await api.get(`${path}/ca`)
    await api.get(`${path}/backups`)
    await api.get(`${path}/events`)
    const backup_restore = { database_name: 'orders' }
    await onlineCluster(api, 'pg', { name: 'orders-again', version: '17', backup_restore })
    await api.delete(path)
    await api.get(path, 404)
  },
}

/** An update comes out after thirty days; the window in which it would be installed is later. */
async function installUpdate(api: Api, path: string): Promise<void> {
  const created = idOf(await api.get(path), 'database.created_at')
  const late = new Date(Date.parse(created) + 33 * day * 1000)
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(late)
  await api.put(`${path}/maintenance`, { day: weekday.toLowerCase(), hour: '10:00' }, 204)
  await api.wait(31 * day)
  await api.get(path)
  await api.put(`${path}/install_update`, undefined, 204)
}

/** Who may come in, and what is set of an engine. */
export const databaseSettings: Scenario = {
  name: 'database settings',
  async walk(api) {
    const pg = await onlineCluster(api, 'pg')
    const rules = [
      { type: 'ip_addr', value: '192.0.2.1', description: 'the office' },
      { type: 'tag', value: 'web' },
    ]
    await api.put(`${pg}/firewall`, { rules }, 204)
    await api.get(`${pg}/firewall`)
    await api.patch(`${pg}/config`, { config: { timezone: 'Europe/Berlin' } })
    await api.get(`${pg}/config`)
    const mysql = await onlineCluster(api, 'mysql')
    await api.patch(`${mysql}/config`, { config: { wait_timeout: 600 } })
    await api.get(`${mysql}/config`)
    await api.get(`${mysql}/sql_mode`)
    await api.put(`${mysql}/sql_mode`, { sql_mode: 'ANSI,TRADITIONAL' }, 204)
    const valkey = await onlineCluster(api, 'valkey')
    await api.get(`${valkey}/eviction_policy`)
    await api.put(`${valkey}/eviction_policy`, { eviction_policy: 'allkeys_lru' }, 204)
    await api.get(`${valkey}/sql_mode`, 422)
  },
}

/** Users, databases and pools. */
export const databaseContents: Scenario = {
  name: 'database contents',
  async walk(api) {
    const pg = await onlineCluster(api, 'pg')
    const mysql = await onlineCluster(api, 'mysql')
    const mysqlUser = { name: 'app', mysql_settings: { auth_plugin: 'mysql_native_password' } }
    await api.post(`${mysql}/users`, mysqlUser, 201)
    const reset = { mysql_settings: { auth_plugin: 'caching_sha2_password' } }
    await api.post(`${mysql}/users/app/reset_auth`, reset, 200)
    const settings = { pg_allow_replication: true }
    await api.post(`${pg}/users`, { name: 'app', settings }, 201)
    await api.post(`${pg}/users`, { name: 'app' }, 422)
    await api.put(`${pg}/users/app`, { settings: { pg_allow_replication: false } }, 201)
    await api.get(`${pg}/users`)
    await api.get(`${pg}/users/app`)
    await api.post(`${pg}/dbs`, { name: 'orders' }, 201)
    await api.get(`${pg}/dbs`)
    await api.get(`${pg}/dbs/orders`)
    const pool = { mode: 'transaction', size: 4, db: 'orders', user: 'app' }
    await api.post(`${pg}/pools`, { name: 'web', ...pool }, 201)
    await api.get(`${pg}/pools`)
    await api.put(`${pg}/pools/web`, { ...pool, mode: 'session', size: 8 }, 204)
    await api.get(`${pg}/pools/web`)
    await api.delete(`${pg}/pools/web`)
    await api.delete(`${pg}/dbs/orders`)
    await api.delete(`${pg}/users/app`)
    await api.get(`${pg}/users/app`, 404)
    await api.get(`${pg}/dbs/orders`, 404)
    await api.get(`${pg}/pools/web`, 404)
  },
}

export const databaseReplicas: Scenario = {
  name: 'database replicas',
  async walk(api) {
    const pg = await onlineCluster(api, 'pg')
    const elsewhere = { region: 'ams3', size: 'db-s-4vcpu-8gb', tags: ['copy'] }
    await api.post(`${pg}/replicas`, { name: 'copy-1', ...elsewhere }, 201)
    await api.post(`${pg}/replicas`, { name: 'copy-2', size: plan.size }, 201)
    await api.put(`${pg}/replicas/copy-1/promote`, undefined, 422)
    await api.get(`${pg}/replicas/copy-1`)
    await api.wait(600)
    await api.get(`${pg}/replicas`)
    await api.put(`${pg}/replicas/copy-1/promote`, undefined, 204)
    await api.delete(`${pg}/replicas/copy-2`)
    await api.get(`${pg}/replicas/copy-2`, 404)
  },
}

/** A cluster that is there. @returns its path */
async function onlineCluster(api: Api, engine: (typeof engines)[number], changes: object = {}) {
  const asked = { name: `${engine}-1`, engine, ...plan, ...changes }
  const made = await api.post('/v2/databases', asked, 201)
  await api.wait(600)
  return `/v2/databases/${idOf(made, 'database.id')}`
}
