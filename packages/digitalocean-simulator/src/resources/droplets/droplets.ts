import { unprocessable } from '../../http/answer.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { isListed } from '../snapshots/snapshot-life.ts'
import { createDroplets } from './droplet-creation.ts'
import { beginAction, endAction, readableDroplet } from './droplet-life.ts'
import type { DropletRecord } from './droplet-record.ts'
import { dropletView } from './droplet-view.ts'

/** Droplets: listed oldest first, made and destroyed by actions that take their time. */
export const dropletRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/droplets', scopes: ['droplet:read'], handle: list },
  { method: 'POST', path: '/v2/droplets', scopes: ['droplet:create'], handle: createDroplets },
  { method: 'DELETE', path: '/v2/droplets', scopes: ['droplet:delete'], handle: removeTagged },
  { method: 'GET', path: '/v2/droplets/:droplet', scopes: ['droplet:read'], handle: show },
  { method: 'DELETE', path: '/v2/droplets/:droplet', scopes: ['droplet:delete'], handle: remove },
]

function list(call: Call) {
  const query = call.url.searchParams
  // Clients send parameters that their user has left empty.
  const tag = query.get('tag_name') || null
  const name = query.get('name') || null
  const type = query.get('type') || null
  if (type !== null && type !== 'droplets' && type !== 'gpus') {
    throw unprocessable('type must be droplets or gpus')
  }
  if (tag !== null && (name !== null || type !== null)) {
    throw unprocessable('tag_name can not be combined with name or type')
  }
  if (tag !== null) call.access.require('tag:read')
  const { droplets } = call.tx.tables
  const candidates = tag === null ? droplets.rows() : droplets.find('tag', tag.toLowerCase())
  const wanted = name?.toLowerCase()
  const listed: DropletRecord[] = []
  for (const droplet of candidates) {
    if (wanted !== undefined && droplet.name.toLowerCase() !== wanted) continue
    if (isListed(call, droplet)) listed.push(droplet)
  }
  // The index knows droplets in the order they were tagged; listings are by age.
  if (tag !== null) listed.sort((a, b) => a.id - b.id)
  // None of the sizes has a GPU.
  const page = paginate(type === 'gpus' ? [] : listed, call.url)
  const views = page.items.map((droplet) => dropletView(call, droplet))
  return { status: 200, body: { droplets: views, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  return { status: 200, body: { droplet: dropletView(call, droplet) } }
}

function remove(call: Call) {
  beginAction(call, readableDroplet(call, call.params['droplet']), { type: 'destroy' })
  return { status: 204 }
}

/** Unlike a delete by id this waits for nothing: what was under way ends in error. */
function removeTagged(call: Call) {
  const tag = call.url.searchParams.get('tag_name')
  if (!tag) throw unprocessable('tag_name is required')
  const { droplets, actions } = call.tx.tables
  for (const { id, deletedMs, pendingAction } of droplets.find('tag', tag.toLowerCase())) {
    const pending = pendingAction === null ? undefined : actions.get(pendingAction)
    if (deletedMs !== null || pending?.effect.type === 'destroy') continue
    if (pending) endAction(call.tx, pending, 'errored', call.now)
    const droplet = droplets.get(id)
    if (droplet) beginAction(call, droplet, { type: 'destroy' })
  }
  return { status: 204 }
}
