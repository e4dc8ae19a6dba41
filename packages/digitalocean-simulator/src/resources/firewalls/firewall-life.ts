import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import type { FirewallRecord, FirewallRule } from './firewall-record.ts'

/** About how long a change takes to reach a droplet, and a destroyed droplet to be forgotten. */
const applySeconds = 30
const leaveSeconds = 30

/**
 * Notes that a change has to reach droplets: the firewall is `waiting` meanwhile. A later change of
 * the same droplet takes the place of an earlier one.
 */
export function pendingChanges(
  tx: Transaction,
  world: World,
  firewall: FirewallRecord,
  droplets: readonly number[],
  removing: boolean,
  now: number,
): FirewallRecord['pending'] {
  const jitter = 0.8 + 0.4 * world.random.fraction('firewall', tx.next('firewall-change'))
  const untilMs = now + world.time.scaled(applySeconds * 1000 * jitter)
  const others = firewall.pending.filter(
    (each) => each.untilMs > now && !droplets.includes(each.droplet),
  )
  return [...others, ...droplets.map((droplet) => ({ droplet, removing, untilMs }))]
}

/** Every droplet that a firewall protects, by id or by tag. */
export function protectedBy(tx: Transaction, firewall: FirewallRecord): readonly number[] {
  const tagged = firewall.tags
    .flatMap((tag) => tx.tables.droplets.find('tag', tag.toLowerCase()))
    .filter((droplet) => droplet.deletedMs === null)
  return [...new Set([...firewall.droplets, ...tagged.map((droplet) => droplet.id)])]
}

/** The firewalls that protect a droplet, by id or by tag, oldest first. */
export function firewallsOf(tx: Transaction, droplet: DropletRecord): readonly FirewallRecord[] {
  const { firewalls } = tx.tables
  const found = new Set([
    ...firewalls.find('droplet', droplet.id),
    ...droplet.tags.flatMap((tag) => firewalls.find('tag', tag.toLowerCase())),
  ])
  return Array.from(firewalls.rows()).filter((each) => found.has(each))
}

/** A firewall goes on naming a destroyed droplet for a while, and says that all is well. */
export function leaveFirewalls(
  tx: Transaction,
  world: World,
  droplet: DropletRecord,
  atMs: number,
): void {
  const { firewalls } = tx.tables
  const jitter = 0.8 + 0.4 * world.random.fraction('leave', droplet.id)
  const untilMs = atMs + world.time.scaled(leaveSeconds * 1000 * jitter)
  for (const firewall of firewalls.find('droplet', droplet.id)) {
    const still = firewall.leaving.filter((each) => each.untilMs > atMs)
    tx.put(firewalls, {
      ...firewall,
      droplets: firewall.droplets.filter((id) => id !== droplet.id),
      leaving: [...still, { droplet: droplet.id, untilMs }],
      pending: firewall.pending.filter((each) => each.droplet !== droplet.id),
    })
  }
}

/** A tag that is deleted selects nothing any more, even if there is one of its name again. */
export function forgetFirewallTag(tx: Transaction, key: string): void {
  const { firewalls } = tx.tables
  const others = (tags: readonly string[]) => tags.filter((tag) => tag.toLowerCase() !== key)
  const without = (rules: readonly FirewallRule[]) =>
    rules.map((rule) =>
      rule.target.tags
        ? { ...rule, target: { ...rule.target, tags: others(rule.target.tags) } }
        : rule,
    )
  const found = [...firewalls.find('tag', key), ...firewalls.find('tag-in-rule', key)]
  for (const firewall of new Set(found)) {
    tx.put(firewalls, {
      ...firewall,
      tags: others(firewall.tags),
      inbound: without(firewall.inbound),
      outbound: without(firewall.outbound),
    })
  }
}
