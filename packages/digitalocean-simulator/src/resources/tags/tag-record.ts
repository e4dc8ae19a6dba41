import { z } from 'zod'
import { Table } from '../../store/table.ts'

/** The kinds that can carry tags, as a tag counts them. */
export const taggedKinds = [
  'droplets',
  'images',
  'volumes',
  'volume_snapshots',
  'databases',
] as const
export type TaggedKind = (typeof taggedKinds)[number]

const tagRecord = z.object({
  /** As it was first spelled; found under any spelling. */
  name: z.string(),
  /** The id of the resource that was tagged last, of each kind. */
  lastTagged: z.partialRecord(z.enum(taggedKinds), z.union([z.string(), z.number()]).nullable()),
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
