import { z } from 'zod'
import { Table } from '../../store/table.ts'

const volumeRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  region: z.string(),
  /** In GiB. */
  gigabytes: z.number(),
  filesystemType: z.string(),
  filesystemLabel: z.string(),
  /** The one droplet that it is attached to. */
  droplet: z.number().nullable(),
  /** The action under way, if any. */
  pendingAction: z.number().nullable(),
  tags: z.array(z.string()),
  createdMs: z.number(),
})

export type VolumeRecord = Readonly<z.infer<typeof volumeRecord>>

export function volumeTable() {
  return new Table<VolumeRecord, 'droplet' | 'name' | 'tag'>({
    name: 'volumes',
    schema: volumeRecord,
    key: (row) => row.id,
    indexes: {
      droplet: (row) => (row.droplet === null ? [] : [String(row.droplet)]),
      name: (row) => [row.name],
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
    },
  })
}

const volumeSnapshotRecord = z.object({
  id: z.string(),
  name: z.string(),
  volume: z.string(),
  regions: z.array(z.string()),
  minDiskSize: z.number(),
  sizeGigabytes: z.number(),
  /** What a volume made of it has, if nothing else is asked for. */
  filesystemType: z.string(),
  filesystemLabel: z.string(),
  tags: z.array(z.string()),
  createdMs: z.number(),
  listedMs: z.number(),
  deletedMs: z.number().nullable(),
  /** From when listings have forgotten a deleted one. */
  unlistedMs: z.number().nullable(),
})

/** A snapshot of a volume: listed with those of droplets, but no image. */
export type VolumeSnapshotRecord = Readonly<z.infer<typeof volumeSnapshotRecord>>

export function volumeSnapshotTable() {
  return new Table<VolumeSnapshotRecord, 'volume' | 'tag' | 'state'>({
    name: 'volume-snapshots',
    schema: volumeSnapshotRecord,
    key: (row) => row.id,
    indexes: {
      volume: (row) => [row.volume],
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      state: (row) => (row.deletedMs === null ? [] : ['deleted']),
    },
  })
}
