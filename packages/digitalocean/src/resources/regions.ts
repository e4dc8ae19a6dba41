import { z } from 'zod'
import type { Caller } from '../transport/caller.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const region = z.looseObject({
  slug: z.string(),
  name: z.string(),
  /** Whether anything new can be made there. */
  available: z.boolean(),
  features: z.array(z.string()),
  /** The slugs of the sizes on offer there. */
  sizes: z.array(z.string()),
})

export type Region = z.infer<typeof region>

export interface RegionsResource extends Collection<Region> {}

export function regionsResource(caller: Caller): RegionsResource {
  return collection(caller, {
    operation: 'regions.list',
    path: ['regions'],
    schema: z.looseObject({ regions: z.array(region), ...pageShape }),
    items: (answer) => answer.regions,
  })
}
