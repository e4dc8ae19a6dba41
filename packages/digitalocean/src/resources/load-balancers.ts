import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const forwardingRule = z.looseObject({
  entry_protocol: z.string(),
  entry_port: z.int(),
  target_protocol: z.string(),
  target_port: z.int(),
  /** Empty without one. */
  certificate_id: z.string().nullish(),
  tls_passthrough: z.boolean().nullish(),
})

const loadBalancer = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Not unique. */
  name: z.string(),
  /** Empty until it is active. */
  ip: z.string().nullish(),
  ipv6: z.string().nullish(),
  /** `new`, `active` or `errored`. */
  status: z.string(),
  /** Absent of a global one. */
  region: z.looseObject({ slug: z.string() }).nullish(),
  vpc_uuid: z.string().nullish(),
  size_unit: z.int().nullish(),
  forwarding_rules: z.array(forwardingRule),
  health_check: z.looseObject({ protocol: z.string(), port: z.int() }).nullish(),
  sticky_sessions: z.looseObject({ type: z.string() }).nullish(),
  firewall: z
    .looseObject({ allow: z.array(z.string()).nullish(), deny: z.array(z.string()).nullish() })
    .nullish(),
  /** Those named, or those that `tag` selects. */
  droplet_ids: z.array(z.int()).nullish(),
  /** Empty if none. */
  tag: z.string().nullish(),
  /** RFC 3339. */
  created_at: z.string(),
})

/** What spreads traffic over droplets. */
export type LoadBalancer = z.infer<typeof loadBalancer>

export interface ForwardingRule {
  readonly entry_protocol: 'http' | 'https' | 'http2' | 'http3' | 'tcp' | 'udp'
  readonly entry_port: number
  readonly target_protocol: 'http' | 'https' | 'http2' | 'tcp' | 'udp'
  readonly target_port: number
  /** Encrypted traffic needs a certificate, or to be passed through. */
  readonly certificate_id?: string | undefined
  readonly tls_passthrough?: boolean | undefined
}

export interface HealthCheck {
  readonly protocol: 'http' | 'https' | 'tcp'
  readonly port: number
  readonly path?: string | undefined
  readonly check_interval_seconds?: number | undefined
  readonly response_timeout_seconds?: number | undefined
  readonly healthy_threshold?: number | undefined
  readonly unhealthy_threshold?: number | undefined
}

export type StickySessions =
  | { readonly type: 'none' }
  | {
      readonly type: 'cookies'
      readonly cookie_name: string
      readonly cookie_ttl_seconds: number
    }

/** The whole of a load balancer, by the API's own names. */
export interface LoadBalancerSpec {
  readonly name: string
  /** A region's slug; not of a global one. Cannot be changed. */
  readonly region?: string | undefined
  readonly forwarding_rules: readonly ForwardingRule[]
  /** Of its region and network. Not together with `tag`. */
  readonly droplet_ids?: readonly number[] | undefined
  /** Selects droplets, those to come too. */
  readonly tag?: string | undefined
  /** Nodes, 1 to 100; 1 by default. DigitalOcean lets it be changed once an hour. */
  readonly size_unit?: number | undefined
  readonly health_check?: HealthCheck | undefined
  readonly sticky_sessions?: StickySessions | undefined
  readonly redirect_http_to_https?: boolean | undefined
  readonly enable_proxy_protocol?: boolean | undefined
  readonly enable_backend_keepalive?: boolean | undefined
  /** 30 to 600; 60 by default. */
  readonly http_idle_timeout_seconds?: number | undefined
  readonly disable_lets_encrypt_dns_records?: boolean | undefined
  /** Such as `ip:192.0.2.1` and `cidr:192.0.2.0/24`. */
  readonly firewall?:
    | {
        readonly allow?: readonly string[] | undefined
        readonly deny?: readonly string[] | undefined
      }
    | undefined
  /** The region's default network without one. Cannot be changed, and neither can the next three. */
  readonly vpc_uuid?: string | undefined
  readonly type?: 'REGIONAL' | 'REGIONAL_NETWORK' | 'GLOBAL' | undefined
  readonly network?: 'EXTERNAL' | 'INTERNAL' | undefined
  readonly network_stack?: 'IPV4' | 'DUALSTACK' | undefined
  readonly tls_cipher_policy?: 'DEFAULT' | 'STRONG' | undefined
  readonly project_id?: string | undefined
  /** The next three are of a global one. */
  readonly glb_settings?: Readonly<Record<string, unknown>> | undefined
  readonly domains?: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly target_load_balancer_ids?: readonly string[] | undefined
}

