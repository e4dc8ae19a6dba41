import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Pool, PoolClient } from 'pg'
import { SagaError } from '../core/errors.ts'
import { connect, release } from './transaction.ts'

/** Options of {@link migrate}. */
export interface MigrateOptions {
  readonly pool: Pool
  /** The schema the migrations build; made when it is missing. */
  readonly schema: string
  /** A folder of files named `0001-what-it-does.sql`, numbered without a gap. */
  readonly directory: URL
}

/** What {@link migrate} did. */
export interface MigrateResult {
  /** The database's version now. */
  readonly version: number
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[]
}

/** The database and the program do not fit together; `message` says what to do. */
export class MigrationError extends SagaError {
  constructor(message: string) {
    super('migration_refused', message)
  }
}

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Brings a schema to the newest version this program knows, in one transaction: all of the missing
 * migrations or none. Programs that start together take turns.
 * @throws {@link MigrationError} when the database is newer than the program, or a migration that was
 * applied has been edited since
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const { pool, schema, directory } = options
  if (!/^[a-z_][a-z0-9_]*$/.test(schema)) {
    throw new MigrationError(`"${schema}" is not a plain lower-case schema name`)
  }
  const migrations = await readMigrations(directory)
  const client = await connect(pool)
  try {
    await client.query('begin')
    // The transaction's own lock: a session lock is lost in a pooler that shares sessions.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `migrate:${schema}`,
    ])
    const applied = await applyMissing(client, schema, migrations)
    await client.query('commit')
    return { version: migrations.length, applied }
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    release(client)
  }
}

async function readMigrations(directory: URL): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4))
      if (version !== index + 1) {
        throw new MigrationError(`migration "${name}" should be number ${index + 1}`)
      }
      const sql = await readFile(new URL(name, directory), 'utf8')
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function applyMissing(
  client: PoolClient,
  schema: string,
  migrations: readonly Migration[],
): Promise<string[]> {
  // Asked by itself: `create schema if not exists`, straight after the wait for an advisory lock,
  // goes by a catalog cache that has not heard of what the holder before committed.
  const made = await client.query('select from pg_namespace where nspname = $1', [schema])
  if (made.rowCount === 0) await client.query(`create schema ${schema}`)
  await client.query(`create table if not exists ${schema}.migrations (
    version int primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`)
  const { rows: present } = await client.query<{ version: number; name: string; checksum: string }>(
    `select version, name, checksum from ${schema}.migrations order by version`,
  )
  refuseMisfit(schema, present, migrations)
  const missing = migrations.slice(present.length)
  for (const { version, name, sql, checksum } of missing) {
    await client.query(sql)
    await client.query(
      `insert into ${schema}.migrations (version, name, checksum) values ($1, $2, $3)`,
      [version, name, checksum],
    )
  }
  return missing.map(({ name }) => name)
}

function refuseMisfit(
  schema: string,
  present: readonly { version: number; name: string; checksum: string }[],
  known: readonly Migration[],
): void {
  if (present.length > known.length) {
    throw new MigrationError(
      `the schema "${schema}" is at version ${present.length}, newer than this program, which knows ${known.length}: run a newer release, or restore a backup made before the upgrade`,
    )
  }
  for (const [index, { name, checksum }] of present.entries()) {
    if (known[index]?.checksum !== checksum) {
      throw new MigrationError(
        `migration "${name}" of the schema "${schema}" is not the one that was applied: an applied migration never changes; put it back and add a new one`,
      )
    }
  }
}
