import type { Reply } from './answer.ts'
import { paginate } from './pages.ts'
import type { Call } from './route.ts'

/**
 * Answers a page of what has been made at least so long ago as a fault may have set, under `key`.
 * @throws ApiError 422 for a page that is not a positive integer
 */
export function listingOf<Row extends { readonly createdMs: number }>(
  call: Call,
  key: string,
  rows: Iterable<Row>,
  view: (row: Row) => unknown,
): Reply {
  const known = Array.from(rows).filter((row) => row.createdMs + call.hideYoungerMs <= call.now)
  const page = paginate(known, call.url)
  const body = { [key]: page.items.map(view), links: page.links, meta: page.meta }
  return { status: 200, body }
}
