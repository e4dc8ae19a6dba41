import { type Api, idOf } from '../api.ts'
import type { Scenario } from '../scenario.ts'

const minutes = 60
const day = 86_400

export const databases: Scenario = {
  name: 'databases',
  async walk(api) {
    await api.get('/v2/databases/options')
    const rules = [{ type: 'tag', value: 'web', description: 'all of them' }]
    const pg = await cluster(api, 'pg', { version: '16', tags: ['shop'], rules })
    const mysql = await cluster(api, 'mysql')
    const redis = await cluster(api, 'valkey')
    await api.wait(10 * minutes)
    await api.get('/v2/databases')
    await api.get('/v2/databases?tag_name=shop')
    await api.get(pg)
    await contents(api, pg)
    await api.post(`${mysql}/users`, { name: 'app' }, 201)
    await api.patch(`${mysql}/config`, { config: { wait_timeout: 60 } })
    await api.get(`${mysql}/config`)
    await api.get(`${mysql}/sql_mode`)
    await api.put(`${mysql}/sql_mode`, { sql_mode: 'ANSI' }, 204)
    await api.get(`${redis}/eviction_policy`)
    await api.put(`${redis}/eviction_policy`, { eviction_policy: 'noeviction' }, 204)
    await replicas(api, pg)
    await life(api, pg)
  },
}

async function cluster(api: Api, engine: string, changes: object = {}): Promise<string> {
  const order = {
    name: `${engine}-1`,
    engine,
    num_nodes: 1,
    size: 'db-s-2vcpu-4gb',
    region: 'fra1',
  }
  const made = await api.post('/v2/databases', { ...order, ...changes }, 201)
  return `/v2/databases/${idOf(made, 'database.id')}`
}

/** Users, databases, and the pools between them. */
async function contents(api: Api, pg: string): Promise<void> {
  const pool = { mode: 'transaction', size: 4, db: 'orders', user: 'app' }
  await api.post(`${pg}/users`, { name: 'app', settings: { pg_allow_replication: true } }, 201)
  await api.put(`${pg}/users/app`, { settings: { pg_allow_replication: false } }, 201)
  await api.post(`${pg}/users/app/reset_auth`, {}, 200)
  await api.get(`${pg}/users/app`)
  await api.get(`${pg}/users`)
  await api.post(`${pg}/dbs`, { name: 'orders' }, 201)
  await api.get(`${pg}/dbs/orders`)
  await api.get(`${pg}/dbs`)
  await api.post(`${pg}/pools`, { name: 'web', ...pool }, 201)
  await api.put(`${pg}/pools/web`, { ...pool, size: 5 }, 204)
  await api.get(`${pg}/pools/web`)
  await api.get(`${pg}/pools`)
  await api.delete(`${pg}/pools/web`)
  await api.delete(`${pg}/dbs/orders`)
  await api.delete(`${pg}/users/app`)
}

async function replicas(api: Api, pg: string): Promise<void> {
  for (const name of ['copy-1', 'copy-2'])
    await api.post(`${pg}/replicas`, { name, size: 'db-s-2vcpu-4gb' }, 201)
  await api.wait(10 * minutes)
  await api.get(`${pg}/replicas`)
  await api.get(`${pg}/replicas/copy-1`)
  await api.put(`${pg}/replicas/copy-1/promote`, undefined, 204)
  await api.delete(`${pg}/replicas/copy-2`)
}

/** The cluster itself: what is told of it, and what is done to it. */
async function life(api: Api, pg: string): Promise<void> {
  await api.wait(3 * day)
  for (const what of ['firewall', 'ca', 'backups', 'events', 'config']) {
    await api.get(`${pg}/${what}`)
  }
  await api.put(`${pg}/firewall`, { rules: [{ type: 'ip_addr', value: '192.0.2.1' }] }, 204)
  await api.put(`${pg}/maintenance`, { day: 'friday', hour: '10:00' }, 204)
  await api.put(`${pg}/install_update`, undefined, 204)
  await api.wait(30 * minutes)
  await api.put(`${pg}/resize`, { size: 'db-s-2vcpu-4gb', num_nodes: 2 }, 202)
  await api.wait(30 * minutes)
  await api.put(`${pg}/migrate`, { region: 'ams3' }, 202)
  await api.wait(30 * minutes)
  await api.put(`${pg}/upgrade`, { version: '17' }, 204)
  await api.wait(30 * minutes)
  await api.get(pg)
  await api.delete(pg)
  await api.wait(10 * minutes)
  await api.get(pg, 404)
}
