import { mkdir } from 'node:fs/promises'
import { FileJournal, type Journal, memoryJournal } from './journal.ts'
import { lockFolder } from './lock.ts'
import { replay } from './replay.ts'
import type { StoredTable } from './table.ts'
import { createTables, storedTables, type Tables } from './tables.ts'
import { Transaction } from './transaction.ts'

/** What a change returned, and whether it wrote anything. */
export interface Changed<T> {
  readonly value: T
  readonly changed: boolean
}

/** The state of the simulated account: tables in memory, every change journalled as one line. */
export class Store {
  readonly tables: Tables = createTables()
  readonly #stored: ReadonlyMap<string, StoredTable> = storedTables(this.tables)
  #journal: Journal = memoryJournal
  #sequence = 0
  #unlock: () => Promise<void> = () => Promise.resolve()

  private constructor() {}

  /**
   * @param dataDir where the state is kept; in memory only when left out
   * @throws DataFolderError, DataFolderBusyError
   */
  static async open(dataDir: string | undefined, warn: (message: string) => void): Promise<Store> {
    const store = new Store()
    if (dataDir !== undefined) await store.#attach(dataDir, warn)
    return store
  }

  /** Whether no change was ever made: there is nothing here that a seed could overwrite. */
  get isNew(): boolean {
    return this.#sequence === 0
  }

  /**
   * Runs `work` as one change: if it throws, nothing happened. Not durable, and so not to be told
   * to anybody, before `durable()` resolves.
   */
  change<T>(work: (tx: Transaction) => T): Changed<T> {
    const tx = new Transaction(this.tables)
    let value: T
    try {
      value = work(tx)
    } catch (error) {
      tx.rollback()
      throw error
    }
    tx.commit()
    const changed = tx.entries.length > 0
    if (changed) this.#append({ entries: tx.entries })
    return { value, changed }
  }

  /** Empties everything and runs `work` on what is left, as one change. */
  reset(work: (tx: Transaction) => void): void {
    for (const table of this.#stored.values()) table.clear()
    const tx = new Transaction(this.tables)
    work(tx)
    tx.commit()
    this.#append({ reset: true, entries: tx.entries })
  }

  /**
   * Resolves when every change made so far is on disk. Answers that only read wait for it too: what
   * a client has seen must still be there after a crash.
   */
  durable(): Promise<void> {
    return this.#journal.flushed()
  }

  async close(): Promise<void> {
    try {
      await this.#journal.close()
    } finally {
      await this.#unlock()
    }
  }

  async #attach(dataDir: string, warn: (message: string) => void): Promise<void> {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    this.#unlock = await lockFolder(dataDir)
    try {
      const found = await replay(dataDir, this.#stored)
      if (found.tornBytes > 0) {
        warn(
          `the journal ended in a torn line of ${found.tornBytes} bytes, never acknowledged: cut off`,
        )
      }
      this.#sequence = found.sequence
      this.#journal = await FileJournal.open(dataDir, found.journalBytes, () => ({
        sequence: this.#sequence,
        lines: this.#dumpLines(),
      }))
    } catch (error) {
      await this.#unlock()
      throw error
    }
  }

  #append(change: { reset?: boolean; entries: readonly unknown[] }): void {
    this.#sequence++
    if (this.#journal === memoryJournal) return
    this.#journal.append(JSON.stringify({ sequence: this.#sequence, ...change }))
  }

  *#dumpLines(): Iterable<string> {
    for (const table of this.#stored.values()) {
      for (const row of table.rows()) yield JSON.stringify([table.name, row])
    }
  }
}
