import { z } from 'zod'
import { Table } from '../../store/table.ts'

const vpcRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  region: z.string(),
  /** In CIDR notation. */
  ipRange: z.string(),
  /** Whether what names no network lands here; true for one of each region. */
  isDefault: z.boolean(),
  createdMs: z.number(),
})

export type VpcRecord = Readonly<z.infer<typeof vpcRecord>>

export function vpcTable() {
  return new Table<VpcRecord, 'default'>({
    name: 'vpcs',
    schema: vpcRecord,
    key: (row) => row.id,
    indexes: { default: (row) => (row.isDefault ? [row.region] : []) },
  })
}