/**
 * One is `new` for a minute or two after its creation. Until it is `active`, every change but its
 * deletion is refused with `Forbidden`.
 */
export interface LoadBalancersResource extends Collection<LoadBalancer> {
  get(id: string, options?: CallOptions): Promise<LoadBalancer>
  /** Names are not unique: give it one by which to find it again. */
  create(input: LoadBalancerSpec, options?: CallOptions): Promise<LoadBalancer>
  /** Puts the whole in the place of what was there: what is left out is as in a new one. */
  replace(id: string, input: LoadBalancerSpec, options?: CallOptions): Promise<LoadBalancer>
  delete(id: string, options?: CallOptions): Promise<void>
  addDroplets(id: string, dropletIds: readonly number[], options?: CallOptions): Promise<void>
  removeDroplets(id: string, dropletIds: readonly number[], options?: CallOptions): Promise<void>
  addForwardingRules(
    id: string,
    rules: readonly ForwardingRule[],
    options?: CallOptions,
  ): Promise<void>
  /** The last rule stays: a load balancer without any is refused. */
  removeForwardingRules(
    id: string,
    rules: readonly ForwardingRule[],
    options?: CallOptions,
  ): Promise<void>
  /** Of a global one, what its CDN keeps. */
  purgeCache(id: string, options?: CallOptions): Promise<void>
}

const base = 'load_balancers'

export function loadBalancersResource(caller: Caller): LoadBalancersResource {
  const schema = z.looseObject({ load_balancer: loadBalancer })
  async function command(
    name: keyof LoadBalancersResource,
    method: 'POST' | 'DELETE',
    path: string,
    { body, signal }: CallOptions & { readonly body?: object },
  ): Promise<void> {
    await caller.command({ operation: `loadBalancers.${name}`, method, path, body, signal })
  }
  const droplets = (id: string) => pathOf(base, id, 'droplets')
  const rules = (id: string) => pathOf(base, id, 'forwarding_rules')
  return {
    ...collection(caller, {
      operation: 'loadBalancers.list',
      path: [base],
      schema: z.looseObject({ load_balancers: z.array(loadBalancer), ...pageShape }),
      items: (answer) => answer.load_balancers,
    }),
    get: async (id, { signal } = {}) => {
      const call = { operation: 'loadBalancers.get', path: pathOf(base, id), schema, signal }
      return (await caller.read(call)).value.load_balancer
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'loadBalancers.create', path: pathOf(base), schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: input })).load_balancer
    },
    replace: async (id, input, { signal } = {}) => {
      const call = { operation: 'loadBalancers.replace', path: pathOf(base, id), schema, signal }
      return (await caller.write({ ...call, method: 'PUT', body: input })).load_balancer
    },
    delete: (id, options) => command('delete', 'DELETE', pathOf(base, id), { ...options }),
    addDroplets: (id, droplet_ids, options) =>
      command('addDroplets', 'POST', droplets(id), { ...options, body: { droplet_ids } }),
    removeDroplets: (id, droplet_ids, options) =>
      command('removeDroplets', 'DELETE', droplets(id), { ...options, body: { droplet_ids } }),
    addForwardingRules: (id, forwarding_rules, options) =>
      command('addForwardingRules', 'POST', rules(id), { ...options, body: { forwarding_rules } }),
    removeForwardingRules: (id, forwarding_rules, options) => {
      const call = { ...options, body: { forwarding_rules } }
      return command('removeForwardingRules', 'DELETE', rules(id), call)
    },
    purgeCache: (id, options) =>
      command('purgeCache', 'DELETE', pathOf(base, id, 'cache'), { ...options }),
  }
}
