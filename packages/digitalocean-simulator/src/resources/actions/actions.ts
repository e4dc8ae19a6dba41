import { notFound } from '../../http/answer.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { readableDroplet } from '../droplets/droplet-life.ts'
import { regionViewOf } from '../regions.ts'
import { addressNumber } from '../reserved-ips/reserved-ip-life.ts'
import { type ActionRecord, isDropletEffect } from './action-record.ts'

/** What was done, newest first. */
export const actionRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/actions', scopes: ['actions:read'], handle: list },
  { method: 'GET', path: '/v2/actions/:action', scopes: ['actions:read'], handle: show },
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/actions',
    scopes: ['droplet:read'],
    handle: listOfDroplet,
  },
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/actions/:action',
    scopes: ['droplet:read'],
    handle: showOfDroplet,
  },
]

function list(call: Call) {
  return answer(call, Array.from(call.tx.tables.actions.rows()).reverse())
}

function show(call: Call) {
  return { status: 200, body: { action: actionView(action(call)) } }
}

function listOfDroplet(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  return answer(call, [...call.tx.tables.actions.find('droplet', droplet.id)].reverse())
}

function showOfDroplet(call: Call) {
  const found = action(call)
  const ofDroplet = isDropletEffect(found.effect) && String(found.dropletId)
  if (ofDroplet !== call.params['droplet']) throw notFound()
  return { status: 200, body: { action: actionView(found) } }
}

function answer(call: Call, rows: readonly ActionRecord[]) {
  const page = paginate(rows, call.url)
  const body = { actions: page.items.map(actionView), links: page.links, meta: page.meta }
  return { status: 200, body }
}

function action(call: Call): ActionRecord {
  const found = call.tx.tables.actions.get(call.params['action'] ?? '')
  if (!found) throw notFound()
  return found
}

/**
 * An action as the API writes it. `resource_id` is what it was done to, whatever it made; an address
 * goes by its number, and a volume, whose id is none, is not named.
 */
export function actionView(record: ActionRecord) {
  return {
    id: record.id,
    status: record.status,
    type: record.effect.type,
    started_at: timestamp(record.startedMs),
    completed_at: record.completedMs === null ? null : timestamp(record.completedMs),
    ...subjectOf(record),
    region: regionViewOf(record.region),
    region_slug: record.region,
  }
}

function subjectOf({ effect, dropletId }: ActionRecord) {
  if ('volume' in effect) return { resource_id: null, resource_type: 'volume' }
  if ('imageId' in effect) return { resource_id: effect.imageId, resource_type: 'image' }
  if (!('address' in effect)) return { resource_id: dropletId, resource_type: 'droplet' }
  const resource_type = effect.address.includes(':') ? 'reserved_ipv6' : 'reserved_ip'
  return { resource_id: addressNumber(effect.address), resource_type }
}
