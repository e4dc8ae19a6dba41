import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../packages/arcadia/src/database/embedded/index.ts'
import type { Connection } from './participants/protocol.ts'
import { parentOf } from './usage.ts'

/** The PostgreSQL that everybody is measured on. */
export interface Server {
  readonly version: string
  readonly settings: Readonly<Record<string, string>>
  /** A folder on a disk, for what participants store themselves. */
  readonly folder: string
  /** Null where its processes are not on this machine. */
  readonly postmaster: number | null
  /** Makes an empty database, and takes it away again. */
  withDatabase<T>(name: string, use: (database: Connection) => Promise<T>): Promise<T>
  /** What it has written so far. */
  readWork(): Promise<Work>
  stop(): Promise<void>
}

/** What the server has written since it began. */
export interface Work {
  readonly walBytes: number
  /** Transactions that have written something, or locked a row: each has taken a number. */
  readonly writes: number
}

const reported = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'shared_buffers',
  'max_connections',
  'max_wal_size',
]

/** `DATABASE_URL`, or the embedded PostgreSQL in a folder that is removed afterwards. */
export async function openServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'saga-bench-'))
  // Open to the unprivileged user that root runs the server as.
  await chmod(folder, 0o711)
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  const url = process.env['DATABASE_URL']
  if (url !== undefined) return connect(connectionOf(url), folder, removeFolder)
  const embedded = await startEmbeddedPostgres({
    dataDir: folder,
    systemRoot: join(folder, 'system'),
    log: { info() {}, warn: (...what) => process.stderr.write(`${what.join(' ')}\n`) },
  })
  const { host, port, user, database } = embedded.connection
  return connect({ host, port, user, database }, folder, async () => {
    await embedded.stop()
    await removeFolder()
  })
}

async function connect(
  connection: Connection,
  folder: string,
  stop: () => Promise<void>,
): Promise<Server> {
  const admin = new pg.Pool({ ...connection, max: 1 })
  const { rows } = await admin.query<{ name: string; value: string }>(
    `select name, current_setting(name) as value from unnest($1::text[]) name
     union all select 'server_version', current_setting('server_version')`,
    [reported],
  )
  const { server_version: version = '?', ...settings } = Object.fromEntries(
    rows.map(({ name, value }) => [name, value]),
  )
  return {
    version,
    settings,
    folder,
    postmaster: await postmasterOf(admin, connection),
    async withDatabase(name, use) {
      await admin.query(`create database ${pg.escapeIdentifier(name)}`)
      try {
        // What a checkpoint costs, it must not cost whoever happens to be there then.
        await admin.query('checkpoint')
        return await use({ ...connection, database: name })
      } finally {
        await admin.query(`drop database ${pg.escapeIdentifier(name)} with (force)`)
      }
    },
    async readWork() {
      const work = await admin.query<{ wal: string; writes: string }>(
        `select pg_current_wal_insert_lsn() - '0/0' as wal,
           pg_snapshot_xmax(pg_current_snapshot()) as writes`,
      )
      const row = work.rows[0]
      return { walBytes: Number(row?.wal), writes: Number(row?.writes) }
    },
    async stop() {
      await admin.end()
      await stop()
    },
  }
}

/** The parent of our own session, where that is a process of this machine. */
async function postmasterOf(admin: pg.Pool, { host }: Connection): Promise<number | null> {
  if (!host.startsWith('/') && !['localhost', '127.0.0.1', '::1'].includes(host)) return null
  const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0] === undefined ? null : parentOf(rows[0].pid)
}

function connectionOf(text: string): Connection {
  const url = new URL(text)
  const { hostname, port, username, password, pathname, searchParams } = url
  return {
    host: searchParams.get('host') ?? hostname,
    port: Number(port === '' ? 5432 : port),
    user: decodeURIComponent(username),
    database: pathname.slice(1),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}
