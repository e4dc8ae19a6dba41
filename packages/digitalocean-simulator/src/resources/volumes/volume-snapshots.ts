import { z } from 'zod'
import { conflict, notFound } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { timestamp } from '../../time.ts'
import { drawLag, isListed } from '../snapshots/snapshot-life.ts'
import { ensureTags, noteTagged } from '../tags/tag-naming.ts'
import { volumeWithId } from './volume-life.ts'
import type { VolumeSnapshotRecord } from './volume-record.ts'

const creation = z.object({ name: z.string().min(1), tags: z.array(z.string()).nullish() })

/** Snapshots of volumes: there at once, unlike those of droplets. */
export const volumeSnapshotRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v2/volumes/snapshots/:snapshot',
    scopes: ['block_storage_snapshot:read'],
    handle: show,
  },
  {
    method: 'DELETE',
    path: '/v2/volumes/snapshots/:snapshot',
    scopes: ['block_storage_snapshot:delete'],
    handle: remove,
  },
  {
    method: 'GET',
    path: '/v2/volumes/:volume/snapshots',
    scopes: ['block_storage_snapshot:read'],
    handle: list,
  },
  {
    method: 'POST',
    path: '/v2/volumes/:volume/snapshots',
    scopes: ['block_storage_snapshot:create'],
    handle: create,
  },
]

function list(call: Call) {
  const volume = volumeWithId(call.tx, call.params['volume'])
  const rows = call.tx.tables.volumeSnapshots.find('volume', volume.id)
  const page = paginate(
    rows.filter((row) => isListed(call, row)),
    call.url,
  )
  const snapshots = page.items.map((row) => volumeSnapshotView(call, row))
  return { status: 200, body: { snapshots, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const snapshot = livingVolumeSnapshot(call.tx, call.params['snapshot'])
  return { status: 200, body: { snapshot: volumeSnapshotView(call, snapshot) } }
}

function remove(call: Call) {
  deleteVolumeSnapshot(call, livingVolumeSnapshot(call.tx, call.params['snapshot']))
  return { status: 204 }
}

function create(call: Call) {
  const { tx, world, now } = call
  const volume = volumeWithId(tx, call.params['volume'])
  const asked = parseBody(creation, call.body)
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  const own = tx.tables.volumeSnapshots.find('volume', volume.id)
  if (own.some((row) => row.name === asked.name && row.deletedMs === null)) {
    throw conflict('failed to create volume snapshot: already exists')
  }
  const id = world.random.uuid('volume-snapshot', tx.next('volume-snapshot'))
  const used = 0.02 + 0.3 * world.random.fraction('volume-snapshot-size', id)
  const tags = ensureTags(tx, asked.tags ?? [])
  const snapshot = tx.put(tx.tables.volumeSnapshots, {
    id,
    name: asked.name,
    volume: volume.id,
    regions: [volume.region],
    minDiskSize: volume.gigabytes,
    sizeGigabytes: Number((volume.gigabytes * used).toFixed(2)),
    filesystemType: volume.filesystemType,
    filesystemLabel: volume.filesystemLabel,
    tags,
    createdMs: now,
    listedMs: now,
    deletedMs: null,
    unlistedMs: null,
  })
  noteTagged(tx, tags, 'volume_snapshots', id)
  return { status: 201, body: { snapshot: volumeSnapshotView(call, snapshot) } }
}

/** @throws ApiError 404 when there is no such snapshot, or no longer */
export function livingVolumeSnapshot(
  tx: Transaction,
  id: string | undefined,
): VolumeSnapshotRecord {
  const snapshot = tx.tables.volumeSnapshots.get(id ?? '')
  if (!snapshot || snapshot.deletedMs !== null) throw notFound()
  return snapshot
}

/** Gone by id at once; listings go on showing it for some seconds. */
export function deleteVolumeSnapshot(
  { tx, world, now }: Pick<Call, 'tx' | 'world' | 'now'>,
  snapshot: VolumeSnapshotRecord,
): void {
  const lag = drawLag(world, world.lag.deleted, 'deleted', snapshot.id)
  tx.put(tx.tables.volumeSnapshots, { ...snapshot, deletedMs: now, unlistedMs: now + lag })
}

/** A snapshot of a volume as the API writes it, in every listing the same. */
export function volumeSnapshotView(call: Call, snapshot: VolumeSnapshotRecord) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    created_at: timestamp(snapshot.createdMs),
    regions: snapshot.regions,
    resource_id: snapshot.volume,
    resource_type: 'volume',
    min_disk_size: snapshot.minDiskSize,
    size_gigabytes: snapshot.sizeGigabytes,
    ...(call.access.can('tag:read') ? { tags: snapshot.tags } : {}),
  }
}
