import { isIP } from 'node:net'
import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { FirewallRule, FirewallTarget } from './firewall-record.ts'

const mostPort = 65_535

const target = z.object({
  addresses: z.array(z.string()).nullish(),
  droplet_ids: z.array(z.number()).nullish(),
  load_balancer_uids: z.array(z.string()).nullish(),
  kubernetes_ids: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
})
const rule = {
  protocol: z.string(),
  ports: z.union([z.string(), z.number()]).nullish(),
  action: z.enum(['allow', 'deny']).nullish(),
}

/** Rules as a request has them: some clients send `null` for none. */
export const rulesOrder = z.object({
  inbound_rules: z.array(z.object({ ...rule, sources: target.nullish() })).nullish(),
  outbound_rules: z.array(z.object({ ...rule, destinations: target.nullish() })).nullish(),
})
export type RulesOrder = z.infer<typeof rulesOrder>

type TargetOrder = z.infer<typeof target>
interface RuleOrder {
  readonly protocol: string
  readonly ports?: string | number | null | undefined
  readonly action?: 'allow' | 'deny' | null | undefined
}

export interface Rules {
  readonly inbound: FirewallRule[]
  readonly outbound: FirewallRule[]
}

/**
 * Rules as they are kept: protocols in small letters, ports as text, `0` for all of them.
 * @throws ApiError 422 for ports and addresses that are none, and for what is not there
 */
export function readRules(tx: Transaction, asked: RulesOrder): Rules {
  return {
    inbound: (asked.inbound_rules ?? []).map((each) => readRule(tx, each, each.sources)),
    outbound: (asked.outbound_rules ?? []).map((each) => readRule(tx, each, each.destinations)),
  }
}

/** Whether two rules say the same, in whatever order they name things. */
export function isSameRule(one: FirewallRule, other: FirewallRule): boolean {
  return canonical(one) === canonical(other)
}

/** A rule as the API describes it; that it denies is more than that, and told all the same. */
export function ruleView({ protocol, ports, action }: FirewallRule) {
  return { protocol, ports, ...(action === 'deny' ? { action } : {}) }
}

function readRule(
  tx: Transaction,
  asked: RuleOrder,
  targets: TargetOrder | null | undefined,
): FirewallRule {
  const protocol = z.enum(['tcp', 'udp', 'icmp']).safeParse(asked.protocol.toLowerCase())
  if (!protocol.success) throw unprocessable('invalid protocol')
  return {
    protocol: protocol.data,
    ports: protocol.data === 'icmp' ? '0' : readPorts(asked.ports),
    action: asked.action ?? 'allow',
    target: readTarget(tx, targets ?? {}),
  }
}

function readPorts(asked: string | number | null | undefined): string {
  const text = String(asked ?? '')
  if (text === 'all' || text === '0') return '0'
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const [low, high] = [Number(first), Number(last)]
  if (!(low >= 1 && low <= high && high <= mostPort)) throw unprocessable('invalid port range')
  return text
}

function readTarget(tx: Transaction, asked: TargetOrder): FirewallTarget {
  if (asked.addresses?.some((each) => !isAddress(each))) throw unprocessable('invalid address')
  requireDroplets(tx, asked.droplet_ids ?? [])
  for (const id of asked.load_balancer_uids ?? []) {
    if (!tx.tables.loadBalancers.get(id)) throw unprocessable('load balancer does not exist')
  }
  const { addresses, droplet_ids, load_balancer_uids, kubernetes_ids } = asked
  return {
    ...(addresses && { addresses }),
    ...(droplet_ids && { droplet_ids }),
    ...(load_balancer_uids && { load_balancer_uids }),
    ...(kubernetes_ids && { kubernetes_ids }),
    ...(asked.tags && { tags: knownTags(tx, asked.tags) }),
  }
}

/** @throws ApiError 422 when one of them is not there */
export function requireDroplets(tx: Transaction, ids: readonly number[]): void {
  for (const id of ids) {
    const droplet = tx.tables.droplets.get(id)
    if (!droplet || droplet.deletedMs !== null) throw unprocessable('droplet does not exist')
  }
}

/**
 * Tags as they are spelled; unlike a droplet, a firewall does not make them.
 * @throws ApiError 422 when one of them is not there
 */
export function knownTags(tx: Transaction, names: readonly string[]): string[] {
  const spelled = names.map((name) => {
    const tag = tx.tables.tags.get(name.toLowerCase())
    if (!tag) throw unprocessable(`tag ${name} does not exist`)
    return tag.name
  })
  return [...new Set(spelled)]
}

/** An address or a range of them, of either family. */
function isAddress(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)
}

function canonical({ protocol, ports, action, target: targets }: FirewallRule): string {
  const sorted = Object.entries(targets)
    .map(([name, values = []]) => [name, values.map((each) => String(each).toLowerCase()).sort()])
    .filter(([, values = []]) => values.length > 0)
    .sort()
  return JSON.stringify([protocol, ports, action, sorted])
}
