import { z } from 'zod'
import { Table } from '../../store/table.ts'

export const snapshotRecord = z.object({
  id: z.number(),
  /** Made by the droplet's backup policy, rather than asked for. */
  backup: z.literal(true).optional(),
  name: z.string(),
  dropletId: z.number(),
  distribution: z.string(),
  /** Of the image that it is, once somebody has given it one. */
  description: z.string().optional(),
  regions: z.array(z.string()),
  minDiskSize: z.number(),
  sizeGigabytes: z.number(),
  tags: z.array(z.string()),
  createdMs: z.number(),
  /** From when listings show it. */
  listedMs: z.number(),
  deletedMs: z.number().nullable(),
  /** From when listings have forgotten a deleted one. */
  unlistedMs: z.number().nullable(),
})

/** A snapshot or a backup of a droplet: an image too, under the same id. */
export type SnapshotRecord = Readonly<z.infer<typeof snapshotRecord>>

export function snapshotTable() {
  return new Table<SnapshotRecord, 'droplet' | 'tag' | 'state'>({
    name: 'snapshots',
    schema: snapshotRecord,
    key: (row) => String(row.id),
    indexes: {
      droplet: (row) => [String(row.dropletId)],
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      state: (row) => (row.deletedMs === null ? [] : ['deleted']),
    },
  })
}
