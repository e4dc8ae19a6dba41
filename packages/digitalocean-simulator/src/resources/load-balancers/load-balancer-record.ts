import { z } from 'zod'
import { Table } from '../../store/table.ts'
import { loadBalancerSettings } from './load-balancer-settings.ts'

const loadBalancerRecord = z.object({
  id: z.string(),
  /** Null for a global one, as its network is. */
  region: z.string().nullable(),
  vpc: z.string().nullable(),
  type: z.enum(['REGIONAL', 'REGIONAL_NETWORK', 'GLOBAL']),
  network: z.enum(['EXTERNAL', 'INTERNAL']),
  networkStack: z.enum(['IPV4', 'DUALSTACK']),
  settings: loadBalancerSettings,
  /** Those named by id. */
  droplets: z.array(z.number()),
  /** Selects droplets instead; empty if none. */
  tag: z.string(),
  /** Its number in the account, from which its addresses are counted. */
  ordinal: z.number(),
  /** The number of its address in its network, of an internal one. */
  vpcAddress: z.number().nullable(),
  /** How its making ends; a fault may have decided it. */
  fate: z.enum(['complete', 'errored', 'stuck']),
  createdMs: z.number(),
  /** When its making ends, unless it is stuck. */
  readyMs: z.number(),
})
export type LoadBalancerRecord = Readonly<z.infer<typeof loadBalancerRecord>>

export function loadBalancerTable() {
  return new Table<LoadBalancerRecord, 'droplet' | 'tag' | 'vpc'>({
    name: 'load-balancers',
    schema: loadBalancerRecord,
    key: (row) => row.id,
    indexes: {
      droplet: (row) => row.droplets.map(String),
      tag: (row) => (row.tag === '' ? [] : [row.tag.toLowerCase()]),
      vpc: (row) => (row.vpc === null ? [] : [row.vpc]),
    },
  })
}
