import { notFound } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { timestamp } from '../../time.ts'
import type { VolumeEffect } from '../actions/action-record.ts'
import { regionViewOf } from '../regions.ts'
import type { VolumeRecord } from './volume-record.ts'

/** How many volumes the account may have. */
export const volumeLimit = 1_000
/** How many one droplet may have. */
export const volumesPerDroplet = 15
/** In GiB. */
export const largestVolume = 16_384

/** @throws ApiError 404 when there is no such volume */
export function volumeWithId(tx: Transaction, id: string | undefined): VolumeRecord {
  const volume = tx.tables.volumes.get(id ?? '')
  if (!volume) throw notFound()
  return volume
}

/** The volume that a name means in a region: names are unique there. */
export function volumeNamed(
  tx: Transaction,
  name: string,
  region: string,
): VolumeRecord | undefined {
  return tx.tables.volumes.find('name', name).find((volume) => volume.region === region)
}

/** Makes the change of a volume's action; false when what it is for is gone. */
export function takesVolumeEffect(
  tx: Transaction,
  effect: VolumeEffect,
  dropletId: number | null,
): boolean {
  const { volumes, droplets } = tx.tables
  const volume = volumes.get(effect.volume)
  if (!volume) return false
  switch (effect.type) {
    case 'attach_volume': {
      const droplet = droplets.get(dropletId ?? '')
      if (!droplet || droplet.deletedMs !== null || volume.droplet !== null) return false
      tx.put(volumes, { ...volume, droplet: droplet.id })
      return true
    }
    case 'detach_volume':
      tx.put(volumes, { ...volume, droplet: null })
      return true
    case 'resize_volume':
      tx.put(volumes, { ...volume, gigabytes: effect.gigabytes })
      return true
    default:
      return effect satisfies never
  }
}

/** The volumes of a droplet that is gone stay, attached to nothing. */
export function detachVolumes(tx: Transaction, dropletId: number): void {
  for (const volume of tx.tables.volumes.find('droplet', dropletId)) {
    tx.put(tx.tables.volumes, { ...volume, droplet: null })
  }
}

/** A volume as the API writes it. */
export function volumeView(call: Call, volume: VolumeRecord) {
  return {
    id: volume.id,
    name: volume.name,
    created_at: timestamp(volume.createdMs),
    description: volume.description,
    droplet_ids: volume.droplet === null ? [] : [volume.droplet],
    region: regionViewOf(volume.region),
    size_gigabytes: volume.gigabytes,
    filesystem_type: volume.filesystemType,
    filesystem_label: volume.filesystemLabel,
    ...(call.access.can('tag:read') ? { tags: volume.tags } : {}),
  }
}
