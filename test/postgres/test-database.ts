import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { EmbeddedConnection } from '../../packages/arcadia/src/database/embedded/index.ts'

const longestName = 63 - 'template__new'.length

export type TestDatabaseOptions =
  | Readonly<{ name?: undefined; migrate?: undefined; poolSize?: number }>
  | Readonly<{
      /** Names the set of migrations: databases of one name are copies of one template. */
      name: string
      /** Run once per name and test run, on an empty database. Must close what it opens. */
      migrate: (connection: EmbeddedConnection) => Promise<void>
      poolSize?: number
    }>

export type TestDatabase = Readonly<{
  /** For pools and clients of the test's own. */
  connection: EmbeddedConnection
  /** The same as a URL, for processes that a test starts (`DATABASE_URL`). */
  connectionString: string
  pool: pg.Pool
  /** Ends the pool and drops the database, whoever is still connected to it. */
  drop(): Promise<void>
}>

/**
 * Makes a database of the caller's own, empty or migrated, in 15–30 ms: call it in `beforeAll` (or
 * in a test) and `drop` it in `afterAll`. What a failed test does not drop goes with the run.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const database = `test_${randomUUID().replaceAll('-', '')}`
  await withAdmin(async (admin) => {
    const template =
      options.migrate === undefined
        ? 'template1'
        : await ensureTemplate(admin, options.name, options.migrate)
    await copyDatabase(admin, template, database)
  })
  const connection = { ...inject('postgres'), database }
  const pool = new pg.Pool({ ...connection, max: options.poolSize ?? 10 })
  // Dropping ends sessions by force (57P01), which pg reports to the pool for idle clients and to
  // the client for one that a test still holds; unheard, either would fail the run.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  let dropped: Promise<void> | undefined
  return {
    connection,
    connectionString: connectionStringOf(connection),
    pool,
    drop() {
      dropped ??= dropDatabase(pool, database)
      return dropped
    },
  }
}

/** The template of this name, made by the first worker that asks; the others wait for it. */
async function ensureTemplate(
  admin: pg.Client,
  name: string,
  migrate: (connection: EmbeddedConnection) => Promise<void>,
): Promise<string> {
  // PostgreSQL cuts longer names off without an error, and two templates would be one.
  if (name.length > longestName) throw new TypeError(`a template's name is too long: ${name}`)
  const template = `template_${name}`
  await admin.query('select pg_advisory_lock(hashtext($1))', [template])
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
  if (rowCount === 0) await makeTemplate(admin, template, migrate)
  await admin.query('select pg_advisory_unlock(hashtext($1))', [template])
  return template
}

/** Migrated under another name first: a template that is there is whole, even if a worker is killed. */
async function makeTemplate(
  admin: pg.Client,
  template: string,
  migrate: (connection: EmbeddedConnection) => Promise<void>,
): Promise<void> {
  const unfinished = pg.escapeIdentifier(`${template}_new`)
  await admin.query(`drop database if exists ${unfinished} with (force)`)
  await admin.query(`create database ${unfinished}`)
  await migrate({ ...inject('postgres'), database: `${template}_new` })
  await admin.query(`alter database ${unfinished} rename to ${pg.escapeIdentifier(template)}`)
  // Nobody connects to a template by mistake, which would keep it from being copied.
  await admin.query(`alter database ${pg.escapeIdentifier(template)} allow_connections false`)
}

async function copyDatabase(admin: pg.Client, template: string, database: string): Promise<void> {
  await admin.query(
    `create database ${pg.escapeIdentifier(database)} template ${pg.escapeIdentifier(template)}`,
  )
}

async function dropDatabase(pool: pg.Pool, database: string): Promise<void> {
  // Not awaited: it waits for clients that a failed test never released.
  if (!pool.ending) void pool.end()
  await withAdmin(async (admin) => {
    await admin.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`)
  })
}

async function withAdmin<Result>(use: (admin: pg.Client) => Promise<Result>): Promise<Result> {
  const admin = new pg.Client(inject('postgres'))
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    // Closing the session also gives back an advisory lock that a failed migration left held.
    await admin.end()
  }
}

function connectionStringOf({ host, port, user, database }: EmbeddedConnection): string {
  const query = new URLSearchParams({ host, port: String(port), sslmode: 'disable' })
  return `postgres://${user}@localhost/${database}?${query}`
}
