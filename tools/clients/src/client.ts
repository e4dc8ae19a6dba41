import { z } from 'zod'

/** One of other people's clients, as it is installed. */
export interface Client extends AsyncDisposable {
  readonly name: string
  /** What its user sees of a 429: nothing but that it takes longer, or an error. */
  readonly on429: 'waits' | 'throws'
  /** And on a later page: the same, or, by its own fault, fewer items. */
  readonly onLostPage: 'waits' | 'throws' | 'truncates'
}

/** What a client answered its user with, where that was a failure. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
}

const holder = z.looseObject({})

/** A part of an answer, by a dotted path: `droplet.id`, `links.actions.0.id`. */
export function pick(body: unknown, path: string): unknown {
  let found: unknown = body
  for (const name of path.split('.')) {
    found = Array.isArray(found) ? found[Number(name)] : holder.safeParse(found).data?.[name]
  }
  return found
}

/** An id, a name, a size in an answer, as text. @throws ZodError when it is not there */
export function textOf(body: unknown, path: string): string {
  return String(z.union([z.string(), z.number(), z.boolean()]).parse(pick(body, path)))
}

/** One field of every item. @throws ZodError when one lacks it */
export function column(items: unknown, field: string): readonly string[] {
  return z
    .array(z.unknown())
    .parse(items)
    .map((item) => textOf(item, field))
}
