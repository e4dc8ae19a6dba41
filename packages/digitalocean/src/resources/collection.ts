import { z } from 'zod'
import { InvalidRequest, InvalidResponse } from '../errors.ts'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf, type Query, withQuery } from '../transport/path.ts'

/** One page of a listing. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Its number, from 1. */
  readonly page: number
  /** How many items the whole listing had when this page was made. */
  readonly total: number
  /**
   * When the request that brought this page was sent. What it says was true at that moment or
   * later: date what you store by this, never by the moment of the answer.
   */
  readonly sentAt: Date
  /** Whether the listing ends here. A listing without a last page is incomplete. */
  readonly last: boolean
}

export interface ListOptions extends CallOptions {
  /** From 1 to 200, the default: the fewest requests there can be. */
  readonly perPage?: number | undefined
}

/**
 * A listing, fetched page by page as it is consumed. Nothing is sent before the first item is asked
 * for, and no page is fetched ahead. An error ends the iteration: what came before it is incomplete.
 *
 * Pages are offsets. What is deleted while a listing runs shifts the rest, so that an item can be
 * missed, or seen twice: absence from a listing does not prove that something is gone.
 */
export interface Collection<T, O extends ListOptions = ListOptions> {
  list(options?: O): AsyncIterable<T>
  pages(options?: O): AsyncIterable<Page<T>>
}

/** What every page carries beside its items: `links: {}` when there is but one. */
export const pageShape = {
  links: z
    .looseObject({ pages: z.looseObject({ next: z.string().nullish() }).nullish() })
    .nullish(),
  meta: z.looseObject({ total: z.int().nonnegative() }),
}

/** What a listing carries that may be whole: without either, there are no other pages. */
export const wholeShape = { links: pageShape.links, meta: pageShape.meta.nullish() }

const pageAnswer = z.looseObject(wholeShape)
type PageAnswer = z.infer<typeof pageAnswer>

interface Listing<T, A extends PageAnswer, O extends ListOptions> {
  readonly operation: string
  readonly path: readonly (string | number)[]
  readonly schema: z.ZodType<A>
  readonly items: (answer: A) => readonly T[]
  readonly filters?: (options: O) => Query
}

export function collection<T, A extends PageAnswer, O extends ListOptions = ListOptions>(
  caller: Caller,
  listing: Listing<T, A, O>,
): Collection<T, O> {
  return {
    pages: (options) => pagesOf(caller, listing, options),
    list: (options) => itemsOf(pagesOf(caller, listing, options)),
  }
}

async function* itemsOf<T>(pages: AsyncIterable<Page<T>>): AsyncGenerator<T, void, void> {
  for await (const page of pages) yield* page.items
}

async function* pagesOf<T, A extends PageAnswer, O extends ListOptions>(
  caller: Caller,
  { operation, path, schema, items: itemsIn, filters }: Listing<T, A, O>,
  options: O | undefined,
): AsyncGenerator<Page<T>, void, void> {
  const perPage = checkPerPage(options?.perPage ?? 200)
  const query = options === undefined ? {} : filters?.(options)
  const signal = options?.signal
  for (let page = 1; ; ) {
    const at = withQuery(pathOf(...path), { ...query, page, per_page: perPage })
    const { value, sentAt } = await caller.read({ operation, path: at, schema, signal })
    const items = itemsIn(value)
    const next = nextPage(value.links?.pages?.next ?? undefined, page, items.length, at)
    yield {
      items,
      page,
      total: value.meta?.total ?? items.length,
      sentAt,
      last: next === undefined,
    }
    if (next === undefined) return
    page = next
  }
}

function checkPerPage(perPage: number): number {
  if (Number.isInteger(perPage) && perPage >= 1 && perPage <= 200) return perPage
  throw new InvalidRequest(`perPage must be a whole number from 1 to 200, not ${perPage}.`)
}

/**
 * The number of the next page, `undefined` after the last. Only the number is taken from the link:
 * followed as it is, it would carry the token to whatever host an answer names.
 *
 * @throws InvalidResponse when following it would not come to an end
 */
function nextPage(
  link: string | undefined,
  page: number,
  count: number,
  path: string,
): number | undefined {
  if (link === undefined || link === '') return undefined
  const stated = URL.parse(link, 'https://api.digitalocean.com')?.searchParams.get('page') ?? ''
  const next = /^\d{1,15}$/.test(stated) ? Number(stated) : undefined
  if (next !== undefined && next > page && count > 0) return next
  const named = next === undefined ? 'a link without a page number' : `page ${next}`
  const message = `GET ${path} was answered with pages that do not come to an end: after page ${page}, of ${count} items, it names ${named}. The listing is incomplete; start it again later.`
  const fixed = { method: 'GET', effect: 'none', retryable: true } as const
  throw new InvalidResponse({ ...fixed, message, path, status: 200 })
}
