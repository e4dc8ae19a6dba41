import pg from 'pg'
import { serverRole } from './cluster.ts'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { serverPort } from './socket-folder.ts'

/** How to reach one database of the server; goes into `pg.Pool` or `pg.Client` as it is. */
export type EmbeddedConnection = Readonly<{
  /** Folder of the server's Unix socket. */
  host: string
  port: number
  user: string
  database: string
  /** Said outright, or `PGSSLMODE` in the environment would ask for TLS over the socket. */
  ssl: false
}>

export function connectionTo(socketDir: string, database: string): EmbeddedConnection {
  return { host: socketDir, port: serverPort, user: serverRole, database, ssl: false }
}

/** The advisory lock that says who uses the server: shared by users, exclusive to who stops it. */
const leaseKey = 'arcadia embedded server'

/**
 * Opens the session by which a program holds its lease on the server: a shared advisory lock, which
 * PostgreSQL drops by itself when the program ends, however it ends.
 * @returns undefined while nobody answers there, or the server is starting up or shutting down
 * @throws EmbeddedPostgresError `start_failed` when it answers, but not as ours would
 */
export async function openLease(socketDir: string, data: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    ...connectionTo(socketDir, 'postgres'),
    application_name: 'arcadia lease',
    connectionTimeoutMillis: 5_000,
  })
  // Without a listener, the end of the server would be an uncaught exception of ours.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    if (rows[0]?.data_directory !== data) throw new Error(`it serves ${rows[0]?.data_directory}`)
    await client.query('set idle_session_timeout = 0')
    // Waits while another program, the last user so far, is stopping the server: then this session
    // ends with it, and the caller starts it anew.
    await client.query('select pg_advisory_lock_shared(hashtext($1))', [leaseKey])
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    if (isPassing(error)) return undefined
    const why = error instanceof Error ? error.message : String(error)
    throw new EmbeddedPostgresError(
      'start_failed',
      `The PostgreSQL that answers in ${socketDir} is of no use: ${why}.`,
      { cause: error },
    )
  }
}

/**
 * Gives up the lease, and says whether the server may now be stopped: when no other program holds
 * one. The exclusive lock that says so is kept, so that nobody takes a lease on a dying server.
 */
export async function releaseLease(client: pg.Client): Promise<boolean> {
  await client.query('select pg_advisory_unlock_shared(hashtext($1))', [leaseKey])
  const { rows } = await client.query<{ free: boolean }>(
    'select pg_try_advisory_lock(hashtext($1)) as free',
    [leaseKey],
  )
  return rows[0]?.free === true
}

/** Makes the database unless it is there. PostgreSQL has no `create database if not exists`. */
export async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount !== 0) return
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    // 42P04, and 23505 for the same in a tie: another program made it meanwhile.
    if (errorCode(error) !== '42P04' && errorCode(error) !== '23505') throw error
  }
}

/** Not up yet, or no more: 57P01–57P03 shutdown and start-up; the others from the socket and pg. */
function isPassing(error: unknown): boolean {
  const codes = ['57P01', '57P02', '57P03', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']
  if (codes.includes(errorCode(error) ?? '')) return true
  const words = ['Connection terminated', 'timeout expired']
  return error instanceof Error && words.some((start) => error.message.startsWith(start))
}
