import { expect, test } from 'vitest'
import { z } from 'zod'
import { minute, SimulatedApi } from '../../../test/simulated-api.ts'

const one = z.object({ database: z.looseObject({ id: z.string(), status: z.string() }) })
const windowed = z.object({
  database: z.object({ maintenance_window: z.object({ pending: z.boolean() }) }),
})
const day = 24 * 60 * minute
const listed = z.object({ rules: z.array(z.looseObject({ uuid: z.uuid() })) })
const plan = {
  name: 'shop-db',
  engine: 'pg',
  num_nodes: 1,
  size: 'db-s-1vcpu-2gb',
  region: 'fra1',
}

async function create(api: SimulatedApi, changes: object = {}) {
  const answer = await api.call('POST', '/v2/databases', { ...plan, ...changes })
  return one.parse(answer.body).database
}

/** One that is online already. */
async function online(api: SimulatedApi, changes: object = {}): Promise<string> {
  const { id } = await create(api, changes)
  api.clock.advance(8 * minute)
  return `/v2/databases/${id}`
}

test('a cluster is creating for some minutes, then online, with all that clients connect by', async () => {
  await using api = await SimulatedApi.start()
  const made = await create(api, { tags: ['a'], num_nodes: 2 })
  expect(made).toMatchObject({
    name: 'shop-db',
    status: 'creating',
    version: '17',
    semantic_version: '17.5',
    storage_size_mib: 30720,
    db_names: ['defaultdb'],
    tags: ['a'],
    users: [{ name: 'doadmin', role: 'primary' }],
    connection: { port: 25060, database: 'defaultdb', user: 'doadmin', ssl: true },
    private_connection: { host: expect.stringMatching(/^private-shop-db-do-user-\d+-0\.db\./) },
    standby_connection: { host: expect.stringMatching(/^replica-/) },
    created_at: '2026-01-15T12:00:00Z',
  })
  const project = await api.call('GET', '/v2/projects/default')
  expect(project).toMatchObject({ body: { project: { id: made['project_id'] } } })
  api.clock.advance(8 * minute)
  const { database } = await api.read(one, `/v2/databases/${made.id}`)
  expect(database).toEqual({ ...made, status: 'online' })
})

test.each([
  [{ name: 'with_underscore' }, /lowercase letters, digits and dashes/],
  [{ engine: 'oracle' }, /engine/],
  [{ version: '9' }, /invalid cluster engine version/],
  [{ size: 's-1vcpu-1gb' }, /invalid size/],
  [{ region: 'ams2' }, /invalid region/],
  [{ num_nodes: 4 }, /invalid number of nodes/],
  [{ size: 'db-s-1vcpu-1gb', num_nodes: 2 }, /invalid number of nodes/],
  [{ storage_size_mib: 1024 }, /storage_size_mib must be between 30720 and 61440/],
])('a cluster with %j is refused', async (changes, message) => {
  await using api = await SimulatedApi.start()
  expect(await api.call('POST', '/v2/databases', { ...plan, ...changes })).toMatchObject({
    status: 422,
    body: { id: 'unprocessable_entity', message: expect.stringMatching(message) },
  })
})

test('names belong to one cluster or replica, until it is gone', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const taken = { status: 422, body: { message: 'cluster name is not available' } }
  expect(await api.call('POST', '/v2/databases', plan)).toMatchObject(taken)
  expect(await api.call('POST', `${path}/replicas`, { name: plan.name })).toMatchObject(taken)
  expect(await api.status('DELETE', path)).toBe(204)
  expect(await api.call('GET', path)).toMatchObject({
    status: 404,
    body: { message: 'cluster not found' },
  })
  expect(await api.status('POST', '/v2/databases', plan)).toBe(201)
})

test('a cluster that is at something refuses the next thing', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  for (const [method, what, body] of [
    ['PUT', 'resize', { size: 'db-s-2vcpu-4gb', num_nodes: 1 }],
    ['POST', 'replicas', { name: 'copy-1' }],
    ['POST', 'dbs', { name: 'orders' }],
  ] as const) {
    expect(await api.call(method, `/v2/databases/${id}/${what}`, body)).toMatchObject({
      status: 412,
      body: { message: 'cluster is not online: it is creating' },
    })
  }
})

