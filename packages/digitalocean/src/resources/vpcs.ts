import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

const vpc = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Unique in the account. */
  name: z.string(),
  description: z.string().nullish(),
  /** A region's slug. */
  region: z.string(),
  /** In CIDR notation. */
  ip_range: z.string(),
  /** Whether what names no network lands here; true for one of each region. */
  default: z.boolean(),
  /** RFC 3339. */
  created_at: z.string(),
})

/** A private network of one region. */
export type Vpc = z.infer<typeof vpc>

const member = z.looseObject({
  /** Not always by the id that the resource itself has: a droplet's carries a UUID. */
  urn: z.string(),
  name: z.string(),
  /** RFC 3339. */
  created_at: z.string(),
})

export type VpcMember = z.infer<typeof member>

/** By the API's own names. */
export interface VpcCreate {
  /** Unique; letters, digits, dashes and periods. */
  readonly name: string
  /** A region's slug. The first network of a region is its default. */
  readonly region: string
  /** 255 characters at most. */
  readonly description?: string | undefined
  /** Private, `/16` to `/28`, and apart from every other; DigitalOcean chooses a `/20` without one. */
  readonly ip_range?: string | undefined
}

/** What is left out stays. */
export interface VpcChange {
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** True takes it from the network that was the region's default. There is always one. */
  readonly default?: true | undefined
}

export interface VpcMemberListOptions extends ListOptions {
  /** As URNs name it, such as `droplet`. */
  readonly resourceType?: string | undefined
}

export interface VpcsResource extends Collection<Vpc> {
  get(id: string, options?: CallOptions): Promise<Vpc>
  /** `Unprocessable` when name or range are taken, by this very call too if it was made before. */
  create(input: VpcCreate, options?: CallOptions): Promise<Vpc>
  update(id: string, change: VpcChange, options?: CallOptions): Promise<Vpc>
  /**
   * Of an empty network. One with members answers `Conflict`, for a while after the last of them
   * went too, and a region's default `Forbidden`.
   */
  delete(id: string, options?: CallOptions): Promise<void>
  /** What is in one network, as far as the token may see it. */
  members(id: string): Collection<VpcMember, VpcMemberListOptions>
}

export function vpcsResource(caller: Caller): VpcsResource {
  const vpcs = collection(caller, {
    operation: 'vpcs.list',
    path: ['vpcs'],
    schema: z.looseObject({ vpcs: z.array(vpc), ...pageShape }),
    items: (answer) => answer.vpcs,
  })
  const schema = z.looseObject({ vpc })
  return {
    ...vpcs,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'vpcs.get', path: pathOf('vpcs', id), schema, signal }
      return (await caller.read(call)).value.vpc
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'vpcs.create', path: pathOf('vpcs'), schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: input })).vpc
    },
    update: async (id, change, { signal } = {}) => {
      const call = { operation: 'vpcs.update', path: pathOf('vpcs', id), schema, signal }
      return (await caller.write({ ...call, method: 'PATCH', body: change })).vpc
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'vpcs.delete', path: pathOf('vpcs', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    members: (id) =>
      collection(caller, {
        operation: 'vpcs.members',
        path: ['vpcs', id, 'members'],
        schema: z.looseObject({ members: z.array(member), ...pageShape }),
        items: (answer) => answer.members,
        filters: ({ resourceType }: VpcMemberListOptions) => ({ resource_type: resourceType }),
      }),
  }
}
