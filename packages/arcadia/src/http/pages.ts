import { z } from '@hono/zod-openapi'
import type { Json } from '../kinds/index.ts'

const longestPage = 200
const usualPage = 50

/** How many of a list to give. */
export const limitParameter = z
  .string()
  .regex(/^\d{1,6}$/, `a whole number from 1 to ${longestPage}`)
  .transform(Number)
  .refine((value) => value >= 1 && value <= longestPage, `a whole number from 1 to ${longestPage}`)
  .default(usualPage)
  .openapi({
    type: 'integer',
    minimum: 1,
    maximum: longestPage,
    default: usualPage,
    description: 'The most to give.',
  })

/** Where a page begins, of a list whose cursors are ids. */
export const idCursor = z
  .uuid('give a next_cursor as it was')
  .optional()
  .openapi({ description: '`next_cursor` of the page before.' })

/** Where a page begins, of a list whose cursors are numbers. */
export const numberCursor = z
  .string()
  .regex(/^\d{1,18}$/, 'give a next_cursor as it was')
  .optional()
  .openapi({ description: '`next_cursor` of the page before.' })

/** The shape of every list. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: 'Where the next page begins; null after the last.' }),
  })
}

/** A page of rows as the API gives it. */
export function pageView<Row, View>(
  page: { readonly data: readonly Row[]; readonly nextCursor: string | null },
  view: (row: Row) => View,
) {
  return { data: page.data.map(view), next_cursor: page.nextCursor }
}

/** An id in a path. */
export const idPath = z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) })

/** Any JSON value, in an answer. */
export const anyJson = z.unknown().openapi({ description: 'Any JSON value.' })
/** Any JSON value, in a body: what it must be is for a feature to say. */
export const givenJson = z
  .custom<Json>((value) => value !== undefined)
  .openapi({
    type: ['string', 'number', 'boolean', 'object', 'array', 'null'],
    description: 'Any JSON value.',
  })
/** Any JSON object, in an answer. */
export const anyObject = z.record(z.string(), z.unknown())
/** A moment, UTC. */
export const moment = z.iso.datetime()
