import { unprocessable } from '../http/answer.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'
import { timestamp } from '../time.ts'
import { readableDroplet } from './droplet-life.ts'
import { deleteSnapshot, listedSnapshots, livingSnapshot } from './snapshot-life.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

/** Snapshots, by themselves and by droplet. Made by a droplet's action, never posted. */
export const snapshotRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/snapshots', scopes: ['snapshot:read'], handle: list },
  { method: 'GET', path: '/v2/snapshots/:snapshot', scopes: ['snapshot:read'], handle: show },
  {
    method: 'DELETE',
    path: '/v2/snapshots/:snapshot',
    scopes: ['snapshot:delete'],
    handle: remove,
  },
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/snapshots',
    scopes: ['droplet:read'],
    handle: listOfDroplet,
  },
]

function list(call: Call) {
  const type = call.url.searchParams.get('resource_type')
  if (type !== null && type !== 'droplet' && type !== 'volume') {
    throw unprocessable('resource_type must be droplet or volume')
  }
  // Volumes are not simulated yet, and so have no snapshots.
  const rows = type === 'volume' ? [] : call.tx.tables.snapshots.rows()
  const page = paginate(listedSnapshots(call, rows), call.url)
  const snapshots = page.items.map((each) => snapshotView(call, each))
  return { status: 200, body: { snapshots, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const snapshot = livingSnapshot(call.tx, call.params['snapshot'] ?? '')
  return { status: 200, body: { snapshot: snapshotView(call, snapshot) } }
}

function remove(call: Call) {
  deleteSnapshot(call, livingSnapshot(call.tx, call.params['snapshot'] ?? ''))
  return { status: 204 }
}

function listOfDroplet(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const own = call.tx.tables.snapshots.find('droplet', droplet.id)
  const page = paginate(listedSnapshots(call, own), call.url)
  const snapshots = page.items.map(dropletSnapshotView)
  return { status: 200, body: { snapshots, links: page.links, meta: page.meta } }
}

/** Here the id is text. */
function snapshotView(call: Call, snapshot: SnapshotRecord) {
  return {
    id: String(snapshot.id),
    name: snapshot.name,
    created_at: timestamp(snapshot.createdMs),
    regions: snapshot.regions,
    resource_id: String(snapshot.dropletId),
    resource_type: 'droplet',
    min_disk_size: snapshot.minDiskSize,
    size_gigabytes: snapshot.sizeGigabytes,
    ...(call.access.can('tag:read') ? { tags: snapshot.tags } : {}),
  }
}

/** Here the id is a number. */
function dropletSnapshotView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    created_at: timestamp(snapshot.createdMs),
    regions: snapshot.regions,
    min_disk_size: snapshot.minDiskSize,
    size_gigabytes: snapshot.sizeGigabytes,
    type: 'snapshot',
  }
}
