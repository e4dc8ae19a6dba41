import type { Pool } from 'pg'
import { type MigrateResult, migrate } from './migrate.ts'

export { type MigrateOptions, type MigrateResult, MigrationError, migrate } from './migrate.ts'
export { type PostgresStoreOptions, postgresStore } from './store.ts'

/**
 * Brings the engine's schema, `saga`, to the version of this release, in one transaction. Programs
 * that start together take turns, so every one of them may call it first.
 * @throws {@link MigrationError} when the database is newer than this release
 */
export function migrateSaga(pool: Pool): Promise<MigrateResult> {
  return migrate({ pool, schema: 'saga', directory: new URL('./migrations/', import.meta.url) })
}
