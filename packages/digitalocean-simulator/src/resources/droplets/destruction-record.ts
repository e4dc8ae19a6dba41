import { z } from 'zod'
import { Table } from '../../store/table.ts'

/** The kinds that can be destroyed with a droplet. */
export const associatedKinds = ['reserved_ips', 'snapshots', 'volumes', 'volume_snapshots'] as const
export type AssociatedKind = (typeof associatedKinds)[number]

const fate = {
  destroyedMs: z.number().nullable(),
  error: z.string().nullable(),
}

const doomed = z.object({
  kind: z.enum(associatedKinds),
  id: z.string(),
  name: z.string(),
  ...fate,
})

/** Something that is to be destroyed with a droplet, and what became of that. */
export type Doomed = Readonly<z.infer<typeof doomed>>

const destructionRecord = z.object({
  droplet: z.number(),
  name: z.string(),
  /** The action by which the droplet goes; the others go when it ends. */
  action: z.number(),
  ...fate,
  doomed: z.array(doomed),
  completedMs: z.number().nullable(),
})

/** The destruction of a droplet with what belongs to it: the last one of each droplet. */
export type DestructionRecord = Readonly<z.infer<typeof destructionRecord>>

export function destructionTable() {
  return new Table<DestructionRecord, 'state'>({
    name: 'destructions',
    schema: destructionRecord,
    key: (row) => String(row.droplet),
    indexes: { state: (row) => (row.completedMs === null ? ['under-way'] : []) },
  })
}
