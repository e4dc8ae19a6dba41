import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

const record = z.looseObject({
  id: z.int(),
  /** E.g. `A` or `CNAME`. */
  type: z.string(),
  /** Relative to the domain; `@` for the domain itself. */
  name: z.string(),
  /** A host comes without the dot at its end; the domain itself as `@`. */
  data: z.string(),
  /** Of MX and SRV. */
  priority: z.int().nullish(),
  /** Of SRV. */
  port: z.int().nullish(),
  /** Seconds. */
  ttl: z.int().nullish(),
  /** Of SRV. */
  weight: z.int().nullish(),
  /** Of CAA. */
  flags: z.int().nullish(),
  /** Of CAA: `issue`, `issuewild` or `iodef`. */
  tag: z.string().nullish(),
})

/** One record of a domain. */
export type DomainRecord = z.infer<typeof record>

export type DomainRecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'SOA' | 'SRV' | 'TXT'

export interface DomainRecordListOptions extends ListOptions {
  /** In full, such as `www.example.com`. */
  readonly name?: string | undefined
  readonly type?: DomainRecordType | undefined
}

/** What a record can hold, by the API's own names. */
interface RecordContent {
  /** Relative to the domain; `@` for the domain itself. */
  readonly name?: string | undefined
  /** A host in full, with a dot at its end; `@` for the domain itself. */
  readonly data?: string | undefined
  readonly priority?: number | undefined
  readonly port?: number | undefined
  /** Seconds, 30 at least; the domain's without one. */
  readonly ttl?: number | undefined
  readonly weight?: number | undefined
  readonly flags?: number | undefined
  readonly tag?: 'issue' | 'issuewild' | 'iodef' | undefined
}

export interface DomainRecordCreate extends RecordContent {
  readonly type: Exclude<DomainRecordType, 'SOA'>
  readonly data: string
}

/** What is left out stays. */
export interface DomainRecordChange extends RecordContent {
  /** As it is: the API wants it, but does not change it. */
  readonly type: DomainRecordType
}

export interface DomainRecordsResource {
  /** Of one domain. */
  of(domain: string): Collection<DomainRecord, DomainRecordListOptions>
  get(domain: string, id: number, options?: CallOptions): Promise<DomainRecord>
  /** Look for it by name and type before it is made again: it may be there already. */
  create(domain: string, input: DomainRecordCreate, options?: CallOptions): Promise<DomainRecord>
  update(
    domain: string,
    id: number,
    change: DomainRecordChange,
    options?: CallOptions,
  ): Promise<DomainRecord>
  delete(domain: string, id: number, options?: CallOptions): Promise<void>
}

export function domainRecordsResource(caller: Caller): DomainRecordsResource {
  const schema = z.looseObject({ domain_record: record })
  return {
    of: (domain) =>
      collection(caller, {
        operation: 'domainRecords.of',
        path: ['domains', domain, 'records'],
        schema: z.looseObject({ domain_records: z.array(record), ...pageShape }),
        items: (answer) => answer.domain_records,
        filters: ({ name, type }: DomainRecordListOptions) => ({ name, type }),
      }),
    get: async (domain, id, { signal } = {}) => {
      const path = pathOf('domains', domain, 'records', id)
      const call = { operation: 'domainRecords.get', path, schema, signal }
      return (await caller.read(call)).value.domain_record
    },
    create: async (domain, input, { signal } = {}) => {
      const path = pathOf('domains', domain, 'records')
      const call = { operation: 'domainRecords.create', path, schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: input })).domain_record
    },
    update: async (domain, id, change, { signal } = {}) => {
      const path = pathOf('domains', domain, 'records', id)
      const call = { operation: 'domainRecords.update', path, schema, signal }
      return (await caller.write({ ...call, method: 'PATCH', body: change })).domain_record
    },
    delete: async (domain, id, { signal } = {}) => {
      const path = pathOf('domains', domain, 'records', id)
      await caller.command({ operation: 'domainRecords.delete', path, method: 'DELETE', signal })
    },
  }
}
