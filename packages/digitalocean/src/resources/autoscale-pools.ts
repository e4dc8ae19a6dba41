import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

const config = z.looseObject({
  target_number_instances: z.int().nullish(),
  min_instances: z.int().nullish(),
  max_instances: z.int().nullish(),
  /** From 0.05 to 1. */
  target_cpu_utilization: z.number().nullish(),
  target_memory_utilization: z.number().nullish(),
  cooldown_minutes: z.int().nullish(),
})
const pool = z.looseObject({
  /** A UUID. */
  id: z.string(),
  name: z.string(),
  config,
  droplet_template: z.looseObject({
    region: z.string(),
    size: z.string(),
    image: z.string(),
    tags: z.array(z.string()).nullish(),
  }),
  /** `active`, `deleting` or `error`. */
  status: z.string(),
  active_resources_count: z.int().nullish(),
  /** RFC 3339. */
  created_at: z.string(),
  updated_at: z.string(),
})

/** Droplets of one template, as many as were asked for or as their load asks for. */
export type AutoscalePool = z.infer<typeof pool>

const member = z.looseObject({
  droplet_id: z.int(),
  /** `provisioning`, `active`, `deleting` or `off`. */
  status: z.string(),
  /** `healthy` or `unhealthy`. */
  health_status: z.string().nullish(),
})

/** A droplet of a pool. */
export type AutoscaleMember = z.infer<typeof member>

const event = z.looseObject({
  history_event_id: z.string(),
  current_instance_count: z.int(),
  desired_instance_count: z.int(),
  /** `CONFIGURATION_CHANGE`, `SCALE_UP` or `SCALE_DOWN`. */
  reason: z.string(),
  /** `in_progress`, `success` or `error`. */
  status: z.string(),
  created_at: z.string(),
})

/** A change of how many droplets a pool has. */
export type AutoscaleEvent = z.infer<typeof event>

/** Always so many. */
interface FixedScaling {
  readonly target_number_instances: number
}

/** By their load. One of the two targets is needed. */
interface DynamicScaling {
  readonly min_instances: number
  readonly max_instances: number
  /** From 0.05 to 1. */
  readonly target_cpu_utilization?: number | undefined
  readonly target_memory_utilization?: number | undefined
  /** From 5 to 20. */
  readonly cooldown_minutes?: number | undefined
}

/** By the API's own names. */
export interface AutoscalePoolInput {
  readonly name: string
  readonly config: FixedScaling | DynamicScaling
  readonly droplet_template: {
    /** What the droplets' names begin with; the pool's name without one. */
    readonly name?: string | undefined
    readonly region: string
    readonly size: string
    /** A slug or an id. */
    readonly image: string
    /** Ids or fingerprints; one at least. */
    readonly ssh_keys: readonly string[]
    readonly tags?: readonly string[] | undefined
    readonly vpc_uuid?: string | undefined
    readonly with_droplet_agent?: boolean | undefined
    readonly project_id?: string | undefined
    readonly ipv6?: boolean | undefined
    /** For cloud-init. Unlike a droplet's it is told again. */
    readonly user_data?: string | undefined
    readonly public_networking?: boolean | undefined
  }
}

export interface AutoscalePoolListOptions extends ListOptions {
  readonly name?: string | undefined
}

export interface AutoscalePoolsResource
  extends Collection<AutoscalePool, AutoscalePoolListOptions> {
  get(id: string, options?: CallOptions): Promise<AutoscalePool>
  /** Names are not unique: look for it by its name and a tag before doing so again. */
  create(input: AutoscalePoolInput, options?: CallOptions): Promise<AutoscalePool>
  /** Replaces all of it. Another template is for droplets to come. */
  update(id: string, input: AutoscalePoolInput, options?: CallOptions): Promise<AutoscalePool>
  /** Its droplets stay. There is no method that deletes them too: a change names what it changes. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** The droplets of one pool. */
  members(id: string): Collection<AutoscaleMember>
  /** The changes of one pool, the newest first. */
  history(id: string): Collection<AutoscaleEvent>
}

const oneAnswer = z.looseObject({ autoscale_pool: pool })

export function autoscalePoolsResource(caller: Caller): AutoscalePoolsResource {
  const all = ['droplets', 'autoscale'] as const
  const pools = collection(caller, {
    operation: 'autoscalePools.list',
    path: all,
    schema: z.looseObject({ autoscale_pools: z.array(pool).nullish(), ...pageShape }),
    items: (answer) => answer.autoscale_pools ?? [],
    filters: ({ name }: AutoscalePoolListOptions) => ({ name }),
  })
  return {
    ...pools,
    get: async (id, { signal } = {}) => {
      const call = { operation: 'autoscalePools.get', path: pathOf(...all, id), signal }
      return (await caller.read({ ...call, schema: oneAnswer })).value.autoscale_pool
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'autoscalePools.create', path: pathOf(...all), signal }
      const write = { ...call, method: 'POST', body: input, schema: oneAnswer } as const
      return (await caller.write(write)).autoscale_pool
    },
    update: async (id, input, { signal } = {}) => {
      const call = { operation: 'autoscalePools.update', path: pathOf(...all, id), signal }
      const write = { ...call, method: 'PUT', body: input, schema: oneAnswer } as const
      return (await caller.write(write)).autoscale_pool
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'autoscalePools.delete', path: pathOf(...all, id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    members: (id) =>
      collection(caller, {
        operation: 'autoscalePools.members',
        path: [...all, id, 'members'],
        schema: z.looseObject({ droplets: z.array(member).nullish(), ...pageShape }),
        items: (answer) => answer.droplets ?? [],
      }),
    history: (id) =>
      collection(caller, {
        operation: 'autoscalePools.history',
        path: [...all, id, 'history'],
        schema: z.looseObject({ history: z.array(event).nullish(), ...pageShape }),
        items: (answer) => answer.history ?? [],
      }),
  }
}
