import { z } from 'zod'
import { Table } from '../../store/table.ts'
import { actionFate } from '../actions/action-record.ts'

const node = z.object({
  id: z.string(),
  name: z.string(),
  /** Says how the node is, too. */
  dropletId: z.number(),
  createdMs: z.number(),
})

const taint = z.object({ key: z.string(), value: z.string(), effect: z.string() })

const pool = z.object({
  id: z.string(),
  name: z.string(),
  size: z.string(),
  count: z.number(),
  /** Those that were asked for: the cluster's own come on top. */
  tags: z.array(z.string()),
  labels: z.record(z.string(), z.string()).nullable(),
  taints: z.array(taint),
  autoScale: z.boolean(),
  minNodes: z.number(),
  maxNodes: z.number(),
  nodes: z.array(node),
})
export type PoolRecord = Readonly<z.infer<typeof pool>>

const clusterRecord = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  version: z.string(),
  vpc: z.string(),
  clusterSubnet: z.string(),
  serviceSubnet: z.string(),
  tags: z.array(z.string()),
  maintenance: z.object({ startTime: z.string(), day: z.string() }),
  autoUpgrade: z.boolean(),
  surgeUpgrade: z.boolean(),
  ha: z.boolean(),
  /** Of no meaning here: kept as it came. */
  settings: z.record(z.string(), z.unknown()),
  pools: z.array(pool),
  /** What it is at, until when, and its version then; null while it runs. */
  pending: z
    .object({
      state: z.enum(['provisioning', 'upgrading']),
      dueMs: z.number(),
      version: z.string(),
      fate: actionFate.default('complete'),
    })
    .nullable(),
  createdMs: z.number(),
  updatedMs: z.number(),
  readableMs: z.number(),
})

/** A Kubernetes cluster with its pools and their nodes, which are droplets. */
export type ClusterRecord = Readonly<z.infer<typeof clusterRecord>>

export function kubernetesTable() {
  return new Table<ClusterRecord, 'tag' | 'busy'>({
    name: 'kubernetes',
    schema: clusterRecord,
    key: (row) => row.id,
    indexes: {
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      busy: (row) => (row.pending === null ? [] : ['busy']),
    },
  })
}
