import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import type { Transaction } from '../../store/transaction.ts'

const port = z.int().min(1).max(65_535)

/** What a client leaves out, or sends as `null`, is as DigitalOcean has it by default. */
function orElse<T extends z.ZodType>(schema: T, fallback: NonNullable<z.output<T>>) {
  return schema.nullish().transform((value) => value ?? fallback)
}

const forwardingRule = z.object({
  entry_protocol: z.enum(['http', 'https', 'http2', 'http3', 'tcp', 'udp']),
  entry_port: port,
  target_protocol: z.enum(['http', 'https', 'http2', 'tcp', 'udp']),
  target_port: port,
  certificate_id: orElse(z.string(), ''),
  tls_passthrough: orElse(z.boolean(), false),
})
export type ForwardingRule = Readonly<z.infer<typeof forwardingRule>>

const healthCheck = z
  .object({
    protocol: orElse(z.enum(['http', 'https', 'tcp']), 'http'),
    port: orElse(port, 80),
    path: z.string().nullish(),
    check_interval_seconds: orElse(z.int().positive(), 10),
    response_timeout_seconds: orElse(z.int().positive(), 5),
    unhealthy_threshold: orElse(z.int().positive(), 5),
    healthy_threshold: orElse(z.int().positive(), 3),
  })
  // A check by TCP asks for no path.
  .transform((check) => ({ ...check, path: check.path ?? (check.protocol === 'tcp' ? '' : '/') }))

const stickySessions = z
  .object({
    type: orElse(z.enum(['cookies', 'none']), 'none'),
    cookie_name: z.string().nullish(),
    cookie_ttl_seconds: z.int().nullish(),
  })
  // Without cookies the API tells of none.
  .transform(({ type, ...cookie }) => (type === 'cookies' ? { type, ...cookie } : { type }))

const sources = orElse(z.array(z.string().regex(/^(ip|cidr):.+$/)), [])

/** All of a load balancer that a client may change. A change is of the whole. */
export const loadBalancerSettings = z.object({
  name: z.string().min(1),
  size_unit: z.int().min(1).max(100),
  algorithm: orElse(z.enum(['round_robin', 'least_connections']), 'round_robin'),
  forwarding_rules: orElse(z.array(forwardingRule), []),
  health_check: orElse(healthCheck, healthCheck.parse({})),
  sticky_sessions: orElse(stickySessions, { type: 'none' }),
  redirect_http_to_https: orElse(z.boolean(), false),
  enable_proxy_protocol: orElse(z.boolean(), false),
  enable_backend_keepalive: orElse(z.boolean(), false),
  http_idle_timeout_seconds: orElse(z.int().min(30).max(600), 60),
  disable_lets_encrypt_dns_records: orElse(z.boolean(), false),
  firewall: orElse(z.object({ deny: sources, allow: sources }), { deny: [], allow: [] }),
  tls_cipher_policy: orElse(z.enum(['DEFAULT', 'STRONG']), 'DEFAULT'),
  domains: orElse(
    z.array(
      z.object({
        name: z.string(),
        is_managed: orElse(z.boolean(), false),
        certificate_id: orElse(z.string(), ''),
      }),
    ),
    [],
  ),
  glb_settings: z
    .object({
      target_protocol: z.enum(['http', 'https', 'http2']),
      target_port: port,
      cdn: orElse(z.object({ is_enabled: orElse(z.boolean(), false) }), { is_enabled: false }),
      region_priorities: z.record(z.string(), z.int()).optional(),
      failover_threshold: z.int().min(1).max(99).optional(),
    })
    .nullish(),
  target_load_balancer_ids: orElse(z.array(z.string()), []),
})
export type LoadBalancerSettings = Readonly<z.infer<typeof loadBalancerSettings>>

export const forwardingRules = z.object({ forwarding_rules: z.array(forwardingRule) })

/** Load balancers had sizes before they had nodes: both names are taken still. */
const nodes = { 'lb-small': 1, 'lb-medium': 3, 'lb-large': 6 } as const
const sizing = z.object({
  size: z.enum(['lb-small', 'lb-medium', 'lb-large']).nullish(),
  size_unit: z.int().nullish(),
})

/** The number of nodes that is asked for: some clients send back both names of it. */
export function withSizeUnit(body: unknown): unknown {
  const asked = sizing.safeParse(body)
  const object = z.record(z.string(), z.unknown()).safeParse(body)
  if (!asked.success || !object.success) return body
  return { ...object.data, size_unit: asked.data.size_unit ?? nodes[asked.data.size ?? 'lb-small'] }
}

/** The old name of a size, for those that have one. */
export function sizeField(sizeUnit: number) {
  const slug = Object.entries(nodes).find(([, count]) => count === sizeUnit)?.[0]
  return slug === undefined ? {} : { size: slug }
}

/** @throws ApiError 422 for rules that contradict each other or themselves, or for none */
export function checkRules(rules: readonly ForwardingRule[]): void {
  if (rules.length === 0) throw unprocessable('at least one forwarding rule is required')
  const entries = new Set<string>()
  for (const rule of rules) {
    const entry = `${rule.entry_protocol === 'udp' ? 'udp' : 'tcp'}/${rule.entry_port}`
    if (entries.has(entry)) throw unprocessable(`duplicate entry port ${rule.entry_port}`)
    entries.add(entry)
    if ((rule.entry_protocol === 'udp') !== (rule.target_protocol === 'udp')) {
      throw unprocessable('a UDP forwarding rule must have UDP as its target protocol')
    }
    const encrypted = ['https', 'http2', 'http3'].includes(rule.entry_protocol)
    if (encrypted && !rule.certificate_id && !rule.tls_passthrough) {
      throw unprocessable('a certificate or TLS passthrough is required for encrypted traffic')
    }
  }
}

/**
 * @param holders rules, or domains of a global one; those without a certificate have an empty id
 * @throws ApiError 422 for a certificate that there is not
 */
export function checkCertificates(
  tx: Transaction,
  holders: readonly { readonly certificate_id: string }[],
): void {
  for (const { certificate_id: id } of holders) {
    if (id !== '' && !tx.tables.certificates.get(id)) {
      throw unprocessable(`certificate ${id} does not exist`)
    }
  }
}

/** Whether two rules take the same traffic to the same place, by whatever certificate. */
export function isSameForwarding(one: ForwardingRule, other: ForwardingRule): boolean {
  return (
    one.entry_protocol === other.entry_protocol &&
    one.entry_port === other.entry_port &&
    one.target_protocol === other.target_protocol &&
    one.target_port === other.target_port
  )
}

/** @throws ApiError 422 for settings that contradict themselves */
export function checkSettings(settings: LoadBalancerSettings): void {
  const sticky = settings.sticky_sessions
  if (sticky.type === 'none') return
  if (!sticky.cookie_name || !sticky.cookie_ttl_seconds) {
    throw unprocessable('sticky sessions by cookies need cookie_name and cookie_ttl_seconds')
  }
}
