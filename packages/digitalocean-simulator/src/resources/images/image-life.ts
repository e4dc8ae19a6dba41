import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { ImageEffect } from '../actions/action-record.ts'
import type { CustomImageRecord } from './custom-image-record.ts'

/** Makes the change of an image's action; false when the image is gone. */
export function takesImageEffect(tx: Transaction, world: World, effect: ImageEffect): boolean {
  switch (effect.type) {
    case 'image_import':
      return completesImport(tx, world, effect.imageId)
    case 'transfer':
      return arrives(tx, effect.imageId, effect.to)
    case 'convert':
      return becomesSnapshot(tx, effect.imageId)
    default:
      return effect satisfies never
  }
}

function completesImport(tx: Transaction, world: World, id: number): boolean {
  const image = tx.tables.customImages.get(id)
  if (!image) return false
  const sizeGigabytes = 0.5 + 4 * world.random.fraction('image-size', id)
  tx.put(tx.tables.customImages, {
    ...image,
    state: 'available',
    regions: [image.region],
    minDiskSize: world.random.integer(8, 20, 'image-disk', id),
    sizeGigabytes: Number(sizeGigabytes.toFixed(2)),
  })
  return true
}

function arrives(tx: Transaction, id: number, region: string): boolean {
  const { snapshots, customImages } = tx.tables
  const custom = customImages.get(id)
  if (custom) tx.put(customImages, { ...custom, regions: [...custom.regions, region] })
  const snapshot = snapshots.get(id)
  const isLiving = snapshot !== undefined && snapshot.deletedMs === null
  if (isLiving) tx.put(snapshots, { ...snapshot, regions: [...snapshot.regions, region] })
  return custom !== undefined || isLiving
}

/** From then on it is neither its droplet's nor its policy's to delete. */
function becomesSnapshot(tx: Transaction, id: number): boolean {
  const found = tx.tables.snapshots.get(id)
  if (found === undefined || found.deletedMs !== null) return false
  const { backup: _, ...snapshot } = found
  tx.put(tx.tables.snapshots, snapshot)
  return true
}

/** An import that failed leaves an image that says so. */
export function failsImport(tx: Transaction, effect: ImageEffect): void {
  const image = tx.tables.customImages.get(effect.imageId)
  if (effect.type !== 'image_import' || !image) return
  const failed: CustomImageRecord = { ...image, state: 'failed' }
  tx.put(tx.tables.customImages, failed)
}
