import { z } from 'zod'
import { Table } from '../../store/table.ts'

const chargeRecord = z.object({
  /** A month, such as `2026-01`. */
  id: z.string(),
  usd: z.number(),
})

/** What is owed for a month for what is there no more. */
export type ChargeRecord = Readonly<z.infer<typeof chargeRecord>>

export function chargeTable() {
  return new Table<ChargeRecord>({
    name: 'charges',
    schema: chargeRecord,
    key: (row) => row.id,
    indexes: {},
  })
}
