import { z } from 'zod'
import { Table } from '../../store/table.ts'

const reservedIpRecord = z.object({
  /** Its id, too; of the sixth version in its shortest spelling. */
  ip: z.string(),
  region: z.string(),
  /** The droplet that it leads to. */
  droplet: z.number().nullable(),
  /** The action under way, if any: an address has one event at a time. */
  pendingAction: z.number().nullable(),
  createdMs: z.number(),
})

export type ReservedIpRecord = Readonly<z.infer<typeof reservedIpRecord>>

/** Addresses of one version of the protocol: each has a table of its own. */
export function reservedIpTable(name: 'reserved-ips' | 'reserved-ipv6s') {
  return new Table<ReservedIpRecord, 'droplet'>({
    name,
    schema: reservedIpRecord,
    key: (row) => row.ip,
    indexes: { droplet: (row) => (row.droplet === null ? [] : [String(row.droplet)]) },
  })
}
