import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, wholeShape } from './collection.ts'
import { connectionSchema } from './database.ts'

const user = z.looseObject({
  name: z.string(),
  /** `primary` or `normal`. */
  role: z.string().nullish(),
  /** Some engines tell it only once, when the user is made. */
  password: z.string().nullish(),
})

/** Who can log in to a cluster. */
export type DatabaseUser = z.infer<typeof user>

export interface DatabaseUserCreate {
  readonly name: string
  readonly mysql_settings?: { readonly auth_plugin: string } | undefined
  /** What the engine has besides, such as the access lists of Kafka. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined
}

const db = z.looseObject({ name: z.string() })

/** A database in a cluster. */
export type DatabaseDb = z.infer<typeof db>

const pool = z.looseObject({
  name: z.string(),
  mode: z.string(),
  size: z.int(),
  db: z.string(),
  user: z.string().nullish(),
  connection: connectionSchema.nullish(),
})

/** A connection pool, of PostgreSQL alone. */
export type DatabasePool = z.infer<typeof pool>

export interface DatabasePoolChange {
  readonly mode: 'session' | 'transaction' | 'statement'
  /** Of connections to the server. */
  readonly size: number
  readonly db: string
  /** That of whoever connects without one. */
  readonly user?: string | undefined
}

export interface DatabasePoolCreate extends DatabasePoolChange {
  readonly name: string
}

const replica = z.looseObject({
  /** A UUID; that of the cluster which it may be promoted to. */
  id: z.string(),
  name: z.string(),
  /** `creating`, `online` and others, as those of a cluster. */
  status: z.string(),
  region: z.string(),
  size: z.string().nullish(),
  created_at: z.string(),
  connection: connectionSchema.nullish(),
})

/** A read-only copy of a cluster. */
export type DatabaseReplica = z.infer<typeof replica>

export interface DatabaseReplicaCreate {
  /** Unique among clusters and replicas. */
  readonly name: string
  readonly region?: string | undefined
  readonly size?: string | undefined
  readonly storage_size_mib?: number | undefined
  readonly private_network_uuid?: string | undefined
  readonly tags?: readonly string[] | undefined
}

/** Things in a cluster, by the cluster's id and their own names, which are unique there. */
export interface DatabaseContents<T, Create> {
  of(id: string): Collection<T>
  get(id: string, name: string, options?: CallOptions): Promise<T>
  create(id: string, input: Create, options?: CallOptions): Promise<T>
  delete(id: string, name: string, options?: CallOptions): Promise<void>
}

export interface DatabaseUsersResource extends DatabaseContents<DatabaseUser, DatabaseUserCreate> {
  /** Gives the user another password. */
  resetAuth(id: string, name: string, options?: CallOptions): Promise<DatabaseUser>
}

export type DatabaseDbsResource = DatabaseContents<DatabaseDb, { readonly name: string }>

export interface DatabasePoolsResource extends DatabaseContents<DatabasePool, DatabasePoolCreate> {
  /** Replaces all but the name. */
  update(id: string, name: string, change: DatabasePoolChange, options?: CallOptions): Promise<void>
}

export interface DatabaseReplicasResource
  extends DatabaseContents<DatabaseReplica, DatabaseReplicaCreate> {
  /** Makes it a cluster of its own, under its id. It has to be `online`. */
  promote(id: string, name: string, options?: CallOptions): Promise<void>
}

export function databaseUsersResource(caller: Caller): DatabaseUsersResource {
  const answer = z.looseObject({ user })
  const users = contents(caller, {
    resource: 'databaseUsers',
    plural: 'users',
    many: z.looseObject({ users: z.array(user).nullish(), ...wholeShape }),
    items: (found) => found.users ?? [],
    one: answer,
    item: (found) => found.user,
  })
  return {
    ...users,
    resetAuth: async (id, name, { signal } = {}) => {
      const path = pathOf('databases', id, 'users', name, 'reset_auth')
      const call = { operation: 'databaseUsers.resetAuth', method: 'POST', path, signal } as const
      return (await caller.write({ ...call, body: {}, schema: answer })).user
    },
  }
}

export function databaseDbsResource(caller: Caller): DatabaseDbsResource {
  return contents(caller, {
    resource: 'databaseDbs',
    plural: 'dbs',
    many: z.looseObject({ dbs: z.array(db).nullish(), ...wholeShape }),
    items: (found) => found.dbs ?? [],
    one: z.looseObject({ db }),
    item: (found) => found.db,
  })
}

export function databasePoolsResource(caller: Caller): DatabasePoolsResource {
  const pools = contents(caller, {
    resource: 'databasePools',
    plural: 'pools',
    many: z.looseObject({ pools: z.array(pool).nullish(), ...wholeShape }),
    items: (found) => found.pools ?? [],
    one: z.looseObject({ pool }),
    item: (found) => found.pool,
  })
  return {
    ...pools,
    update: async (id, name, change, { signal } = {}) => {
      const path = pathOf('databases', id, 'pools', name)
      const call = { operation: 'databasePools.update', method: 'PUT', path, signal } as const
      await caller.command({ ...call, body: change })
    },
  }
}

export function databaseReplicasResource(caller: Caller): DatabaseReplicasResource {
  const replicas = contents(caller, {
    resource: 'databaseReplicas',
    plural: 'replicas',
    many: z.looseObject({ replicas: z.array(replica).nullish(), ...wholeShape }),
    items: (found) => found.replicas ?? [],
    one: z.looseObject({ replica }),
    item: (found) => found.replica,
  })
  return {
    ...replicas,
    promote: async (id, name, { signal } = {}) => {
      const path = pathOf('databases', id, 'replicas', name, 'promote')
      const operation = 'databaseReplicas.promote'
      await caller.command({ operation, method: 'PUT', path, signal })
    },
  }
}

type Whole = z.infer<z.ZodObject<typeof wholeShape>>

function contents<T, Create extends object, Many extends Whole, One>(
  caller: Caller,
  kind: {
    /** The client's name for it. */
    readonly resource: string
    /** The API's. */
    readonly plural: string
    readonly many: z.ZodType<Many>
    readonly items: (answer: Many) => readonly T[]
    readonly one: z.ZodType<One>
    readonly item: (answer: One) => T
  },
): DatabaseContents<T, Create> {
  const { resource, plural } = kind
  return {
    of: (id) =>
      collection(caller, {
        operation: `${resource}.of`,
        path: ['databases', id, plural],
        schema: kind.many,
        items: kind.items,
      }),
    get: async (id, name, { signal } = {}) => {
      const path = pathOf('databases', id, plural, name)
      const call = { operation: `${resource}.get`, path, signal }
      return kind.item((await caller.read({ ...call, schema: kind.one })).value)
    },
    create: async (id, input, { signal } = {}) => {
      const path = pathOf('databases', id, plural)
      const call = { operation: `${resource}.create`, method: 'POST', path, signal } as const
      return kind.item(await caller.write({ ...call, body: input, schema: kind.one }))
    },
    delete: async (id, name, { signal } = {}) => {
      const path = pathOf('databases', id, plural, name)
      const call = { operation: `${resource}.delete`, method: 'DELETE', path, signal } as const
      await caller.command(call)
    },
  }
}
