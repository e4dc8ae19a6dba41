import { z } from 'zod'
import { type BaseImage, baseImages, findBaseImage } from '../catalog/images.ts'
import { availableRegions } from '../catalog/regions.ts'
import { forbidden, notFound } from '../http/answer.ts'
import { parseBody } from '../http/body.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'
import type { Transaction } from '../store/transaction.ts'
import { timestamp } from '../time.ts'
import type { ImageOrigin } from './droplet-record.ts'
import { deleteSnapshot, listedSnapshots, livingSnapshot } from './snapshot-life.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

const update = z.object({ name: z.string().min(1).optional() })

/** Images: the distributions, and the account's own snapshots under their ids. */
export const imageRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/images', scopes: ['image:read'], handle: list },
  { method: 'GET', path: '/v2/images/:image', scopes: ['image:read'], handle: show },
  { method: 'PUT', path: '/v2/images/:image', scopes: ['image:update'], handle: rename },
  { method: 'DELETE', path: '/v2/images/:image', scopes: ['image:delete'], handle: remove },
]

function list(call: Call) {
  const query = call.url.searchParams
  const type = query.get('type')
  const tag = query.get('tag_name')
  const own = listedSnapshots(call, call.tx.tables.snapshots.rows())
  // No application images are simulated, and no snapshot is a distribution.
  const base =
    type === 'application' || query.get('private') === 'true' || tag !== null ? [] : baseImages
  const tagged = tag === null ? own : own.filter((each) => hasTag(each, tag))
  const views = [
    ...base.map(baseImageView),
    ...(type === null ? tagged.map(snapshotImageView) : []),
  ]
  const page = paginate(views, call.url)
  return { status: 200, body: { images: page.items, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const key = call.params['image'] ?? ''
  const base = findBaseImage(key)
  if (base) return { status: 200, body: { image: baseImageView(base) } }
  return { status: 200, body: { image: snapshotImageView(livingSnapshot(call.tx, key)) } }
}

function rename(call: Call) {
  const snapshot = ownImage(call)
  const { name } = parseBody(update, call.body)
  const renamed = call.tx.put(call.tx.tables.snapshots, {
    ...snapshot,
    name: name ?? snapshot.name,
  })
  return { status: 200, body: { image: snapshotImageView(renamed) } }
}

function remove(call: Call) {
  deleteSnapshot(call, ownImage(call))
  return { status: 204 }
}

function ownImage(call: Call): SnapshotRecord {
  const key = call.params['image'] ?? ''
  if (findBaseImage(key)) throw forbidden()
  return livingSnapshot(call.tx, key)
}

function hasTag(snapshot: SnapshotRecord, tag: string): boolean {
  return snapshot.tags.some((each) => each.toLowerCase() === tag.toLowerCase())
}

/**
 * The image that a droplet is to be made from: a slug, or an id as number or text.
 * @throws ApiError 404 when there is none
 */
export function findImageOrigin(tx: Transaction, key: string | number): ImageOrigin {
  const base = findBaseImage(key)
  if (base) return { kind: 'base', slug: base.slug }
  return { kind: 'snapshot', snapshot: livingSnapshot(tx, String(key)) }
}

/** What matters of an image when a droplet is made from it. */
export function imageNeeds(origin: ImageOrigin): {
  readonly distribution: string
  readonly minDiskSize: number
  readonly regions: readonly string[]
} {
  if (origin.kind === 'snapshot') return origin.snapshot
  return { ...storedBaseImage(origin.slug), regions: availableRegions }
}

/** The image of a droplet; a snapshot that is no more says so. */
export function imageOriginView(tx: Transaction, origin: ImageOrigin) {
  if (origin.kind === 'base') return baseImageView(storedBaseImage(origin.slug))
  const current = tx.tables.snapshots.get(origin.snapshot.id)
  if (current && current.deletedMs === null) return snapshotImageView(current)
  return { ...snapshotImageView(origin.snapshot), status: 'deleted' }
}

function storedBaseImage(slug: string): BaseImage {
  const image = findBaseImage(slug)
  if (!image) throw notFound()
  return image
}

function baseImageView(image: BaseImage) {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: true,
    regions: availableRegions,
    created_at: image.createdAt,
    min_disk_size: image.minDiskSize,
    type: 'base',
    size_gigabytes: image.sizeGigabytes,
    description: `${image.distribution} ${image.name}`,
    tags: [],
    status: 'available',
    error_message: '',
  }
}

function snapshotImageView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    distribution: snapshot.distribution,
    slug: null,
    public: false,
    regions: snapshot.regions,
    created_at: timestamp(snapshot.createdMs),
    min_disk_size: snapshot.minDiskSize,
    type: 'snapshot',
    size_gigabytes: snapshot.sizeGigabytes,
    description: '',
    tags: snapshot.tags,
    status: 'available',
    error_message: '',
  }
}
