import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { change, clusterOf, drawPassword, idleCluster, named, requireKind } from './life.ts'
import type { DatabaseRecord, DatabaseUser } from './record.ts'
import { poolView, userView } from './view.ts'

const one = '/v2/databases/:cluster'
const settings = z.record(z.string(), z.unknown()).nullish()
const mysqlSettings = z.object({ auth_plugin: z.string() }).nullish()
const userCreation = z.object({
  name: z.string().min(1).max(63),
  mysql_settings: mysqlSettings,
  settings,
})
const userChange = z.object({ settings })
const authReset = z.object({ mysql_settings: mysqlSettings, settings })
const dbCreation = z.object({ name: z.string().min(1).max(63) })
const mode = z.enum(['session', 'transaction', 'statement'])
const poolChange = z.object({
  mode,
  size: z.int().positive(),
  db: z.string(),
  user: z.string().nullish(),
})
const poolCreation = poolChange.extend({ name: z.string().min(1).max(63) })

/** Users, databases and connection pools in a cluster: there at once. */
export const databaseContentRoutes: readonly Route[] = [
  ...routesOf('users', 'user', {
    list: (call) => clusterOf(call).users.map((each) => userView(call, each)),
    create: createUser,
    show: (call) => userView(call, named(clusterOf(call).users, call.params['name'])),
    remove: removeUser,
  }),
  write('PUT', 'users/:name', (call) => ({ status: 201, body: { user: changeUser(call) } })),
  write('POST', 'users/:name/reset_auth', (call) => ({
    status: 200,
    body: { user: resetAuth(call) },
  })),
  ...routesOf('dbs', 'db', {
    list: (call) => withDbs(call).dbs.map((name) => ({ name })),
    create: createDb,
    show: (call) => named(dbsOf(withDbs(call)), call.params['name']),
    remove: removeDb,
  }),
  ...routesOf('pools', 'pool', {
    list: (call) => withPools(call).pools.map((each) => poolView(call, withPools(call), each)),
    create: createPool,
    show: (call) => poolView(call, withPools(call), poolNamed(call)),
    remove: (call) => keepPools(call, poolNamed(call).name),
  }),
  write('PUT', 'pools/:name', changePool),
]

interface Kind {
  readonly list: (call: Call) => readonly unknown[]
  /** @returns what was made */
  readonly create: (call: Call) => unknown
  readonly show: (call: Call) => unknown
  readonly remove: (call: Call) => void
}

/** The four routes that every kind has. */
function routesOf(plural: string, singular: string, kind: Kind): readonly Route[] {
  const path = `${one}/${plural}`
  const scope = (verb: string) => [`database:${verb}`] as const
  return [
    {
      method: 'GET',
      path,
      scopes: scope('read'),
      handle: (call) => ({ status: 200, body: { [plural]: kind.list(call) } }),
    },
    {
      method: 'POST',
      path,
      scopes: scope('create'),
      handle: (call) => ({ status: 201, body: { [singular]: kind.create(call) } }),
    },
    {
      method: 'GET',
      path: `${path}/:name`,
      scopes: scope('read'),
      handle: (call) => ({ status: 200, body: { [singular]: kind.show(call) } }),
    },
    {
      method: 'DELETE',
      path: `${path}/:name`,
      scopes: scope('delete'),
      handle: (call) => {
        kind.remove(call)
        return { status: 204 }
      },
    },
  ]
}

function write(method: 'PUT' | 'POST', what: string, handle: Route['handle']): Route {
  return { method, path: `${one}/${what}`, scopes: ['database:update'], handle }
}

function createUser(call: Call) {
  const cluster = idleCluster(call)
  const asked = parseBody(userCreation, call.body)
  if (cluster.users.some((each) => each.name === asked.name)) {
    throw unprocessable('user name is not available')
  }
  const plugin = asked.mysql_settings?.auth_plugin ?? 'caching_sha2_password'
  const user: DatabaseUser = {
    name: asked.name,
    role: 'normal',
    password: drawPassword(call.world, cluster.id, asked.name, call.now),
    authPlugin: cluster.engine === 'mysql' ? plugin : null,
    settings: asked.settings ?? null,
  }
  change(call, cluster, { users: [...cluster.users, user] })
  return userView(call, user)
}

