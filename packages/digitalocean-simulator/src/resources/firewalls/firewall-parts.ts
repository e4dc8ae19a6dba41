import { z } from 'zod'
import { numeric, parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { protectedBy } from './firewall-life.ts'
import type { FirewallRecord, FirewallRule } from './firewall-record.ts'
import { isSameRule, knownTags, readRules, requireDroplets, rulesOrder } from './firewall-rules.ts'
import { apply, findFirewall } from './firewalls.ts'

const dropletsOrder = z.object({ droplet_ids: z.array(numeric) })
const tagsOrder = z.object({ tags: z.array(z.string()) })

/** What a firewall has of parts, put in and taken out. What is there, or not there, already stays so. */
export const firewallPartRoutes: readonly Route[] = [
  ...part('droplets', { add: addDroplets, remove: removeDroplets }),
  ...part('tags', { add: addTags, remove: removeTags }),
  ...part('rules', { add: addRules, remove: removeRules }),
]

type Change = (call: Call, firewall: FirewallRecord) => Partial<FirewallRecord>

function part(name: string, { add, remove }: { add: Change; remove: Change }): readonly Route[] {
  const path = `/v2/firewalls/:firewall/${name}`
  const handle = (change: Change) => (call: Call) => {
    const firewall = findFirewall(call)
    apply(call, { ...firewall, ...change(call, firewall) }, protectedBy(call.tx, firewall))
    return { status: 204 }
  }
  return [
    { method: 'POST', path, scopes: ['firewall:update'], handle: handle(add) },
    { method: 'DELETE', path, scopes: ['firewall:update'], handle: handle(remove) },
  ]
}

function addDroplets(call: Call, { droplets }: FirewallRecord) {
  const { droplet_ids } = parseBody(dropletsOrder, call.body)
  requireDroplets(call.tx, droplet_ids)
  return { droplets: [...new Set([...droplets, ...droplet_ids])] }
}

function removeDroplets(call: Call, { droplets, leaving }: FirewallRecord) {
  const { droplet_ids } = parseBody(dropletsOrder, call.body)
  return {
    droplets: droplets.filter((id) => !droplet_ids.includes(id)),
    leaving: leaving.filter((each) => !droplet_ids.includes(each.droplet)),
  }
}

function addTags(call: Call, { tags }: FirewallRecord) {
  const added = knownTags(call.tx, parseBody(tagsOrder, call.body).tags)
  return { tags: [...new Set([...tags, ...added])] }
}

function removeTags(call: Call, { tags }: FirewallRecord) {
  const removed = parseBody(tagsOrder, call.body).tags.map((tag) => tag.toLowerCase())
  return { tags: tags.filter((tag) => !removed.includes(tag.toLowerCase())) }
}

function addRules(call: Call, { inbound, outbound }: FirewallRecord) {
  const added = readRules(call.tx, parseBody(rulesOrder, call.body))
  return {
    inbound: [...inbound, ...without(added.inbound, inbound)],
    outbound: [...outbound, ...without(added.outbound, outbound)],
  }
}

function removeRules(call: Call, { inbound, outbound }: FirewallRecord) {
  const removed = readRules(call.tx, parseBody(rulesOrder, call.body))
  return {
    inbound: without(inbound, removed.inbound),
    outbound: without(outbound, removed.outbound),
  }
}

function without(rules: readonly FirewallRule[], others: readonly FirewallRule[]): FirewallRule[] {
  return rules.filter((rule) => !others.some((other) => isSameRule(rule, other)))
}
