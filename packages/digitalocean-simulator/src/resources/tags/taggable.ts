import { notFound } from '../../http/answer.ts'
import type { Table } from '../../store/table.ts'
import type { Tables } from '../../store/tables.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { TaggedKind } from './tag-record.ts'

type Change = (tags: readonly string[]) => string[]

/** A kind of resource that can carry tags. */
export interface Taggable {
  /** As `POST /v2/tags/:tag/resources` names it. */
  readonly type: string
  /** As a tag counts it. */
  readonly kind: TaggedKind
  /** The path that leads to one, by its id. */
  readonly path: string
  /** Whether there is one with this id. */
  has(tx: Transaction, id: string): boolean
  /** The ids of those that carry a tag. */
  tagged(tx: Transaction, tag: string): readonly (string | number)[]
  /**
   * Changes the tags of one, and gives its id.
   * @throws ApiError 404 when there is none
   */
  retag(tx: Transaction, id: string, change: Change): string | number
}

interface TaggedRow {
  readonly id: string | number
  readonly tags: string[]
  /** Of kinds that listings go on showing for a while. */
  readonly deletedMs?: number | null
}

/** Every kind that can carry tags. A new one adds its line here. */
export const taggables: readonly Taggable[] = [
  taggable('droplet', 'droplets', '/v2/droplets', (tables) => tables.droplets),
  joined(
    taggable('image', 'images', '/v2/images', (tables) => tables.snapshots),
    taggable('image', 'images', '/v2/images', (tables) => tables.customImages),
  ),
  taggable('volume', 'volumes', '/v2/volumes', (tables) => tables.volumes),
  taggable(
    'volume_snapshot',
    'volume_snapshots',
    '/v2/snapshots',
    (tables) => tables.volumeSnapshots,
  ),
  taggable('database', 'databases', '/v2/databases', (tables) => tables.databases),
]

/** A kind whose records are in two tables. */
function joined(one: Taggable, other: Taggable): Taggable {
  return {
    ...one,
    has: (tx, id) => one.has(tx, id) || other.has(tx, id),
    tagged: (tx, tag) => [...one.tagged(tx, tag), ...other.tagged(tx, tag)],
    retag: (tx, id, change) => (one.has(tx, id) ? one : other).retag(tx, id, change),
  }
}

/** A kind whose records are in a table of the store, with an index of their tags. */
function taggable<Row extends TaggedRow>(
  type: string,
  kind: TaggedKind,
  path: string,
  tableIn: (tables: Tables) => Table<Row, 'tag'>,
): Taggable {
  const isLiving = (row: Row) => row.deletedMs === undefined || row.deletedMs === null
  return {
    type,
    kind,
    path,
    has: (tx, id) => {
      const row = tableIn(tx.tables).get(id)
      return row !== undefined && isLiving(row)
    },
    tagged: (tx, tag) =>
      tableIn(tx.tables)
        .find('tag', tag.toLowerCase())
        .filter(isLiving)
        .map((row) => row.id),
    retag: (tx, id, change) => {
      const table = tableIn(tx.tables)
      const row = table.get(id)
      if (!row || !isLiving(row)) throw notFound()
      tx.put(table, { ...row, tags: change(row.tags) })
      return row.id
    },
  }
}
