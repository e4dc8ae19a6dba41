import { z } from 'zod'
import { Table } from '../../store/table.ts'
import { actionFate } from '../actions/action-record.ts'

export const engineSlug = z.enum([
  'pg',
  'mysql',
  'redis',
  'valkey',
  'mongodb',
  'kafka',
  'opensearch',
])
export type EngineSlug = z.infer<typeof engineSlug>

/** What a cluster consists of; what a change under way will have made of it. */
const shape = z.object({
  region: z.string(),
  size: z.string(),
  numNodes: z.number(),
  storageMib: z.number(),
})
export type ClusterShape = Readonly<z.infer<typeof shape>>

const rule = z.object({
  uuid: z.string(),
  type: z.enum(['droplet', 'k8s', 'ip_addr', 'tag', 'app']),
  value: z.string(),
  description: z.string().nullable(),
  createdMs: z.number(),
})

const user = z.object({
  name: z.string(),
  role: z.enum(['primary', 'normal']),
  password: z.string(),
  authPlugin: z.string().nullable(),
  /** Of no meaning here: kept as it came. */
  settings: z.record(z.string(), z.unknown()).nullable(),
})
export type DatabaseUser = Readonly<z.infer<typeof user>>

const pool = z.object({
  name: z.string(),
  mode: z.enum(['session', 'transaction', 'statement']),
  size: z.number(),
  db: z.string(),
  /** Null for that of whoever connects. */
  user: z.string().nullable(),
})
export type DatabasePool = Readonly<z.infer<typeof pool>>

const replica = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  size: z.string(),
  storageMib: z.number(),
  vpc: z.string(),
  tags: z.array(z.string()),
  createdMs: z.number(),
  readableMs: z.number(),
  /** When it is there, or resized; null once it is. */
  dueMs: z.number().nullable(),
  /** What it is resized to; null while it is not. */
  becomes: z.object({ size: z.string(), storageMib: z.number() }).nullable().default(null),
  rules: z.array(rule).default([]),
})
export type DatabaseReplica = Readonly<z.infer<typeof replica>>

const databaseRecord = z.object({
  ...shape.shape,
  id: z.string(),
  name: z.string(),
  engine: engineSlug,
  version: z.string(),
  status: z.enum(['creating', 'online', 'resizing', 'migrating', 'forking']),
  /** What it becomes, and when; null while it is online. */
  pending: z.object({ dueMs: z.number(), shape, fate: actionFate.default('complete') }).nullable(),
  vpc: z.string(),
  tags: z.array(z.string()),
  maintenance: z.object({ day: z.string(), hour: z.string() }),
  /** When the last update was installed, as far as is written down; at first, when it was made. */
  maintainedMs: z.number(),
  rules: z.array(rule),
  users: z.array(user),
  dbs: z.array(z.string()),
  pools: z.array(pool),
  replicas: z.array(replica),
  /** Of no meaning here: kept as it came. */
  config: z.record(z.string(), z.unknown()),
  evictionPolicy: z.string(),
  sqlMode: z.string(),
  events: z.array(z.object({ id: z.string(), type: z.string(), ms: z.number() })),
  createdMs: z.number(),
  readableMs: z.number(),
})

/** A database cluster with all that is in it. */
export type DatabaseRecord = Readonly<z.infer<typeof databaseRecord>>

export function databaseTable() {
  return new Table<DatabaseRecord, 'tag' | 'busy'>({
    name: 'databases',
    schema: databaseRecord,
    key: (row) => row.id,
    indexes: {
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      busy: (row) =>
        row.pending !== null || row.replicas.some((each) => each.dueMs !== null) ? ['busy'] : [],
    },
  })
}
