import type { z } from 'zod'

/** What a table needs to know of its records. Records are values: they are replaced, not changed. */
export interface TableDefinition<Row, Index extends string> {
  readonly name: string
  /** Parses a record read back from disk. */
  readonly schema: z.ZodType<Row>
  readonly key: (row: Row) => string
  /** For each index, the keys under which a record is found. */
  readonly indexes: Readonly<Record<Index, (row: Row) => readonly string[]>>
}

/** What replay and dump need of a table, whatever its records are. */
export interface StoredTable {
  readonly name: string
  load(row: unknown): void
  remove(key: string): void
  rows(): Iterable<unknown>
  clear(): void
}

/** Records by key, in the order of their creation, with indexes. Written to by the store alone. */
export class Table<Row, Index extends string = never> implements StoredTable {
  readonly name: string
  readonly #definition: TableDefinition<Row, Index>
  readonly #rows = new Map<string, Row>()
  readonly #indexes = new Map<string, Map<string, Set<string>>>()

  constructor(definition: TableDefinition<Row, Index>) {
    this.name = definition.name
    this.#definition = definition
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string | number): Row | undefined {
    return this.#rows.get(String(key))
  }

  rows(): Iterable<Row> {
    return this.#rows.values()
  }

  /** The records that `index` finds under `key`. */
  find(index: Index, key: string | number): readonly Row[] {
    const found: Row[] = []
    for (const id of this.#indexes.get(index)?.get(String(key)) ?? []) {
      const row = this.#rows.get(id)
      if (row !== undefined) found.push(row)
    }
    return found
  }

  keyOf(row: Row): string {
    return this.#definition.key(row)
  }

  set(row: Row): void {
    const key = this.keyOf(row)
    const previous = this.#rows.get(key)
    if (previous !== undefined) this.#unindex(previous, key)
    this.#rows.set(key, row)
    this.#eachIndexKey(row, (ids) => ids.add(key))
  }

  remove(key: string): void {
    const row = this.#rows.get(key)
    if (row === undefined) return
    this.#unindex(row, key)
    this.#rows.delete(key)
  }

  /** Takes a record read from disk. @throws ZodError if it is not one */
  load(row: unknown): void {
    this.set(this.#definition.schema.parse(row))
  }

  clear(): void {
    this.#rows.clear()
    this.#indexes.clear()
  }

  #unindex(row: Row, key: string): void {
    this.#eachIndexKey(row, (ids, drop) => {
      ids.delete(key)
      if (ids.size === 0) drop()
    })
  }

  #eachIndexKey(row: Row, visit: (ids: Set<string>, drop: () => void) => void): void {
    for (const index in this.#definition.indexes) {
      const entries = this.#indexes.get(index) ?? new Map<string, Set<string>>()
      this.#indexes.set(index, entries)
      for (const value of this.#definition.indexes[index](row)) {
        const ids = entries.get(value) ?? new Set<string>()
        entries.set(value, ids)
        visit(ids, () => entries.delete(value))
      }
    }
  }
}
