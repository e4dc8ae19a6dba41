import type { Table } from './table.ts'
import type { Tables } from './tables.ts'

/** One journalled write: a record put, or the key of a record removed. */
export type Entry =
  | readonly [table: string, row: unknown]
  | readonly [table: string, row: null, key: string]

/**
 * The writes of one request, all or none. What is put is seen at once, so that later reads of the
 * same request find it; what is removed goes at the commit, so that an undo keeps the order of rows.
 */
export class Transaction {
  readonly tables: Tables
  readonly entries: Entry[] = []
  readonly #undo: (() => void)[] = []
  readonly #removals = new Map<string, () => void>()

  constructor(tables: Tables) {
    this.tables = tables
  }

  put<Row, Index extends string>(table: Table<Row, Index>, row: Row): Row {
    const key = table.keyOf(row)
    // It would be there on disk and gone here: no request has a use for it.
    if (this.#removals.has(`${table.name}/${key}`))
      throw new Error(`${key} was removed just before`)
    const previous = table.get(key)
    this.#undo.push(() => (previous === undefined ? table.remove(key) : table.set(previous)))
    table.set(row)
    this.entries.push([table.name, row])
    return row
  }

  remove<Row, Index extends string>(table: Table<Row, Index>, key: string | number): void {
    this.entries.push([table.name, null, String(key)])
    this.#removals.set(`${table.name}/${key}`, () => table.remove(String(key)))
  }

  /** The next number of a counter, from 1; never given twice, not even after a restart. */
  next(counter: string): number {
    const value = (this.tables.counters.get(counter)?.value ?? 0) + 1
    this.put(this.tables.counters, { id: counter, value })
    return value
  }

  commit(): void {
    for (const remove of this.#removals.values()) remove()
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo()
  }
}