test('storage grows with the size, or by itself, and never shrinks', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api, { storage_size_mib: 40960 })
  const smaller = { size: plan.size, num_nodes: 1, storage_size_mib: 30720 }
  expect(await api.status('PUT', `${path}/resize`, smaller)).toBe(422)
  expect(await api.status('PUT', `${path}/resize`, { size: plan.size, num_nodes: 2 })).toBe(202)
  expect((await api.read(one, path)).database).toMatchObject({ status: 'resizing', num_nodes: 1 })
  api.clock.advance(8 * minute)
  expect((await api.read(one, path)).database).toMatchObject({
    status: 'online',
    num_nodes: 2,
    storage_size_mib: 40960,
  })
})

test('speed changes what is under way too', async () => {
  await using api = await SimulatedApi.start()
  const { id } = await create(api)
  await api.call('POST', '/_simulator/clock', { speed: 100 })
  api.clock.advance(5_000)
  expect((await api.read(one, `/v2/databases/${id}`)).database.status).toBe('online')
})

test('engines differ in what they have', async () => {
  await using api = await SimulatedApi.start()
  const redis = await online(api, { name: 'cache', engine: 'valkey' })
  const mysql = await online(api, { name: 'shop-my', engine: 'mysql' })
  const refused = {
    status: 422,
    body: { message: 'operation is not supported for this cluster type' },
  }
  expect(await api.call('GET', `${redis}/dbs`)).toMatchObject(refused)
  expect(await api.call('GET', `${mysql}/pools`)).toMatchObject(refused)
  expect(await api.call('GET', `${mysql}/eviction_policy`)).toMatchObject(refused)
  const policy = { eviction_policy: 'allkeys_lru' }
  expect(await api.status('PUT', `${redis}/eviction_policy`, policy)).toBe(204)
  expect(await api.call('GET', `${redis}/eviction_policy`)).toMatchObject({ body: policy })
  expect(await api.status('PUT', `${mysql}/sql_mode`, { sql_mode: 'ANSI' })).toBe(204)
  expect(await api.call('GET', `${mysql}/sql_mode`)).toMatchObject({ body: { sql_mode: 'ANSI' } })
  const config = { config: { wait_timeout: 60 } }
  expect(await api.status('PATCH', `${mysql}/config`, config)).toBe(200)
  expect(await api.call('GET', `${mysql}/config`)).toMatchObject({ body: config })
  expect(await api.call('POST', `${mysql}/users`, { name: 'app' })).toMatchObject({
    status: 201,
    body: { user: { role: 'normal', mysql_settings: { auth_plugin: 'caching_sha2_password' } } },
  })
  expect(await api.status('DELETE', `${mysql}/users/doadmin`)).toBe(422)
})

test('rules keep their ids as long as they stay, and name droplets that there are', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const droplet = String(await api.active())
  const rules = [{ type: 'droplet', value: droplet }]
  expect(await api.status('PUT', `${path}/firewall`, { rules })).toBe(204)
  const before = await api.read(listed, `${path}/firewall`)
  const more = [...rules, { uuid: '', type: 'tag', value: 'web' }]
  await api.call('PUT', `${path}/firewall`, { rules: more })
  const after = await api.read(listed, `${path}/firewall`)
  expect(before.rules).toMatchObject(rules)
  expect(after.rules[0]).toEqual(before.rules[0])
  expect(after.rules[1]).toMatchObject({ type: 'tag', value: 'web' })
  const unknown = [{ type: 'droplet', value: '1' }]
  expect(await api.status('PUT', `${path}/firewall`, { rules: unknown })).toBe(404)
})

test('a cluster is restored from the backup of another', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  await api.call('POST', `${path}/dbs`, { name: 'orders' })
  const made = await create(api, {
    name: 'restored',
    backup_restore: { database_name: plan.name },
  })
  expect(made).toMatchObject({ status: 'forking', db_names: ['defaultdb', 'orders'] })
  const unknown = { ...plan, name: 'other', backup_restore: { database_name: 'lost' } }
  expect(await api.status('POST', '/v2/databases', unknown)).toBe(404)
})

test('a pool wants a database and a user that there are', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const pool = { name: 'web', mode: 'session', size: 3, db: 'defaultdb', user: 'doadmin' }
  expect(await api.status('POST', `${path}/pools`, { ...pool, db: 'orders' })).toBe(422)
  expect(await api.status('POST', `${path}/pools`, { ...pool, user: 'app' })).toBe(422)
  expect(await api.call('POST', `${path}/pools`, pool)).toMatchObject({
    status: 201,
    body: { pool: { ...pool, connection: { port: 25061, database: 'web', user: 'doadmin' } } },
  })
  expect(await api.status('POST', `${path}/pools`, pool)).toBe(422)
  expect(await api.status('DELETE', `${path}/dbs/defaultdb`)).toBe(422)
})

