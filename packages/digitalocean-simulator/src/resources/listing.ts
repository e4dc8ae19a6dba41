import type { Reply } from '../http/answer.ts'
import { paginate } from '../http/pages.ts'
import type { Call } from '../http/route.ts'

/**
 * The page of a listing that was asked for, under the listing's name. For kinds that listings show
 * at once: only a fault hides what is new.
 */
export function listReply<Row extends { readonly createdMs: number }>(
  call: Call,
  name: string,
  rows: Iterable<Row>,
  view: (row: Row) => unknown,
): Reply {
  const shown = Array.from(rows).filter((row) => row.createdMs + call.hideYoungerMs <= call.now)
  const page = paginate(shown, call.url)
  return {
    status: 200,
    body: { [name]: page.items.map(view), links: page.links, meta: page.meta },
  }
}
