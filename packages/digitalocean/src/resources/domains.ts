import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const domain = z.looseObject({
  name: z.string(),
  /** Seconds; null while the zone is made. */
  ttl: z.int().nullish(),
  /** All of its records, as RFC 1035 writes them; null while the zone is made. */
  zone_file: z.string().nullish(),
})

/** A domain whose names DigitalOcean serves. */
export type Domain = z.infer<typeof domain>

/** By the API's own names. */
export interface DomainCreate {
  readonly name: string
  /** IPv4: makes an A record of the domain itself. */
  readonly ip_address?: string | undefined
}

export interface DomainsResource extends Collection<Domain> {
  get(name: string, options?: CallOptions): Promise<Domain>
  /** `Unprocessable` when the account has it already, this very call's perhaps. */
  create(input: DomainCreate, options?: CallOptions): Promise<Domain>
  /** With all of its records. */
  delete(name: string, options?: CallOptions): Promise<void>
}

export function domainsResource(caller: Caller): DomainsResource {
  const schema = z.looseObject({ domain })
  const domains = collection(caller, {
    operation: 'domains.list',
    path: ['domains'],
    schema: z.looseObject({ domains: z.array(domain), ...pageShape }),
    items: (answer) => answer.domains,
  })
  return {
    ...domains,
    get: async (name, { signal } = {}) => {
      const call = { operation: 'domains.get', path: pathOf('domains', name), signal }
      return (await caller.read({ ...call, schema })).value.domain
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'domains.create', path: pathOf('domains'), signal }
      return (await caller.write({ ...call, method: 'POST', body: input, schema })).domain
    },
    delete: async (name, { signal } = {}) => {
      const call = { operation: 'domains.delete', path: pathOf('domains', name), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}
