import { z } from 'zod'
import { Table } from '../../store/table.ts'
import { customImageRecord } from '../images/custom-image-record.ts'
import { snapshotRecord } from '../snapshots/snapshot-record.ts'

/** What a droplet was made from. An own image is kept as it was: its own record may be deleted. */
export const imageOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('base'), slug: z.string() }),
  z.object({ kind: z.literal('snapshot'), snapshot: snapshotRecord }),
  z.object({ kind: z.literal('custom'), image: customImageRecord }),
])
export type ImageOrigin = Readonly<z.infer<typeof imageOrigin>>

export const backupPolicy = z.object({
  plan: z.enum(['daily', 'weekly']),
  weekday: z.enum(['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']).optional(),
  hour: z.union([0, 4, 8, 12, 16, 20].map((hour) => z.literal(hour))),
})
export type BackupPolicy = Readonly<z.infer<typeof backupPolicy>>

export const powerStatus = z.enum(['new', 'active', 'off', 'archive'])
export type PowerStatus = z.infer<typeof powerStatus>

const dropletRecord = z.object({
  id: z.number(),
  name: z.string(),
  region: z.string(),
  size: z.string(),
  /** In GB; grows for good with a resize of the disk, and so is not always the size's. */
  disk: z.number(),
  status: powerStatus,
  image: imageOrigin,
  /** Its number in the account, from which its addresses are counted. */
  ordinal: z.number(),
  publicNetworking: z.boolean(),
  ipv6: z.boolean(),
  monitoring: z.boolean(),
  agent: z.boolean(),
  backups: backupPolicy.nullable(),
  vpc: z.string(),
  /** The number of its private address in its network; 0 before there were such numbers. */
  vpcAddress: z.number().default(0),
  tags: z.array(z.string()),
  /** The action under way, if any: a droplet has one event at a time. */
  pendingAction: z.number().nullable(),
  createdMs: z.number(),
  /** From when a GET by id finds it. */
  readableMs: z.number(),
  /** From when listings show it. */
  listedMs: z.number(),
  deletedMs: z.number().nullable(),
  /** From when listings have forgotten a deleted one. */
  unlistedMs: z.number().nullable(),
})

export type DropletRecord = Readonly<z.infer<typeof dropletRecord>>

export function dropletTable() {
  return new Table<DropletRecord, 'tag' | 'state' | 'vpc'>({
    name: 'droplets',
    schema: dropletRecord,
    key: (row) => String(row.id),
    indexes: {
      tag: (row) => row.tags.map((tag) => tag.toLowerCase()),
      state: (row) => (row.deletedMs === null ? [] : ['deleted']),
      vpc: (row) => [row.vpc],
    },
  })
}
