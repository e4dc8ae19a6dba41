import { z } from 'zod'
import { Table } from '../../store/table.ts'

const certificateRecord = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['custom', 'lets_encrypt']),
  dnsNames: z.array(z.string()),
  notAfterMs: z.number(),
  /** In hexadecimal, without colons. */
  sha1: z.string(),
  /** When it is known whether it could be had. */
  decidedMs: z.number(),
  outcome: z.enum(['verified', 'error']),
  createdMs: z.number(),
})

/** A certificate. Its private key is not kept. */
export type CertificateRecord = Readonly<z.infer<typeof certificateRecord>>

export function certificateTable() {
  return new Table<CertificateRecord, 'name'>({
    name: 'certificates',
    schema: certificateRecord,
    key: (row) => row.id,
    indexes: { name: (row) => [row.name] },
  })
}
