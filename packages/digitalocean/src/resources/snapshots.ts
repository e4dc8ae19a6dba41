import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

/**
 * DigitalOcean gives the id of one and the same snapshot as an integer under `/v2/droplets/{id}` and
 * as a string in `/v2/snapshots`, where those of volumes are UUIDs. Here it is always a string, so
 * that the two can be compared; nothing else of an answer is changed.
 */
const idText = z.union([z.string().min(1), z.int()]).transform(String)

/** What both kinds of listing say of a snapshot. */
export const snapshotShape = {
  id: idText,
  /** Not unique. */
  name: z.string(),
  /** RFC 3339; equal to the `started_at` of the action that made it. */
  created_at: z.string(),
  /** The slugs of the regions where it can be used. */
  regions: z.array(z.string()),
  /** GiB. */
  min_disk_size: z.number().nullish(),
  size_gigabytes: z.number().nullish(),
}

export const snapshotSchema = z.looseObject({
  ...snapshotShape,
  /** The id of what it was made of; always a string, as `id` is. */
  resource_id: idText,
  /** `droplet` or `volume`. */
  resource_type: z.string(),
  /** Absent without the scope to read tags. */
  tags: z.array(z.string()).nullish(),
})

/** A snapshot of a droplet or a volume. */
export type Snapshot = z.infer<typeof snapshotSchema>

export interface SnapshotListOptions extends ListOptions {
  readonly resourceType?: 'droplet' | 'volume' | undefined
}

export interface SnapshotsResource extends Collection<Snapshot, SnapshotListOptions> {
  get(id: string | number, options?: CallOptions): Promise<Snapshot>
  /**
   * A deleted snapshot lingers in listings for a while: trust this promise, or the `NotFound` of
   * {@link get}, and not a listing.
   */
  delete(id: string | number, options?: CallOptions): Promise<void>
}

export function snapshotsResource(caller: Caller): SnapshotsResource {
  const snapshots = collection(caller, {
    operation: 'snapshots.list',
    path: ['snapshots'],
    schema: z.looseObject({ snapshots: z.array(snapshotSchema), ...pageShape }),
    items: (answer) => answer.snapshots,
    filters: (options: SnapshotListOptions) => ({ resource_type: options.resourceType }),
  })
  const schema = z.looseObject({ snapshot: snapshotSchema })
  return {
    ...snapshots,
    get: async (id, { signal } = {}) => {
      const path = pathOf('snapshots', id)
      const answer = await caller.read({ operation: 'snapshots.get', path, schema, signal })
      return answer.value.snapshot
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'snapshots.delete', path: pathOf('snapshots', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}
