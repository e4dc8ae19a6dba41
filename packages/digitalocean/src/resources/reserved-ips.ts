import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Action, actionAnswer, actionCollection } from './actions.ts'
import { type Collection, collection, pageShape } from './collection.ts'
import { dropletSchema } from './droplet.ts'

const reservedIp = z.looseObject({
  /** Its id, too. */
  ip: z.string(),
  region: z.looseObject({ slug: z.string() }),
  /** What it leads to, `null` if nowhere. Absent without the scope to read droplets. */
  droplet: dropletSchema.nullish(),
  /** Whether an event is running on it; it refuses another one meanwhile. */
  locked: z.boolean().nullish(),
  project_id: z.string().nullish(),
})

/** A public address that stays when droplets go. */
export type ReservedIp = z.infer<typeof reservedIp>

/** By the API's own names: for a droplet, in whose region it then is, or for a region. */
export type ReservedIpCreate =
  | { readonly droplet_id: number }
  | {
      /** A region's slug. */
      readonly region: string
      /** A project's id; the default project without one. */
      readonly project_id?: string | undefined
    }

export interface CreatedReservedIp {
  readonly reservedIp: ReservedIp
  /** The action that leads it to its droplet; absent without one. */
  readonly actionId?: number
}

/** What can be done to addresses that lead to droplets. */
export interface AddressActions {
  /**
   * Leads it to a droplet, away from any other. Poll the action; droplet and address refuse others
   * meanwhile, with `Unprocessable`, `retryable: true`.
   */
  assign(ip: string, dropletId: number, options?: CallOptions): Promise<Action>
  /** Leads it nowhere. Poll the action. One that leads nowhere is refused with `Unprocessable`. */
  unassign(ip: string, options?: CallOptions): Promise<Action>
}

export interface ReservedIpsResource extends Collection<ReservedIp>, AddressActions {
  get(ip: string, options?: CallOptions): Promise<ReservedIp>
  /** Nothing marks one as made by this call: after `OutcomeUnknown`, compare the listing. */
  create(input: ReservedIpCreate, options?: CallOptions): Promise<CreatedReservedIp>
  /** Gives it back: nobody can ask for the same again. */
  delete(ip: string, options?: CallOptions): Promise<void>
  /** Of one address. */
  actions(ip: string): Collection<Action>
  getAction(ip: string, actionId: number, options?: CallOptions): Promise<Action>
}

const links = z
  .looseObject({ actions: z.array(z.looseObject({ id: z.int(), rel: z.string() })).optional() })
  .optional()
  // The address is what matters: a link less must not turn a known outcome into an unknown one.
  .catch(undefined)

const pageAnswer = z.looseObject(pageShape)

interface Naming {
  readonly resource: string
  readonly path: string
  readonly one: z.ZodType<{ readonly address: ReservedIp; readonly links: z.infer<typeof links> }>
  readonly many: z.ZodType<z.infer<typeof pageAnswer> & { readonly addresses: ReservedIp[] }>
}

/** The API calls one and the same addresses by their old name, and by their new one. */
const reserved: Naming = {
  resource: 'reservedIps',
  path: 'reserved_ips',
  one: z
    .looseObject({ reserved_ip: reservedIp, links })
    .transform((answer) => ({ address: answer.reserved_ip, links: answer.links })),
  many: z
    .looseObject({ reserved_ips: z.array(reservedIp), ...pageShape })
    .transform(({ reserved_ips: addresses, links, meta }) => ({ addresses, links, meta })),
}

const floating: Naming = {
  resource: 'floatingIps',
  path: 'floating_ips',
  one: z
    .looseObject({ floating_ip: reservedIp, links })
    .transform((answer) => ({ address: answer.floating_ip, links: answer.links })),
  many: z
    .looseObject({ floating_ips: z.array(reservedIp), ...pageShape })
    .transform(({ floating_ips: addresses, links, meta }) => ({ addresses, links, meta })),
}

export function reservedIpsResource(caller: Caller): ReservedIpsResource {
  return addressesResource(caller, reserved)
}

export function floatingIpsResource(caller: Caller): ReservedIpsResource {
  return addressesResource(caller, floating)
}

/** Starts actions on an address under `path`. */
export function addressActions(caller: Caller, resource: string, path: string): AddressActions {
  async function act(
    name: keyof AddressActions,
    ip: string,
    body: object,
    { signal }: CallOptions = {},
  ): Promise<Action> {
    const call = { operation: `${resource}.${name}`, path: pathOf(path, ip, 'actions'), signal }
    return (await caller.write({ ...call, method: 'POST', body, schema: actionAnswer })).action
  }
  return {
    assign: (ip, droplet_id, options) => act('assign', ip, { type: 'assign', droplet_id }, options),
    unassign: (ip, options) => act('unassign', ip, { type: 'unassign' }, options),
  }
}

function addressesResource(
  caller: Caller,
  { resource, path, one, many }: Naming,
): ReservedIpsResource {
  return {
    ...collection(caller, {
      operation: `${resource}.list`,
      path: [path],
      schema: many,
      items: (answer) => answer.addresses,
    }),
    ...addressActions(caller, resource, path),
    get: async (ip, { signal } = {}) => {
      const call = { operation: `${resource}.get`, path: pathOf(path, ip), schema: one, signal }
      return (await caller.read(call)).value.address
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: `${resource}.create`, path: pathOf(path), schema: one, signal }
      const answer = await caller.write({ ...call, method: 'POST', body: input })
      const action = answer.links?.actions?.find(({ rel }) => rel === 'assign_ip')
      return { reservedIp: answer.address, ...(action && { actionId: action.id }) }
    },
    delete: async (ip, { signal } = {}) => {
      const call = { operation: `${resource}.delete`, path: pathOf(path, ip), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    actions: (ip) => actionCollection(caller, `${resource}.actions`, [path, ip, 'actions']),
    getAction: async (ip, actionId, { signal } = {}) => {
      const at = pathOf(path, ip, 'actions', actionId)
      const call = { operation: `${resource}.getAction`, path: at, schema: actionAnswer, signal }
      return (await caller.read(call)).value.action
    },
  }
}
