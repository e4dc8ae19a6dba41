import { z } from 'zod'
import { Table } from '../../store/table.ts'

const domainRecord = z.object({
  /** In lower case. */
  name: z.string(),
  /** In seconds: that of its records, unless they have their own. */
  ttl: z.number(),
  createdMs: z.number(),
})

export type DomainRecord = Readonly<z.infer<typeof domainRecord>>

export function domainTable() {
  return new Table<DomainRecord>({
    name: 'domains',
    schema: domainRecord,
    key: (row) => row.name,
    indexes: {},
  })
}

export const dnsTypes = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SOA', 'SRV', 'TXT'] as const
export type DnsType = (typeof dnsTypes)[number]

/** One line of a domain's zone. */
const dnsRecord = z.object({
  id: z.number(),
  domain: z.string(),
  type: z.enum(dnsTypes),
  /** Relative to the domain; `@` for the domain itself. */
  name: z.string(),
  /** A host without a dot at its end; `@` for the domain itself. */
  data: z.string(),
  priority: z.number().nullable(),
  port: z.number().nullable(),
  ttl: z.number(),
  weight: z.number().nullable(),
  flags: z.number().nullable(),
  tag: z.string().nullable(),
  createdMs: z.number(),
})

export type DnsRecord = Readonly<z.infer<typeof dnsRecord>>

export function dnsRecordTable() {
  return new Table<DnsRecord, 'domain'>({
    name: 'dns-records',
    schema: dnsRecord,
    key: (row) => String(row.id),
    indexes: { domain: (row) => [row.domain] },
  })
}
