import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'
import { dropletSchema } from './droplet.ts'
import { type AddressActions, addressActions } from './reserved-ips.ts'

const reservedIpv6 = z.looseObject({
  /** Its id, too. */
  ip: z.string(),
  region_slug: z.string(),
  /** RFC 3339. */
  reserved_at: z.string(),
  /** What it leads to, `null` if nowhere. Absent without the scope to read droplets. */
  droplet: dropletSchema.nullish(),
})

/** A public address of version 6 that stays when droplets go. */
export type ReservedIpv6 = z.infer<typeof reservedIpv6>

/** By the API's own names. */
export interface ReservedIpv6Create {
  readonly region_slug: string
}

/** Their actions are found with those of the account. A droplet has to have IPv6 for one. */
export interface ReservedIpv6sResource extends Collection<ReservedIpv6>, AddressActions {
  get(ip: string, options?: CallOptions): Promise<ReservedIpv6>
  /** Nothing marks one as made by this call: after `OutcomeUnknown`, compare the listing. */
  create(input: ReservedIpv6Create, options?: CallOptions): Promise<ReservedIpv6>
  /** Gives it back. One that leads to a droplet is refused with `Unprocessable`. */
  delete(ip: string, options?: CallOptions): Promise<void>
}

export function reservedIpv6sResource(caller: Caller): ReservedIpv6sResource {
  const schema = z.looseObject({ reserved_ipv6: reservedIpv6 })
  return {
    ...collection(caller, {
      operation: 'reservedIpv6s.list',
      path: ['reserved_ipv6'],
      schema: z.looseObject({ reserved_ipv6s: z.array(reservedIpv6), ...pageShape }),
      items: (answer) => answer.reserved_ipv6s,
    }),
    ...addressActions(caller, 'reservedIpv6s', 'reserved_ipv6'),
    get: async (ip, { signal } = {}) => {
      const call = { operation: 'reservedIpv6s.get', path: pathOf('reserved_ipv6', ip), signal }
      return (await caller.read({ ...call, schema })).value.reserved_ipv6
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'reservedIpv6s.create', path: pathOf('reserved_ipv6'), signal }
      return (await caller.write({ ...call, method: 'POST', body: input, schema })).reserved_ipv6
    },
    delete: async (ip, { signal } = {}) => {
      const call = { operation: 'reservedIpv6s.delete', path: pathOf('reserved_ipv6', ip), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}
