import { z } from 'zod'
import type { Caller } from '../transport/caller.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const size = z.looseObject({
  slug: z.string(),
  /** MiB. */
  memory: z.int(),
  vcpus: z.int(),
  /** GiB. */
  disk: z.int(),
  /** TiB a month. */
  transfer: z.number(),
  /** US dollars. */
  price_monthly: z.number(),
  /** US dollars. */
  price_hourly: z.number(),
  /** The slugs of the regions that offer it. */
  regions: z.array(z.string()),
  available: z.boolean(),
  description: z.string().nullish(),
})

export type Size = z.infer<typeof size>

export interface SizesResource extends Collection<Size> {}

export function sizesResource(caller: Caller): SizesResource {
  return collection(caller, {
    operation: 'sizes.list',
    path: ['sizes'],
    schema: z.looseObject({ sizes: z.array(size), ...pageShape }),
    items: (answer) => answer.sizes,
  })
}
