import type { Log } from '@arcadia-cloud/saga'
import { migrate, migrateSaga } from '@arcadia-cloud/saga/postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './schema.ts'

/** Queries of the control plane: the database, or a transaction in it. */
export type Db = Kysely<Database>

export interface OpenedDatabase {
  readonly pool: pg.Pool
  readonly db: Db
  /** Waits for the queries under way, then closes every connection. */
  close(): Promise<void>
}

/** Opens the control plane's database; the first query makes the first connection. */
export function openDatabase(config: pg.PoolConfig, log: Log): OpenedDatabase {
  const pool = new pg.Pool(config)
  // A connection that the server ends while nothing runs on it is an 'error' event, which without
  // a listener ends the whole process. The pool replaces the connection by itself.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'a database connection was lost'))
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }).withSchema('arcadia')
  // Not db.destroy(), which leaves a pool alone that only others have used.
  return { pool, db, close: () => pool.end() }
}

/** Beside the sources, for the compiled program too: the path is the same from `dist/database/`. */
const migrations = new URL('../../src/database/migrations/', import.meta.url)

/**
 * Brings the engine's schema and the control plane's to the versions this program knows.
 * @throws {MigrationError} when the database is newer than the program
 */
export async function migrateDatabase(pool: pg.Pool): Promise<void> {
  await migrateSaga(pool)
  await migrate({ pool, schema: 'arcadia', directory: migrations })
}
