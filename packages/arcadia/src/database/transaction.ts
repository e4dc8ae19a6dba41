import type { Queryable } from '@arcadia-cloud/saga'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Db } from './connection.ts'
import type { Database } from './schema.ts'

/**
 * The control plane's queries inside a transaction that somebody else began and will end: the `tx`
 * of a saga's transact step. A transaction opened on it is a savepoint.
 */
export function databaseOver(tx: Queryable): Db {
  return databaseBy(new BorrowedDriver(tx))
}

/** The control plane's queries, sent by a driver. */
export function databaseBy(driver: Driver): Db {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }).withSchema('arcadia')
}

/** Runs `work` in the transaction that `db` is, or in one of its own. */
export function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

class BorrowedConnection implements DatabaseConnection {
  readonly #tx: Queryable

  constructor(tx: Queryable) {
    this.#tx = tx
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await this.#tx.query(sql, [...parameters])
    // The driver's answer to a query Kysely compiled: the type is the query's own.
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator, and there is no cursor to give.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('a borrowed transaction cannot stream')
  }
}

class BorrowedDriver implements Driver {
  readonly #connection: BorrowedConnection

  constructor(tx: Queryable) {
    this.#connection = new BorrowedConnection(tx)
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('savepoint borrowed'))
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('release savepoint borrowed'))
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback to savepoint borrowed'))
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
