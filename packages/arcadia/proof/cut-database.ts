import type { Queryable } from '@arcadia-cloud/saga'
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import type { Db } from '../src/database/index.ts'
import { databaseBy } from '../src/database/transaction.ts'

/** A database whose statements are calls of a matrix's world, and so can be cut. */
export interface CutDatabase extends Queryable {
  /**
   * A transaction, which is cut as a whole: in the middle of one, a server takes back what a lost
   * client has done. It is rolled back when the work rejects.
   */
  transaction(work: (tx: Queryable) => Promise<void>): Promise<void>
}

/** The control plane's queries over it. */
export function cutDb(database: CutDatabase): Db {
  return databaseBy(new CutDriver(database))
}

class RolledBack extends Error {}

class CutConnection implements DatabaseConnection {
  readonly #database: CutDatabase
  readonly #decided = Promise.withResolvers<'commit' | 'rollback'>()
  #tx: Queryable | undefined
  #ended: Promise<void> | undefined

  constructor(database: CutDatabase) {
    this.#database = database
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await (this.#tx ?? this.#database).query(sql, [...parameters])
    // The driver's answer to a query Kysely compiled: the type is the query's own.
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator, and there is no cursor to give.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the database of a crash matrix cannot stream')
  }

  /** Resolves inside the transaction, which goes on until {@link commit} or {@link rollback}. */
  async begin(): Promise<void> {
    const begun = Promise.withResolvers<Queryable>()
    this.#ended = this.#database.transaction(async (tx) => {
      begun.resolve(tx)
      if ((await this.#decided.promise) === 'rollback') throw new RolledBack()
    })
    this.#ended.catch(begun.reject)
    this.#tx = await begun.promise
  }

  async commit(): Promise<void> {
    this.#decided.resolve('commit')
    await this.#ended
  }

  async rollback(): Promise<void> {
    this.#decided.resolve('rollback')
    // Whoever rolls back throws the error for which he does it.
    await this.#ended?.catch(() => {})
  }
}

class CutDriver implements Driver {
  readonly #database: CutDatabase

  constructor(database: CutDatabase) {
    this.#database = database
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<CutConnection> {
    return new CutConnection(this.#database)
  }
  beginTransaction(connection: CutConnection): Promise<void> {
    return connection.begin()
  }
  commitTransaction(connection: CutConnection): Promise<void> {
    return connection.commit()
  }
  rollbackTransaction(connection: CutConnection): Promise<void> {
    return connection.rollback()
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
