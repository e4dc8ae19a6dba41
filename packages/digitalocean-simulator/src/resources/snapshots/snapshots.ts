import { notFound, unprocessable } from '../../http/answer.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { readableDroplet } from '../droplets/droplet-life.ts'
import type { VolumeSnapshotRecord } from '../volumes/volume-record.ts'
import {
  deleteVolumeSnapshot,
  livingVolumeSnapshot,
  volumeSnapshotView,
} from '../volumes/volume-snapshots.ts'
import { deleteSnapshot, isListed, listedSnapshots, livingSnapshot } from './snapshot-life.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

/** Snapshots: those of droplets, made by an action, and those of volumes. */
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
  const type = call.url.searchParams.get('resource_type') || null
  if (type !== null && type !== 'droplet' && type !== 'volume') {
    throw unprocessable('resource_type must be droplet or volume')
  }
  const { snapshots: ofDroplets, volumeSnapshots: ofVolumes } = call.tx.tables
  const rows = [
    ...(type === 'volume' ? [] : Array.from(ofDroplets.rows()).filter(isAsked)),
    ...(type === 'droplet' ? [] : ofVolumes.rows()),
  ].filter((row) => isListed(call, row))
  const page = paginate(rows, call.url)
  const snapshots = page.items.map((each) => anySnapshotView(call, each))
  return { status: 200, body: { snapshots, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  return { status: 200, body: { snapshot: anySnapshotView(call, anySnapshot(call)) } }
}

function remove(call: Call) {
  const snapshot = anySnapshot(call)
  if ('volume' in snapshot) deleteVolumeSnapshot(call, snapshot)
  else deleteSnapshot(call, snapshot)
  return { status: 204 }
}

/** Ids of droplets' snapshots are numbers, those of volumes' are not. */
function anySnapshot(call: Call): SnapshotRecord | VolumeSnapshotRecord {
  const id = call.params['snapshot'] ?? ''
  return /^\d+$/.test(id) ? askedSnapshot(call, id) : livingVolumeSnapshot(call.tx, id)
}

function anySnapshotView(call: Call, snapshot: SnapshotRecord | VolumeSnapshotRecord) {
  return 'volume' in snapshot ? volumeSnapshotView(call, snapshot) : snapshotView(call, snapshot)
}

function listOfDroplet(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const own = call.tx.tables.snapshots.find('droplet', droplet.id)
  const page = paginate(listedSnapshots(call, own).filter(isAsked), call.url)
  const snapshots = page.items.map(dropletSnapshotView)
  return { status: 200, body: { snapshots, links: page.links, meta: page.meta } }
}

/** Backups are no snapshots: they are listed with their droplet, and as images. */
function isAsked(snapshot: SnapshotRecord): boolean {
  return snapshot.backup !== true
}

function askedSnapshot(call: Call, id: string): SnapshotRecord {
  const snapshot = livingSnapshot(call.tx, id)
  if (!isAsked(snapshot)) throw notFound()
  return snapshot
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
export function dropletSnapshotView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    created_at: timestamp(snapshot.createdMs),
    regions: snapshot.regions,
    min_disk_size: snapshot.minDiskSize,
    size_gigabytes: snapshot.sizeGigabytes,
    type: snapshot.backup ? 'backup' : 'snapshot',
  }
}
