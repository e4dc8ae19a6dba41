import { z } from 'zod'
import { conflict, notFound, unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { readableDroplet } from '../droplets/droplet-life.ts'
import { firewallsOf, pendingChanges, protectedBy } from './firewall-life.ts'
import type { FirewallRecord } from './firewall-record.ts'
import { knownTags, type Rules, readRules, requireDroplets, rulesOrder } from './firewall-rules.ts'
import { firewallView } from './firewall-view.ts'

const validName = /^[a-zA-Z0-9][a-zA-Z0-9.-]+$/
/** https://docs.digitalocean.com/products/networking/firewalls/details/limits/ */
const most = { droplets: 10, tags: 5, rules: 50 }

const order = rulesOrder.extend({
  name: z.string(),
  droplet_ids: z.array(numeric).nullish(),
  tags: z.array(z.string()).nullish(),
})

/** Firewalls by themselves, and those of a droplet. What they have of parts is in their own file. */
export const firewallRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/firewalls', scopes: ['firewall:read'], handle: list },
  { method: 'POST', path: '/v2/firewalls', scopes: ['firewall:create'], handle: create },
  { method: 'GET', path: '/v2/firewalls/:firewall', scopes: ['firewall:read'], handle: show },
  { method: 'PUT', path: '/v2/firewalls/:firewall', scopes: ['firewall:update'], handle: replace },
  {
    method: 'DELETE',
    path: '/v2/firewalls/:firewall',
    scopes: ['firewall:delete'],
    handle: remove,
  },
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/firewalls',
    scopes: ['firewall:read'],
    handle: listOfDroplet,
  },
]

function list(call: Call) {
  const rows = call.tx.tables.firewalls.rows()
  return listingOf(call, 'firewalls', rows, (each) => firewallView(call, each))
}

function listOfDroplet(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const rows = firewallsOf(call.tx, droplet)
  return listingOf(call, 'firewalls', rows, (each) => firewallView(call, each))
}

function show(call: Call) {
  return { status: 200, body: { firewall: firewallView(call, findFirewall(call)) } }
}

/** One without droplets is in force at once; others take about half a minute. */
function create(call: Call) {
  const { tx, world, now } = call
  const wanted = readOrder(call)
  const blank = { id: world.random.uuid('firewall', tx.next('firewall')), leaving: [], pending: [] }
  const firewall = { ...blank, ...wanted, createdMs: now }
  return { status: 202, body: { firewall: firewallView(call, apply(call, firewall, [])) } }
}

/** The whole: what is left out is emptied. */
function replace(call: Call) {
  const firewall = findFirewall(call)
  const before = protectedBy(call.tx, firewall)
  const changed = apply(call, { ...firewall, ...readOrder(call, firewall) }, before)
  return { status: 200, body: { firewall: firewallView(call, changed) } }
}

function remove(call: Call) {
  call.tx.remove(call.tx.tables.firewalls, findFirewall(call).id)
  return { status: 204 }
}

/** @throws ApiError 404 when there is no such firewall */
export function findFirewall(call: Call): FirewallRecord {
  const found = call.tx.tables.firewalls.get((call.params['firewall'] ?? '').toLowerCase())
  if (!found) throw notFound()
  return found
}

/**
 * Writes a firewall, and lets the change reach the droplets that it protects or did before.
 * @throws ApiError 422 when it has too much of something, or no rule
 */
export function apply(
  call: Call,
  firewall: FirewallRecord,
  before: readonly number[],
): FirewallRecord {
  const { tx, world, now } = call
  checkSize(firewall)
  const after = protectedBy(tx, firewall)
  const removed = before.filter((id) => !after.includes(id))
  const added = { ...firewall, pending: pendingChanges(tx, world, firewall, after, false, now) }
  const pending = pendingChanges(tx, world, added, removed, true, now)
  return tx.put(tx.tables.firewalls, { ...added, pending })
}

function checkSize({ inbound, outbound, droplets, tags }: FirewallRecord): void {
  const rules = inbound.length + outbound.length
  if (rules === 0) throw unprocessable('must have at least one rule')
  if (rules > most.rules) throw unprocessable(`must have at most ${most.rules} rules`)
  if (droplets.length > most.droplets) {
    throw unprocessable(`must have at most ${most.droplets} droplets`)
  }
  if (tags.length > most.tags) throw unprocessable(`must have at most ${most.tags} tags`)
}

function readOrder(
  call: Call,
  current?: FirewallRecord,
): Rules & Pick<FirewallRecord, 'name' | 'droplets' | 'tags'> {
  const { tx } = call
  const asked = parseBody(order, call.body)
  if (!validName.test(asked.name)) throw unprocessable('invalid name')
  const namesakes = tx.tables.firewalls.find('name', asked.name)
  if (namesakes.some((each) => each.id !== current?.id)) throw conflict('duplicate name')
  const droplets = [...new Set(asked.droplet_ids ?? [])]
  requireDroplets(tx, droplets)
  const rules = readRules(tx, asked)
  return { name: asked.name, droplets, tags: knownTags(tx, asked.tags ?? []), ...rules }
}
