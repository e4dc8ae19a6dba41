import { z } from 'zod'
import { Table } from '../store/table.ts'

const tagRecord = z.object({
  /** As it was first spelled; found under any spelling. */
  name: z.string(),
  lastTagged: z.object({ droplets: z.number().nullable(), images: z.number().nullable() }),
})

export type TagRecord = Readonly<z.infer<typeof tagRecord>>

export function tagTable() {
  return new Table<TagRecord>({
    name: 'tags',
    schema: tagRecord,
    key: (row) => row.name.toLowerCase(),
    indexes: {},
  })
}