function changeUser(call: Call) {
  const user = named(clusterOf(call).users, call.params['name'])
  const asked = parseBody(userChange, call.body)
  return putUser(call, { ...user, settings: asked.settings ?? user.settings })
}

function resetAuth(call: Call) {
  const cluster = clusterOf(call)
  const user = named(cluster.users, call.params['name'])
  const asked = parseBody(authReset, call.body ?? {})
  return putUser(call, {
    ...user,
    password: drawPassword(call.world, cluster.id, user.name, call.now, 'reset'),
    authPlugin: user.authPlugin && (asked.mysql_settings?.auth_plugin ?? user.authPlugin),
    settings: asked.settings ?? user.settings,
  })
}

function putUser(call: Call, user: DatabaseUser) {
  const cluster = clusterOf(call)
  const users = cluster.users.map((each) => (each.name === user.name ? user : each))
  change(call, cluster, { users })
  return userView(call, user)
}

function removeUser(call: Call): void {
  const cluster = clusterOf(call)
  const user = named(cluster.users, call.params['name'])
  if (user.role === 'primary') throw unprocessable('the primary user cannot be deleted')
  change(call, cluster, { users: cluster.users.filter((each) => each !== user) })
}

function withDbs(call: Call): DatabaseRecord {
  const cluster = clusterOf(call)
  requireKind(cluster, 'dbs')
  return cluster
}

function dbsOf(cluster: DatabaseRecord) {
  return cluster.dbs.map((name) => ({ name }))
}

function createDb(call: Call) {
  withDbs(call)
  const cluster = idleCluster(call)
  const { name } = parseBody(dbCreation, call.body)
  if (cluster.dbs.includes(name)) throw unprocessable('database name is not available')
  change(call, cluster, { dbs: [...cluster.dbs, name] })
  return { name }
}

function removeDb(call: Call): void {
  const cluster = withDbs(call)
  const { name } = named(dbsOf(cluster), call.params['name'])
  if (cluster.pools.some((each) => each.db === name)) {
    throw unprocessable('the database is used by a connection pool')
  }
  change(call, cluster, { dbs: cluster.dbs.filter((each) => each !== name) })
}

function withPools(call: Call): DatabaseRecord {
  const cluster = clusterOf(call)
  requireKind(cluster, 'pools')
  return cluster
}

function poolNamed(call: Call) {
  return named(withPools(call).pools, call.params['name'])
}

function keepPools(call: Call, without: string): void {
  const cluster = withPools(call)
  change(call, cluster, { pools: cluster.pools.filter((each) => each.name !== without) })
}

function createPool(call: Call) {
  withPools(call)
  const cluster = idleCluster(call)
  const asked = parseBody(poolCreation, call.body)
  if (cluster.pools.some((each) => each.name === asked.name)) {
    throw unprocessable('pool name is not available')
  }
  checkPool(cluster, asked)
  const pool = { ...asked, user: asked.user || null }
  return poolView(call, change(call, cluster, { pools: [...cluster.pools, pool] }), pool)
}

function changePool(call: Call) {
  const cluster = withPools(call)
  const pool = poolNamed(call)
  const asked = parseBody(poolChange, call.body)
  checkPool(cluster, asked)
  const changed = { ...pool, ...asked, user: asked.user || null }
  change(call, cluster, { pools: cluster.pools.map((each) => (each === pool ? changed : each)) })
  return { status: 204 }
}

function checkPool(cluster: DatabaseRecord, asked: z.infer<typeof poolChange>): void {
  if (!cluster.dbs.includes(asked.db)) throw unprocessable('database does not exist')
  if (asked.user && !cluster.users.some((each) => each.name === asked.user)) {
    throw unprocessable('user does not exist')
  }
}
