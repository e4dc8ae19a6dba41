import { expect, test } from 'vitest'
import { z } from 'zod'
import { DescribedApi, described } from '../test/described-api.ts'
import { minute } from '../test/simulated-api.ts'

const engines = ['pg', 'mysql', 'redis', 'valkey', 'mongodb', 'kafka', 'opensearch']
const one = '/v2/databases/{database_cluster_uuid}'

test.skipIf(!described)('what is said of databases is as DigitalOcean describes it', async () => {
  await using checked = await DescribedApi.start()
  const ids: string[] = []
  for (const engine of engines) {
    const made = await checked.check('POST', '/v2/databases', [], {
      name: `${engine}-1`,
      engine,
      num_nodes: engine === 'kafka' ? 3 : 1,
      size: 'db-s-2vcpu-4gb',
      region: 'fra1',
      tags: ['a'],
      rules: [{ type: 'tag', value: 'web', description: 'all of them' }],
    })
    ids.push(z.object({ database: z.object({ id: z.string() }) }).parse(made.body).database.id)
  }
  await checked.check('GET', one, [ids[0] ?? ''])
  checked.api.clock.advance(8 * minute)
  await checked.check('GET', '/v2/databases')
  await checked.check('GET', '/v2/databases?tag_name=a')
  await checked.check('GET', '/v2/databases/options')
  const [pg = '', mysql = '', redis = ''] = ids
  const user = { name: 'app', settings: { pg_allow_replication: true } }
  const pool = { mode: 'transaction', size: 4, db: 'orders', user: 'app' }
  await checked.check('POST', `${one}/users`, [pg], user)
  await checked.check('POST', `${one}/users`, [mysql], { name: 'app' })
  await checked.check('PUT', `${one}/users/{username}`, [pg, 'app'], { settings: {} })
  await checked.check('POST', `${one}/users/{username}/reset_auth`, [pg, 'app'], {})
  await checked.check('GET', `${one}/users/{username}`, [pg, 'app'])
  await checked.check('POST', `${one}/dbs`, [pg], { name: 'orders' })
  await checked.check('GET', `${one}/dbs/{database_name}`, [pg, 'orders'])
  await checked.check('POST', `${one}/pools`, [pg], { name: 'web', ...pool })
  await checked.check('PUT', `${one}/pools/{pool_name}`, [pg, 'web'], pool)
  await checked.check('GET', `${one}/pools/{pool_name}`, [pg, 'web'])
  await checked.check('POST', `${one}/replicas`, [pg], { name: 'copy-1' })
  await checked.check('POST', `${one}/replicas`, [pg], { name: 'copy-2' })
  await checked.check('GET', `${one}/replicas/{replica_name}`, [pg, 'copy-1'])
  for (const what of ['users', 'dbs', 'pools', 'replicas', 'firewall', 'ca', 'events', 'config']) {
    await checked.check('GET', `${one}/${what}`, [pg])
  }
  checked.api.clock.advance(3 * 24 * 60 * minute)
  await checked.check('GET', `${one}/backups`, [pg])
  await checked.check('PUT', `${one}/replicas/{replica_name}/promote`, [pg, 'copy-1'])
  await checked.check('DELETE', `${one}/replicas/{replica_name}`, [pg, 'copy-2'])
  await checked.check('PUT', `${one}/firewall`, [pg], { rules: [] })
  await checked.check('PUT', `${one}/maintenance`, [pg], { day: 'friday', hour: '10:00' })
  await checked.check('PUT', `${one}/install_update`, [pg])
  await checked.check('PATCH', `${one}/config`, [mysql], { config: { wait_timeout: 60 } })
  await checked.check('GET', `${one}/sql_mode`, [mysql])
  await checked.check('PUT', `${one}/sql_mode`, [mysql], { sql_mode: 'ANSI' })
  await checked.check('GET', `${one}/eviction_policy`, [redis])
  await checked.check('PUT', `${one}/eviction_policy`, [redis], { eviction_policy: 'noeviction' })
  await checked.check('PUT', `${one}/resize`, [pg], { size: 'db-s-2vcpu-4gb', num_nodes: 2 })
  checked.api.clock.advance(8 * minute)
  await checked.check('PUT', `${one}/migrate`, [pg], { region: 'ams3' })
  await checked.check('DELETE', `${one}/pools/{pool_name}`, [pg, 'web'])
  await checked.check('DELETE', `${one}/dbs/{database_name}`, [pg, 'orders'])
  await checked.check('DELETE', `${one}/users/{username}`, [pg, 'app'])
  await checked.check('DELETE', one, [pg])
  await checked.check('GET', one, [pg])
  expect(checked.found).toEqual([])
})
