import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const target = z.looseObject({
  addresses: z.array(z.string()).nullish(),
  droplet_ids: z.array(z.int()).nullish(),
  load_balancer_uids: z.array(z.string()).nullish(),
  kubernetes_ids: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
})
const rule = {
  /** `tcp`, `udp` or `icmp`. */
  protocol: z.string(),
  /** A port, a range such as `8000-9000`, or `0` for all. */
  ports: z.string(),
}

const firewall = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Unique in the account. */
  name: z.string(),
  /** `waiting` while a change has not reached every droplet, `succeeded` or `failed`. */
  status: z.string(),
  inbound_rules: z.array(z.looseObject({ ...rule, sources: target })).nullish(),
  outbound_rules: z.array(z.looseObject({ ...rule, destinations: target })).nullish(),
  /** Goes on naming a destroyed droplet for some time. Absent without the scope to read droplets. */
  droplet_ids: z.array(z.int()).nullish(),
  /** Selects droplets. Absent without the scope to read tags. */
  tags: z.array(z.string()).nullish(),
  pending_changes: z
    .array(z.looseObject({ droplet_id: z.int(), removing: z.boolean(), status: z.string() }))
    .nullish(),
  /** RFC 3339. */
  created_at: z.string(),
})

/** What traffic may reach droplets, and leave them. */
export type Firewall = z.infer<typeof firewall>

/** Where traffic may come from or go to: anything that one of these names. None of them: nothing. */
export interface FirewallTarget {
  /** Addresses or ranges in CIDR notation, of either family. */
  readonly addresses?: readonly string[] | undefined
  readonly droplet_ids?: readonly number[] | undefined
  readonly load_balancer_uids?: readonly string[] | undefined
  readonly kubernetes_ids?: readonly string[] | undefined
  /** Of droplets; they have to be there already. */
  readonly tags?: readonly string[] | undefined
}

interface FirewallRule {
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  /** A port, a range such as `8000-9000`, or `0` for all, as for ICMP always. */
  readonly ports: string
}

export interface InboundRule extends FirewallRule {
  readonly sources: FirewallTarget
}

export interface OutboundRule extends FirewallRule {
  readonly destinations: FirewallTarget
}

export interface FirewallRules {
  readonly inbound_rules?: readonly InboundRule[] | undefined
  readonly outbound_rules?: readonly OutboundRule[] | undefined
}

/** The whole of a firewall, by the API's own names. What no rule allows is denied. */
export interface FirewallSpec extends FirewallRules {
  /** Unique; letters, digits, periods and dashes. */
  readonly name: string
  readonly droplet_ids?: readonly number[] | undefined
  /** Selects droplets, those to come too; tags have to be there already. */
  readonly tags?: readonly string[] | undefined
}

export interface FirewallsResource extends Collection<Firewall> {
  get(id: string, options?: CallOptions): Promise<Firewall>
  /** `Conflict` when the name is taken, which it is too when this very call has been made before. */
  create(input: FirewallSpec, options?: CallOptions): Promise<Firewall>
  /** Puts the whole in the place of what was there: what is left out is emptied. May be repeated. */
  replace(id: string, input: FirewallSpec, options?: CallOptions): Promise<Firewall>
  delete(id: string, options?: CallOptions): Promise<void>
  addDroplets(id: string, dropletIds: readonly number[], options?: CallOptions): Promise<void>
  removeDroplets(id: string, dropletIds: readonly number[], options?: CallOptions): Promise<void>
  addTags(id: string, tags: readonly string[], options?: CallOptions): Promise<void>
  removeTags(id: string, tags: readonly string[], options?: CallOptions): Promise<void>
  addRules(id: string, rules: FirewallRules, options?: CallOptions): Promise<void>
  /** The last rule stays: a firewall without any is refused. */
  removeRules(id: string, rules: FirewallRules, options?: CallOptions): Promise<void>
}

/** The firewalls under `path`: all of the account's, or those of one droplet. */
export function firewallCollection(
  caller: Caller,
  operation: string,
  path: readonly (string | number)[],
): Collection<Firewall> {
  return collection(caller, {
    operation,
    path,
    schema: z.looseObject({ firewalls: z.array(firewall), ...pageShape }),
    items: (answer) => answer.firewalls,
  })
}

export function firewallsResource(caller: Caller): FirewallsResource {
  const schema = z.looseObject({ firewall })
  function part(
    name: 'addDroplets' | 'removeDroplets' | 'addTags' | 'removeTags' | 'addRules' | 'removeRules',
    method: 'POST' | 'DELETE',
    segment: string,
  ) {
    return async (id: string, body: object, { signal }: CallOptions = {}) => {
      const path = pathOf('firewalls', id, segment)
      await caller.command({ operation: `firewalls.${name}`, method, path, body, signal })
    }
  }
  const addDroplets = part('addDroplets', 'POST', 'droplets')
  const removeDroplets = part('removeDroplets', 'DELETE', 'droplets')
  const addTags = part('addTags', 'POST', 'tags')
  const removeTags = part('removeTags', 'DELETE', 'tags')
  return {
    ...firewallCollection(caller, 'firewalls.list', ['firewalls']),
    get: async (id, { signal } = {}) => {
      const call = { operation: 'firewalls.get', path: pathOf('firewalls', id), schema, signal }
      return (await caller.read(call)).value.firewall
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'firewalls.create', path: pathOf('firewalls'), schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: input })).firewall
    },
    replace: async (id, input, { signal } = {}) => {
      const call = { operation: 'firewalls.replace', path: pathOf('firewalls', id), schema, signal }
      return (await caller.write({ ...call, method: 'PUT', body: input })).firewall
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'firewalls.delete', path: pathOf('firewalls', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    addDroplets: (id, droplet_ids, options) => addDroplets(id, { droplet_ids }, options),
    removeDroplets: (id, droplet_ids, options) => removeDroplets(id, { droplet_ids }, options),
    addTags: (id, tags, options) => addTags(id, { tags }, options),
    removeTags: (id, tags, options) => removeTags(id, { tags }, options),
    addRules: part('addRules', 'POST', 'rules'),
    removeRules: part('removeRules', 'DELETE', 'rules'),
  }
}
