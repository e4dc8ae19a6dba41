import { type BaseImage, findBaseImage } from '../../catalog/images.ts'
import { availableRegions } from '../../catalog/regions.ts'
import { notFound } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { timestamp } from '../../time.ts'
import type { ImageOrigin } from '../droplets/droplet-record.ts'
import { livingSnapshot } from '../snapshots/snapshot-life.ts'
import type { SnapshotRecord } from '../snapshots/snapshot-record.ts'
import { customImageView } from './custom-images.ts'

/**
 * The image that a droplet is to be made from: a slug, or an id as number or text.
 * @throws ApiError 404 when there is none, or none that is there yet
 */
export function findImageOrigin(tx: Transaction, key: string | number): ImageOrigin {
  const base = findBaseImage(key)
  if (base) return { kind: 'base', slug: base.slug }
  const custom = tx.tables.customImages.get(key)
  if (custom && custom.state !== 'available') throw notFound()
  if (custom) return { kind: 'custom', image: custom }
  return { kind: 'snapshot', snapshot: livingSnapshot(tx, String(key)) }
}

/** What matters of an image when a droplet is made from it. */
export function imageNeeds(origin: ImageOrigin): {
  readonly distribution: string
  readonly minDiskSize: number
  readonly regions: readonly string[]
} {
  switch (origin.kind) {
    case 'base':
      return { ...storedBaseImage(origin.slug), regions: availableRegions }
    case 'snapshot':
      return origin.snapshot
    case 'custom':
      return { ...origin.image, minDiskSize: origin.image.minDiskSize ?? 0 }
    default:
      return origin satisfies never
  }
}

/** The image of a droplet; an own one that is no more says so. */
export function imageOriginView(call: Call, origin: ImageOrigin) {
  const { customImages, snapshots } = call.tx.tables
  switch (origin.kind) {
    case 'base':
      return baseImageView(storedBaseImage(origin.slug))
    case 'snapshot': {
      const current = snapshots.get(origin.snapshot.id)
      if (current && current.deletedMs === null) return snapshotImageView(current)
      return { ...snapshotImageView(origin.snapshot), status: 'deleted' }
    }
    case 'custom': {
      const current = customImages.get(origin.image.id)
      if (current) return customImageView(call.now, current)
      return { ...customImageView(call.now, origin.image), status: 'deleted' }
    }
    default:
      return origin satisfies never
  }
}

function storedBaseImage(slug: string): BaseImage {
  const image = findBaseImage(slug)
  if (!image) throw notFound()
  return image
}

/** A public image as the API writes it. Those of applications are called snapshots. */
export function baseImageView(image: BaseImage) {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: true,
    regions: availableRegions,
    created_at: image.createdAt,
    min_disk_size: image.minDiskSize,
    type: image.kind === 'application' ? 'snapshot' : 'base',
    size_gigabytes: image.sizeGigabytes,
    description: `${image.distribution} ${image.name}`,
    tags: [],
    status: 'available',
    error_message: '',
  }
}

/** A snapshot as the image that it is. */
export function snapshotImageView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    name: snapshot.name,
    distribution: snapshot.distribution,
    slug: null,
    public: false,
    regions: snapshot.regions,
    created_at: timestamp(snapshot.createdMs),
    min_disk_size: snapshot.minDiskSize,
    type: snapshot.backup ? 'backup' : 'snapshot',
    size_gigabytes: snapshot.sizeGigabytes,
    description: snapshot.description ?? '',
    tags: snapshot.tags,
    status: 'available',
    error_message: '',
  }
}
