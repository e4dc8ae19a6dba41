import { z } from 'zod'
import { Table } from '../../store/table.ts'

export const customImageRecord = z.object({
  id: z.number(),
  name: z.string(),
  description: z.string(),
  distribution: z.string(),
  /** Where it was to be imported to. */
  region: z.string(),
  /** Where it can be used; nowhere before it is there. */
  regions: z.array(z.string()),
  /** In GB; unknown before it is there. */
  minDiskSize: z.number().nullable(),
  sizeGigabytes: z.number().nullable(),
  state: z.enum(['importing', 'available', 'failed']),
  tags: z.array(z.string()),
  createdMs: z.number(),
  /** From when its import is under way, and not merely asked for. */
  underWayMs: z.number(),
})

/** An image that the account has imported from elsewhere. */
export type CustomImageRecord = Readonly<z.infer<typeof customImageRecord>>

export function customImageTable() {
  return new Table<CustomImageRecord, 'tag'>({
    name: 'custom-images',
    schema: customImageRecord,
    key: (row) => String(row.id),
    indexes: { tag: (row) => row.tags.map((tag) => tag.toLowerCase()) },
  })
}
