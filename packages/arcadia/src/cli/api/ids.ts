import type { z } from 'zod'
import { UsageError } from '../errors.ts'
import { count } from '../render/text.ts'
import type { Api, Query } from './client.ts'
import { readList } from './lists.ts'

/** Where things of a kind are listed, and by what else than their id people call them. */
export interface Catalogue<Row extends { readonly id: string }> {
  /** E.g. `saga`. */
  readonly noun: string
  readonly path: string
  readonly query?: Query
  readonly shape: z.ZodType<Row>
  /** How many are looked through at most. */
  readonly limit: number
  /** Names that mean it; empty ones count for none. */
  readonly names: (row: Row) => readonly (string | null | undefined)[]
  /** How one of several is told from the others. */
  readonly label: (row: Row) => string
  /** The command that lists them. */
  readonly listing: string
  /** Of several of one name, the one listed first is meant; ids still have to mean one alone. */
  readonly firstOfName?: boolean
  /** Where to look when nothing here is meant. */
  readonly elsewhere?: Catalogue<Row>
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const fewestCharacters = 4

/**
 * The last eight digits of a UUID: what tables show. The first ones are of the time, and alike in
 * all that was made together.
 */
export function shortId(id: string): string {
  return id.slice(-8)
}

/**
 * The id that is meant: a whole one is taken as it is; else a name, the short id, or the beginning
 * of an id, if it means one thing only.
 * @throws {UsageError} when it means none, or several
 */
export async function idOf<Row extends { readonly id: string }>(
  api: Api,
  catalogue: Catalogue<Row>,
  given: string,
): Promise<string> {
  if (uuid.test(given)) return given.toLowerCase()
  const { path, query, shape, limit, noun } = catalogue
  const list = await readList(api, { path, shape, limit, ...(query && { query }) })
  const meant = meantBy(catalogue, list.rows, given)
  const [one] = meant
  if (one === undefined && catalogue.elsewhere !== undefined) {
    return idOf(api, catalogue.elsewhere, given)
  }
  if (one !== undefined && meant.length === 1) return one.id
  if (one !== undefined) throw ambiguous(catalogue, given, meant)
  const where = list.more ? ` among the ${count(list.rows.length, `latest ${noun}`)}` : ''
  throw new UsageError(`There is no ${noun} "${given}"${where}.`, [
    `"${catalogue.listing}" shows which there are${list.more ? '; an older one goes by its whole id' : ''}.`,
  ])
}

function meantBy<Row extends { readonly id: string }>(
  { names, firstOfName = false }: Catalogue<Row>,
  rows: readonly Row[],
  given: string,
): Row[] {
  const text = given.toLowerCase()
  const byId = rows.filter(({ id }) => shortId(id) === text)
  const byName = rows.filter((row) => names(row).some((name) => name?.toLowerCase() === text))
  if (firstOfName && byId.length === 0) byName.splice(1)
  const exact = [...new Set([...byId, ...byName])]
  if (exact.length > 0 || text.length < fewestCharacters) return exact
  return rows.filter(({ id }) => id.startsWith(text))
}

function ambiguous<Row extends { readonly id: string }>(
  { noun, label }: Catalogue<Row>,
  given: string,
  meant: readonly Row[],
): UsageError {
  const shown = meant.slice(0, 5).map((row) => `${shortId(row.id)}  ${label(row)}`)
  const others = meant.length - shown.length
  return new UsageError(`"${given}" may mean ${count(meant.length, noun)}; say which by its id:`, [
    ...shown,
    ...(others > 0 ? [`and ${others} more`] : []),
  ])
}
