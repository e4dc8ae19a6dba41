import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'

const associated = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** US dollars a month, as text, e.g. `10.00`. */
  cost: z.string().nullish(),
})

/** Something that belongs to a droplet, and stays when the droplet goes. */
export type AssociatedResource = z.infer<typeof associated>

const fate = {
  id: z.string(),
  name: z.string(),
  /** RFC 3339; absent as long as it is there. */
  destroyed_at: z.string().nullish(),
  /** Why it could not be destroyed. */
  error_message: z.string().nullish(),
}
const destroyed = z.looseObject(fate)

const kinds = <T extends z.ZodType>(shape: T) => ({
  reserved_ips: z.array(shape).nullish(),
  snapshots: z.array(shape).nullish(),
  volumes: z.array(shape).nullish(),
  volume_snapshots: z.array(shape).nullish(),
})

const all = z.looseObject(kinds(associated))

/** What belongs to a droplet, kind by kind. */
export type AssociatedResources = z.infer<typeof all>

const status = z.looseObject({
  droplet: z.looseObject(fate),
  resources: z.looseObject(kinds(destroyed)),
  /** RFC 3339; absent while it is under way. */
  completed_at: z.string().nullish(),
  /** How many could not be destroyed, the droplet among them. */
  failures: z.int(),
})

/** How far the destruction of a droplet and what belongs to it has come. */
export type DestructionStatus = z.infer<typeof status>

/** By their ids, as {@link AssociatedResourcesResource.get} gives them. What is left out stays. */
export interface DestructionSelection {
  readonly reserved_ips?: readonly string[] | undefined
  readonly snapshots?: readonly string[] | undefined
  readonly volumes?: readonly string[] | undefined
  readonly volume_snapshots?: readonly string[] | undefined
}

/**
 * What belongs to a droplet, and the destruction of both. There is no method that destroys all of
 * it unnamed: a change names what it changes.
 */
export interface AssociatedResourcesResource {
  get(dropletId: number, options?: CallOptions): Promise<AssociatedResources>
  /** The droplet and what is named. Accepted is not yet done: poll {@link status}. */
  destroy(dropletId: number, selection: DestructionSelection, options?: CallOptions): Promise<void>
  /** Of the last destruction of this droplet; `NotFound` when there was none. */
  status(dropletId: number, options?: CallOptions): Promise<DestructionStatus>
  /** What the last one did not destroy; `Conflict` while it is under way. */
  retry(dropletId: number, options?: CallOptions): Promise<void>
}

export function associatedResourcesResource(caller: Caller): AssociatedResourcesResource {
  const pathFor = (dropletId: number, ...rest: readonly string[]) =>
    pathOf('droplets', dropletId, 'destroy_with_associated_resources', ...rest)
  return {
    get: async (dropletId, { signal } = {}) => {
      const call = { operation: 'associatedResources.get', path: pathFor(dropletId), signal }
      return (await caller.read({ ...call, schema: all })).value
    },
    destroy: async (dropletId, selection, { signal } = {}) => {
      const path = pathFor(dropletId, 'selective')
      const call = { operation: 'associatedResources.destroy', path, signal }
      await caller.command({ ...call, method: 'DELETE', body: selection })
    },
    status: async (dropletId, { signal } = {}) => {
      const path = pathFor(dropletId, 'status')
      const call = { operation: 'associatedResources.status', path, signal }
      return (await caller.read({ ...call, schema: status })).value
    },
    retry: async (dropletId, { signal } = {}) => {
      const path = pathFor(dropletId, 'retry')
      await caller.command({ operation: 'associatedResources.retry', path, method: 'POST', signal })
    },
  }
}
