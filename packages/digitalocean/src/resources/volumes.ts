import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'
import { type Snapshot, snapshotSchema } from './snapshots.ts'

const volume = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Unique in its region. */
  name: z.string(),
  description: z.string().nullish(),
  region: z.looseObject({ slug: z.string() }),
  /** GiB. */
  size_gigabytes: z.int(),
  /** The one droplet that it is attached to, or none. */
  droplet_ids: z.array(z.int()).nullish(),
  /** RFC 3339. */
  created_at: z.string(),
  filesystem_type: z.string().nullish(),
  filesystem_label: z.string().nullish(),
  /** Absent without the scope to read tags. */
  tags: z.array(z.string()).nullish(),
})

export type Volume = z.infer<typeof volume>

export interface VolumeListOptions extends ListOptions {
  /** Names are unique in a region, not in the account. */
  readonly name?: string | undefined
  /** A region's slug. */
  readonly region?: string | undefined
}

/** By the API's own names. */
export interface VolumeCreate {
  /** Lower-case letters, digits and `-`, 64 at most, the first a letter. Unique in its region. */
  readonly name: string
  /** GiB, 16,384 at most; that of the snapshot, where there is one and this is left out. */
  readonly size_gigabytes?: number | undefined
  /** A region's slug; that of the snapshot, where there is one and this is left out. */
  readonly region?: string | undefined
  readonly description?: string | undefined
  /** Makes a copy of this snapshot of a volume. */
  readonly snapshot_id?: string | undefined
  /** Not formatted without one. */
  readonly filesystem_type?: 'ext4' | 'xfs' | undefined
  /** 16 characters at most with ext4, 12 with xfs. */
  readonly filesystem_label?: string | undefined
  readonly tags?: readonly string[] | undefined
}

export interface VolumeSnapshotCreate {
  /** Unique among those of the volume. */
  readonly name: string
  readonly tags?: readonly string[] | undefined
}

export interface VolumesResource extends Collection<Volume, VolumeListOptions> {
  get(id: string, options?: CallOptions): Promise<Volume>
  /** `Conflict` when the region has one of that name, this very call's perhaps. */
  create(input: VolumeCreate, options?: CallOptions): Promise<Volume>
  /** `Conflict` while it is attached, and for some seconds after its droplet was destroyed. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** Of one volume. */
  snapshots(id: string): Collection<Snapshot>
  /** Made at once; deleted like any other, by `snapshots.delete`. */
  createSnapshot(id: string, input: VolumeSnapshotCreate, options?: CallOptions): Promise<Snapshot>
}

const oneAnswer = z.looseObject({ volume })
const snapshotAnswer = z.looseObject({ snapshot: snapshotSchema })

export function volumesResource(caller: Caller): VolumesResource {
  const volumes = collection(caller, {
    operation: 'volumes.list',
    path: ['volumes'],
    schema: z.looseObject({ volumes: z.array(volume), ...pageShape }),
    items: (answer) => answer.volumes,
    filters: ({ name, region }: VolumeListOptions) => ({ name, region }),
  })
  return {
    ...volumes,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'volumes.get', path: pathOf('volumes', id), signal }
      return (await caller.read({ ...call, schema: oneAnswer })).value.volume
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'volumes.create', path: pathOf('volumes'), signal }
      const write = { ...call, method: 'POST', body: input, schema: oneAnswer } as const
      return (await caller.write(write)).volume
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'volumes.delete', path: pathOf('volumes', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    snapshots: (id) =>
      collection(caller, {
        operation: 'volumes.snapshots',
        path: ['volumes', id, 'snapshots'],
        schema: z.looseObject({ snapshots: z.array(snapshotSchema), ...pageShape }),
        items: (answer) => answer.snapshots,
      }),
    createSnapshot: async (id, input, { signal } = {}) => {
      const path = pathOf('volumes', id, 'snapshots')
      const call = { operation: 'volumes.createSnapshot', method: 'POST', path, signal } as const
      return (await caller.write({ ...call, body: input, schema: snapshotAnswer })).snapshot
    },
  }
}
