import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
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
  /** `NEW`, `available`, `pending`, `deleted` or `retired`. */
  status: z.string().nullish(),
})

export type Image = z.infer<typeof image>

export interface ImageListOptions extends ListOptions {
  readonly type?: 'distribution' | 'application' | undefined
  /** Only the account's own. */
  readonly private?: boolean | undefined
  readonly tagName?: string | undefined
}

export interface ImagesResource extends Collection<Image, ImageListOptions> {
  get(idOrSlug: number | string, options?: CallOptions): Promise<Image>
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
  return {
    ...images,
    get: async (idOrSlug, { signal } = {}) => {
      const path = pathOf('images', idOrSlug)
      return (await caller.read({ operation: 'images.get', path, schema, signal })).value.image
    },
  }
}
