import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Action, actionAnswer, actionCollection } from './actions.ts'
import { type Collection, collection, type ListOptions, pageShape } from './collection.ts'

const image = z.looseObject({
  id: z.int(),
  /** Public images have one; snapshots, backups and custom images have not. */
  slug: z.string().nullish(),
  name: z.string().nullish(),
  /** `base`, `snapshot`, `backup`, `custom` or `admin`. */
  type: z.string().nullish(),
  distribution: z.string().nullish(),
  public: z.boolean().nullish(),
  /** The slugs of the regions where it can be used. */
  regions: z.array(z.string()),
  created_at: z.string().nullish(),
  /** GiB. */
  min_disk_size: z.number().nullish(),
  size_gigabytes: z.number().nullish(),
  /** Absent without the scope to read tags. */
  tags: z.array(z.string()).nullish(),
  /** `NEW`, `available`, `pending`, `deleted` or `retired`. An import that failed is `deleted`. */
  status: z.string().nullish(),
  /** Why an import failed. */
  error_message: z.string().nullish(),
  description: z.string().nullish(),
})

export type Image = z.infer<typeof image>

export interface ImageListOptions extends ListOptions {
  readonly type?: 'distribution' | 'application' | undefined
  /** Only the account's own. */
  readonly private?: boolean | undefined
  readonly tagName?: string | undefined
}

/** By the API's own names. */
export interface ImageImport {
  readonly name: string
  /** Where DigitalOcean fetches it from: raw, qcow2, vhdx, vdi or vmdk, also in gzip or bzip2. */
  readonly url: string
  /** A region's slug. */
  readonly region: string
  /** `Unknown` without one. */
  readonly distribution?: string | undefined
  readonly description?: string | undefined
  readonly tags?: readonly string[] | undefined
}

/** What is left out stays. */
export interface ImageChange {
  readonly name?: string | undefined
  readonly distribution?: string | undefined
  readonly description?: string | undefined
}

/** Of the methods that change something, each is for the account's own images only. */
export interface ImagesResource extends Collection<Image, ImageListOptions> {
  get(idOrSlug: number | string, options?: CallOptions): Promise<Image>
  /** Takes minutes: the image is `available` when it is there. Names are not unique. */
  importFrom(input: ImageImport, options?: CallOptions): Promise<Image>
  update(id: number, change: ImageChange, options?: CallOptions): Promise<Image>
  /** A snapshot's image is the snapshot: it is gone as well. */
  delete(id: number, options?: CallOptions): Promise<void>
  /** Of one image. */
  actions(id: number): Collection<Action>
  action(id: number, actionId: number, options?: CallOptions): Promise<Action>
  /** Makes it available in another region, too, and resolves when that was accepted. */
  transfer(
    id: number,
    parameters: { readonly region: string },
    options?: CallOptions,
  ): Promise<Action>
  /** Makes a snapshot of a backup, and resolves when that was accepted. */
  convert(id: number, options?: CallOptions): Promise<Action>
}

export function imagesResource(caller: Caller): ImagesResource {
  const images = collection(caller, {
    operation: 'images.list',
    path: ['images'],
    schema: z.looseObject({ images: z.array(image), ...pageShape }),
    items: (answer) => answer.images,
    filters: (options: ImageListOptions) => ({
      type: options.type,
      private: options.private,
      tag_name: options.tagName,
    }),
  })
  const schema = z.looseObject({ image })
  async function act(
    id: number,
    body: Readonly<Record<string, unknown>> & { readonly type: string },
    { signal }: CallOptions = {},
  ): Promise<Action> {
    const path = pathOf('images', id, 'actions')
    const call = { operation: `images.${body.type}`, method: 'POST', path, body, signal } as const
    return (await caller.write({ ...call, schema: actionAnswer })).action
  }
  return {
    ...images,
    get: async (idOrSlug, { signal } = {}) => {
      const path = pathOf('images', idOrSlug)
      return (await caller.read({ operation: 'images.get', path, schema, signal })).value.image
    },
    importFrom: async (input, { signal } = {}) => {
      const call = { operation: 'images.importFrom', path: pathOf('images'), schema, signal }
      return (await caller.write({ ...call, method: 'POST', body: input })).image
    },
    update: async (id, change, { signal } = {}) => {
      const call = { operation: 'images.update', path: pathOf('images', id), schema, signal }
      return (await caller.write({ ...call, method: 'PUT', body: change })).image
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'images.delete', path: pathOf('images', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    actions: (id) => actionCollection(caller, 'images.actions', ['images', id, 'actions']),
    action: async (id, actionId, { signal } = {}) => {
      const path = pathOf('images', id, 'actions', actionId)
      const call = { operation: 'images.action', path, signal }
      return (await caller.read({ ...call, schema: actionAnswer })).value.action
    },
    transfer: (id, { region }, options) => act(id, { type: 'transfer', region }, options),
    convert: (id, options) => act(id, { type: 'convert' }, options),
  }
}
