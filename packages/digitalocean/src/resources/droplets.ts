import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Action, actionCollection } from './actions.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'
import {
  type BackupPolicy,
  type Droplet,
  type DropletSnapshot,
  dropletSchema,
  dropletSnapshotSchema,
} from './droplet.ts'
import { type Firewall, firewallCollection } from './firewalls.ts'
import { type ImageReference, imageReference } from './image-reference.ts'

export interface DropletListOptions extends ListOptions {
  readonly tagName?: string | undefined
  readonly name?: string | undefined
  /** GPU droplets are listed with `gpus`, and only then. */
  readonly type?: 'droplets' | 'gpus' | undefined
}

/** By the API's own names. `undefined` is the same as absent. */
export interface DropletCreate {
  readonly name: string
  /** A region's slug; DigitalOcean chooses without one. */
  readonly region?: string | undefined
  /** A size's slug. */
  readonly size: string
  readonly image: ImageReference
  /** Ids or fingerprints. */
  readonly ssh_keys?: readonly (string | number)[] | undefined
  readonly backups?: boolean | undefined
  readonly backup_policy?: BackupPolicy | undefined
  readonly ipv6?: boolean | undefined
  readonly monitoring?: boolean | undefined
  readonly tags?: readonly string[] | undefined
  /** For cloud-init. Not in any event or error of this client. */
  readonly user_data?: string | undefined
  /** Ids of volumes to attach. */
  readonly volumes?: readonly string[] | undefined
  /** The region's default VPC without one. */
  readonly vpc_uuid?: string | undefined
  readonly with_droplet_agent?: boolean | undefined
  readonly public_networking?: boolean | undefined
}

export interface CreatedDroplet {
  /** Status `new`; a read just after may still answer 404. */
  readonly droplet: Droplet
  /** The action that makes it; absent if the answer did not name it. */
  readonly actionId?: number
}

export interface DropletsResource extends Collection<Droplet, DropletListOptions> {
  get(id: number, options?: CallOptions): Promise<Droplet>
  /** Makes one droplet. Names are not unique: give it a tag or name by which to find it again. */
  create(input: DropletCreate, options?: CallOptions): Promise<CreatedDroplet>
  /** Accepted is not yet gone: {@link get} answers `NotFound` when it is. */
  delete(id: number, options?: CallOptions): Promise<void>
  /** Of one droplet. A new one shows up some seconds after its action has completed. */
  snapshots(id: number): Collection<DropletSnapshot>
  /** Of one droplet: made in the windows of its policy. They are not in the account's snapshots. */
  backups(id: number): Collection<DropletSnapshot>
  /** Of one droplet. */
  actions(id: number): Collection<Action>
  /** Of one droplet: those that name it, and those that select it by a tag. */
  firewalls(id: number): Collection<Firewall>
  /** The account's other droplets on the same machine. They are not paged. */
  neighbors(id: number, options?: CallOptions): Promise<Droplet[]>
}

const listAnswer = z.looseObject({ droplets: z.array(dropletSchema), ...pageShape })
const oneAnswer = z.looseObject({ droplet: dropletSchema })
const link = z.looseObject({ id: z.int(), rel: z.string() })
const createAnswer = z.looseObject({
  droplet: dropletSchema,
  // The droplet is what matters: a link less must not turn a known outcome into an unknown one.
  links: z
    .looseObject({ actions: z.array(link) })
    .optional()
    .catch(undefined),
})
const neighborsAnswer = z.looseObject({ droplets: z.array(dropletSchema) })
const snapshotsAnswer = z.looseObject({ snapshots: z.array(dropletSnapshotSchema), ...pageShape })
const backupsAnswer = z.looseObject({ backups: z.array(dropletSnapshotSchema), ...pageShape })

export function dropletsResource(caller: Caller): DropletsResource {
  const droplets = collection(caller, {
    operation: 'droplets.list',
    path: ['droplets'],
    schema: listAnswer,
    items: (answer) => answer.droplets,
    filters: ({ tagName, name, type }: DropletListOptions) => ({ tag_name: tagName, name, type }),
  })
  return {
    ...droplets,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'droplets.get', path: pathOf('droplets', id), signal }
      return (await caller.read({ ...call, schema: oneAnswer })).value.droplet
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'droplets.create', path: pathOf('droplets'), signal }
      const body = { ...input, image: imageReference(input.image) }
      const answer = await caller.write({ ...call, method: 'POST', body, schema: createAnswer })
      const action = answer.links?.actions.find(({ rel }) => rel === 'create')
      return { droplet: answer.droplet, ...(action && { actionId: action.id }) }
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'droplets.delete', path: pathOf('droplets', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    snapshots: (id) =>
      collection(caller, {
        operation: 'droplets.snapshots',
        path: ['droplets', id, 'snapshots'],
        schema: snapshotsAnswer,
        items: (answer) => answer.snapshots,
      }),
    backups: (id) =>
      collection(caller, {
        operation: 'droplets.backups',
        path: ['droplets', id, 'backups'],
        schema: backupsAnswer,
        items: (answer) => answer.backups,
      }),
    actions: (id) => actionCollection(caller, 'droplets.actions', ['droplets', id, 'actions']),
    firewalls: (id) =>
      firewallCollection(caller, 'droplets.firewalls', ['droplets', id, 'firewalls']),
    neighbors: async (id, { signal } = {}) => {
      const path = pathOf('droplets', id, 'neighbors')
      const call = { operation: 'droplets.neighbors', path, signal, schema: neighborsAnswer }
      return (await caller.read(call)).value.droplets
    },
  }
}
