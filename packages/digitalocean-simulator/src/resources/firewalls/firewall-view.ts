import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import type { FirewallRecord } from './firewall-record.ts'
import { ruleView } from './firewall-rules.ts'

/** A firewall as the API writes it: without the fields that the token may not see. */
export function firewallView(call: Call, firewall: FirewallRecord) {
  const pending = firewall.pending.filter((each) => each.untilMs > call.now)
  const leaving = firewall.leaving.filter((each) => each.untilMs > call.now)
  const droplets = [...firewall.droplets, ...leaving.map((each) => each.droplet)]
  return {
    id: firewall.id,
    name: firewall.name,
    status: pending.length > 0 ? 'waiting' : 'succeeded',
    inbound_rules: firewall.inbound.map((rule) => ({ ...ruleView(rule), sources: rule.target })),
    outbound_rules: firewall.outbound.map((rule) => ({
      ...ruleView(rule),
      destinations: rule.target,
    })),
    created_at: timestamp(firewall.createdMs),
    ...(call.access.can('droplet:read') ? { droplet_ids: droplets } : {}),
    ...(call.access.can('tag:read') ? { tags: firewall.tags } : {}),
    pending_changes: pending.map(({ droplet, removing }) => ({
      droplet_id: droplet,
      removing,
      status: 'waiting',
    })),
  }
}
