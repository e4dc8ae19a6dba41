import { z } from 'zod'
import { Table } from '../../store/table.ts'

const cdnEndpointRecord = z.object({
  id: z.string(),
  /** A Space's own address. */
  origin: z.string(),
  /** In seconds. */
  ttl: z.number(),
  certificate: z.string().nullable(),
  customDomain: z.string().nullable(),
  createdMs: z.number(),
  /** When something of it was last purged: no answer tells of it, but it is a change. */
  purgedMs: z.number().nullable(),
})

export type CdnEndpointRecord = Readonly<z.infer<typeof cdnEndpointRecord>>

export function cdnEndpointTable() {
  return new Table<CdnEndpointRecord, 'origin' | 'certificate'>({
    name: 'cdn-endpoints',
    schema: cdnEndpointRecord,
    key: (row) => row.id,
    indexes: {
      origin: (row) => [row.origin],
      certificate: (row) => (row.certificate === null ? [] : [row.certificate]),
    },
  })
}