test('passwords are told to tokens that may see them', async () => {
  const tokens = [
    { token: 'secret', scopes: 'write' as const },
    { token: 'reader', scopes: ['database:read' as const] },
  ]
  await using api = await SimulatedApi.start({ tokens })
  const path = await online(api)
  const seen = async (token: string) =>
    JSON.stringify((await api.call('GET', path, undefined, token)).body)
  expect(await seen('secret')).toMatch(/"password":"AVNS_/)
  expect(await seen('reader')).toMatch(/"host":"shop-db-do-user-/)
  expect(await seen('reader')).not.toMatch(/password|AVNS_/)
})

test('an update is out after a month, until its window comes or somebody installs it', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const pending = async () => {
    const { database } = await api.read(windowed, path)
    return database.maintenance_window.pending
  }
  await api.call('PUT', `${path}/maintenance`, { day: 'Monday', hour: '04:00' })
  api.clock.advance(29 * day)
  expect(await pending()).toBe(false)
  expect(await api.status('PUT', `${path}/install_update`)).toBe(204)
  // Made on a Thursday: it is out on the Saturday of the fifth week.
  api.clock.advance(day)
  expect(await pending()).toBe(true)
  expect(await api.status('PUT', `${path}/install_update`)).toBe(204)
  expect(await pending()).toBe(false)
  // Installed on that Saturday, and the next one is out on a Monday after four in the morning.
  api.clock.advance(30 * day)
  expect(await pending()).toBe(true)
  api.clock.advance(6 * day)
  expect(await pending()).toBe(true)
  api.clock.advance(day)
  expect(await pending()).toBe(false)
})

test.each(['stuck', 'errored'])(
  'a cluster whose creation is %s stays so, and is deleted',
  async (kind) => {
    await using api = await SimulatedApi.start()
    await api.fault({ kind, match: { method: 'POST', path: '/v2/databases' } })
    const path = await online(api)
    api.clock.advance(day)
    expect((await api.read(one, path)).database).toMatchObject({ status: 'creating' })
    expect(await api.status('DELETE', path)).toBe(204)
  },
)

test.each([
  ['stuck', 'resizing'],
  ['errored', 'online'],
])('a cluster whose resize is %s ends %s, as large as it was', async (kind, status) => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  await api.fault({ kind, match: { method: 'PUT' } })
  expect(await api.status('PUT', `${path}/resize`, { size: 'db-s-2vcpu-4gb', num_nodes: 1 })).toBe(
    202,
  )
  expect((await api.read(one, path)).database).toMatchObject({ status: 'resizing' })
  api.clock.advance(day)
  expect((await api.read(one, path)).database).toMatchObject({ status, size: plan.size })
})

test('a replica is resized by its id, as if it were a cluster', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const replica = z.object({ replica: z.looseObject({ id: z.string() }) })
  await api.call('POST', `${path}/replicas`, { name: 'copy-1' })
  const read = async () => (await api.read(replica, `${path}/replicas/copy-1`)).replica
  const { id } = await read()
  const resize = (size: string) =>
    api.status('PUT', `/v2/databases/${id}/resize`, { size, num_nodes: 1 })
  expect(await resize('db-s-2vcpu-4gb')).toBe(412)
  api.clock.advance(8 * minute)
  expect(await resize('db-none')).toBe(422)
  expect(await resize('db-s-2vcpu-4gb')).toBe(202)
  expect(await read()).toMatchObject({ status: 'resizing' })
  api.clock.advance(8 * minute)
  expect(await read()).toMatchObject({ status: 'online', size: 'db-s-2vcpu-4gb' })
})

test('a replica has a firewall of its own, by its id, and takes it along when promoted', async () => {
  await using api = await SimulatedApi.start()
  const path = await online(api)
  const made = await api.call('POST', `${path}/replicas`, { name: 'copy-1' })
  const { replica } = z.object({ replica: z.looseObject({ id: z.string() }) }).parse(made.body)
  api.clock.advance(8 * minute)
  const firewall = `/v2/databases/${replica.id}/firewall`
  const rules = [{ type: 'ip_addr', value: '192.0.2.1' }]
  expect(await api.status('PUT', firewall, { rules })).toBe(204)
  const told = [{ ...rules[0], cluster_uuid: replica.id }]
  expect(await api.read(listed, firewall)).toMatchObject({ rules: told })
  expect(await api.read(listed, `${path}/firewall`)).toEqual({ rules: [] })
  expect(await api.status('PUT', `${path}/replicas/copy-1/promote`)).toBe(204)
  expect(await api.read(listed, firewall)).toMatchObject({ rules: told })
})
