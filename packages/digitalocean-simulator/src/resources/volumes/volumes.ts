import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, conflict, notFound, unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { volumePrice } from '../billing/prices.ts'
import { bookEnd } from '../billing/usage.ts'
import { ensureTags, noteTagged } from '../tags/tag-naming.ts'
import { largestVolume, volumeLimit, volumeNamed, volumeView, volumeWithId } from './volume-life.ts'
import type { VolumeRecord, VolumeSnapshotRecord } from './volume-record.ts'
import { livingVolumeSnapshot } from './volume-snapshots.ts'

const creation = z.object({
  name: z.string(),
  description: z.string().nullish(),
  region: z.string().nullish(),
  size_gigabytes: numeric.nullish(),
  snapshot_id: z.string().nullish(),
  filesystem_type: z.string().nullish(),
  filesystem_label: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
})
type Creation = z.infer<typeof creation>

const validName = /^[a-z][a-z0-9-]{0,63}$/
/** The longest label that each kind of file system can have. */
const longestLabel: Readonly<Record<string, number>> = { ext4: 16, xfs: 12 }

/** Block storage. Made and deleted at once; attached, detached and resized by actions. */
export const volumeRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/volumes', scopes: ['block_storage:read'], handle: list },
  { method: 'POST', path: '/v2/volumes', scopes: ['block_storage:create'], handle: create },
  { method: 'DELETE', path: '/v2/volumes', scopes: ['block_storage:delete'], handle: removeNamed },
  { method: 'GET', path: '/v2/volumes/:volume', scopes: ['block_storage:read'], handle: show },
  {
    method: 'DELETE',
    path: '/v2/volumes/:volume',
    scopes: ['block_storage:delete'],
    handle: remove,
  },
]

function list(call: Call) {
  const name = call.url.searchParams.get('name')
  const region = call.url.searchParams.get('region')
  const { volumes } = call.tx.tables
  const named = name ? volumes.find('name', name) : Array.from(volumes.rows())
  const found = region ? named.filter((volume) => volume.region === region) : named
  return listingOf(call, 'volumes', found, (volume) => volumeView(call, volume))
}

function show(call: Call) {
  const volume = volumeWithId(call.tx, call.params['volume'])
  return { status: 200, body: { volume: volumeView(call, volume) } }
}

function create(call: Call) {
  const { tx, world, now } = call
  const asked = parseBody(creation, call.body)
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  const snapshot = asked.snapshot_id ? snapshotFor(call, asked.snapshot_id) : null
  const { region, gigabytes } = checkPlace(call, asked, snapshot)
  const filesystem = checkFilesystem(asked, snapshot)
  const tags = ensureTags(tx, asked.tags ?? [])
  const volume = tx.put(tx.tables.volumes, {
    id: world.random.uuid('volume', tx.next('volume')),
    name: asked.name,
    description: asked.description ?? '',
    region,
    gigabytes,
    ...filesystem,
    droplet: null,
    pendingAction: null,
    tags,
    createdMs: now,
  })
  noteTagged(tx, tags, 'volumes', volume.id)
  return { status: 201, body: { volume: volumeView(call, volume) } }
}

function snapshotFor(call: Call, id: string): VolumeSnapshotRecord {
  call.access.require('block_storage_snapshot:read')
  return livingVolumeSnapshot(call.tx, id)
}

function checkPlace(call: Call, asked: Creation, snapshot: VolumeSnapshotRecord | null) {
  if (!validName.test(asked.name)) {
    throw refusal('invalid volume name. names must be lowercase and alphanumeric')
  }
  const region = asked.region || snapshot?.regions[0]
  if (region === undefined || !availableRegions.includes(region)) throw refusal('invalid region')
  if (snapshot && !snapshot.regions.includes(region)) {
    throw refusal('the snapshot is not available in this region')
  }
  const gigabytes = asked.size_gigabytes || (snapshot?.minDiskSize ?? 0)
  if (!Number.isInteger(gigabytes) || gigabytes < 1 || gigabytes > largestVolume) {
    throw refusal(`invalid volume size. size must be between 1 and ${largestVolume} GiB`)
  }
  if (snapshot && gigabytes < snapshot.minDiskSize) {
    throw refusal('invalid volume size. size must not be smaller than the snapshot')
  }
  if (volumeNamed(call.tx, asked.name, region)) {
    throw conflict('failed to create volume: already exists')
  }
  if (call.tx.tables.volumes.size >= volumeLimit) {
    const message = 'failed to create volume: volume/snapshot capacity limit exceeded'
    throw new ApiError(403, 'forbidden', message)
  }
  return { region, gigabytes }
}

function checkFilesystem(asked: Creation, snapshot: VolumeSnapshotRecord | null) {
  const type = asked.filesystem_type?.toLowerCase() || (snapshot?.filesystemType ?? '')
  const label = asked.filesystem_label || (snapshot?.filesystemLabel ?? '')
  const longest = type === '' ? 16 : longestLabel[type]
  if (longest === undefined) throw refusal('invalid filesystem type. must be ext4 or xfs')
  if (label.length > longest) {
    throw refusal(`invalid filesystem label. must be at most ${longest} characters`)
  }
  return { filesystemType: type, filesystemLabel: label }
}

function refusal(message: string): ApiError {
  return unprocessable(`failed to create volume: ${message}`)
}

function remove(call: Call) {
  return removeVolume(call, volumeWithId(call.tx, call.params['volume']))
}

function removeNamed(call: Call) {
  const name = call.url.searchParams.get('name')
  const region = call.url.searchParams.get('region')
  if (!name || !region) throw unprocessable('name and region are required')
  const volume = volumeNamed(call.tx, name, region)
  if (!volume) throw notFound()
  return removeVolume(call, volume)
}

/** Its snapshots stay. */
function removeVolume(call: Call, volume: VolumeRecord) {
  if (volume.droplet !== null || volume.pendingAction !== null) {
    throw conflict(
      "A volume that's attached to a Droplet cannot be deleted. Please detach it first before deleting.",
    )
  }
  bookEnd(call.tx, volumePrice(volume, call.now))
  call.tx.remove(call.tx.tables.volumes, volume.id)
  return { status: 204 }
}
