import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../../arcadia/src/database/embedded/index.ts'
import { migrateSaga } from '../../src/postgres/index.ts'

export interface Server {
  readonly config: pg.PoolConfig
  /** Whether its processes are on this machine and ours to look at. */
  readonly local: boolean
  /** Takes away what was made for it. */
  stop(): Promise<void>
}

/** `DATABASE_URL`'s server, or one of its own in a temporary folder, with `fsync` on. */
export async function openServer(): Promise<Server> {
  const url = process.env['DATABASE_URL']
  if (url !== undefined) {
    return { config: { connectionString: url }, local: false, stop: async () => {} }
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'saga-scale-'))
  // Open to the unprivileged user that root runs the server as.
  await chmod(dataDir, 0o711)
  const server = await startEmbeddedPostgres({
    dataDir,
    systemRoot: join(dataDir, 'system'),
    log: { info() {}, warn() {} },
    settings: { shared_buffers: '1GB', max_wal_size: '8GB', max_connections: '200' },
  })
  return {
    config: server.connection,
    local: true,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export interface Database {
  readonly config: pg.PoolConfig
  drop(): Promise<void>
}

/** A database of its own, empty but for the schema. */
export async function freshDatabase(server: Server): Promise<Database> {
  const name = `saga_scale_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Pool({ ...server.config, max: 1 })
  await admin.query(`create database ${name}`)
  const config = onDatabase(server.config, name)
  const pool = new pg.Pool(config)
  await migrateSaga(pool)
  await pool.end()
  return {
    config,
    async drop() {
      await sessionsGone(admin, name)
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

/** A session that was ended is there for a moment; to drop it then would be an error of its client's. */
async function sessionsGone(admin: pg.Pool, database: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1', [
      database,
    ])
    if (rowCount === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function onDatabase(config: pg.PoolConfig, database: string): pg.PoolConfig {
  if (config.connectionString === undefined) return { ...config, database }
  const url = new URL(config.connectionString)
  url.pathname = `/${database}`
  return { ...config, connectionString: url.href }
}

export const print = (line: string) => process.stdout.write(`${line}\n`)

export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
