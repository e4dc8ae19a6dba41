import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const tag = z.looseObject({
  name: z.string(),
  /** How much carries it, altogether and by kind. */
  resources: z.looseObject({ count: z.int().nullish() }).nullish(),
})

export type Tag = z.infer<typeof tag>

export interface TagCreate {
  /** Letters, digits, `:`, `-` and `_`, 255 at most. Case does not tell tags apart. */
  readonly name: string
}

/** Something that can carry a tag. */
export interface TaggedResource {
  readonly resource_id: string | number
  readonly resource_type: 'droplet' | 'image' | 'volume' | 'volume_snapshot' | 'database'
}

export interface TagsResource extends Collection<Tag> {
  get(name: string, options?: CallOptions): Promise<Tag>
  create(input: TagCreate, options?: CallOptions): Promise<Tag>
  /** Takes the tag from everything that carries it, too. */
  delete(name: string, options?: CallOptions): Promise<void>
  /** Firewalls and load balancers select by tag: this can open a port or move traffic. */
  tagResources(
    name: string,
    resources: readonly TaggedResource[],
    options?: CallOptions,
  ): Promise<void>
  untagResources(
    name: string,
    resources: readonly TaggedResource[],
    options?: CallOptions,
  ): Promise<void>
}

export function tagsResource(caller: Caller): TagsResource {
  const tags = collection(caller, {
    operation: 'tags.list',
    path: ['tags'],
    schema: z.looseObject({ tags: z.array(tag), ...pageShape }),
    items: (answer) => answer.tags,
  })
  const schema = z.looseObject({ tag })
  return {
    ...tags,
    get: async (name, { signal } = {}) => {
      const path = pathOf('tags', name)
      return (await caller.read({ operation: 'tags.get', path, schema, signal })).value.tag
    },
    create: async ({ name }, { signal } = {}) => {
      const call = { operation: 'tags.create', path: pathOf('tags'), schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: { name } })).tag
    },
    delete: async (name, { signal } = {}) => {
      const call = { operation: 'tags.delete', path: pathOf('tags', name), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    tagResources: async (name, resources, { signal } = {}) => {
      const call = { operation: 'tags.tagResources', ...assignment(name, resources), signal }
      await caller.command({ ...call, method: 'POST' })
    },
    untagResources: async (name, resources, { signal } = {}) => {
      const call = { operation: 'tags.untagResources', ...assignment(name, resources), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
  }
}

/** The API wants ids as strings here, those of droplets too. */
function assignment(name: string, resources: readonly TaggedResource[]) {
  const textual = resources.map(({ resource_id, resource_type }) => ({
    resource_id: String(resource_id),
    resource_type,
  }))
  return { path: pathOf('tags', name, 'resources'), body: { resources: textual } }
}
