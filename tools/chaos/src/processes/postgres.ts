import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../../packages/arcadia/src/database/embedded/index.ts'

/**
 * - `server`: the server itself, as if the machine had run out of memory.
 * - `session`: one of its processes, at which it ends all the others and recovers.
 * - `immediate`: it is told to end without a goodbye.
 */
export const postgresKills = ['server', 'session', 'immediate'] as const
export type PostgresKill = (typeof postgresKills)[number]

/**
 * What was acknowledged outlives the server, not the machine: commits wait until they are with the
 * operating system, and no longer.
 */
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' }

const silent = { info() {}, warn() {} }

/** The embedded PostgreSQL, which is started again whenever it ends. */
export class Postgres {
  readonly #server: EmbeddedPostgres

  private constructor(server: EmbeddedPostgres) {
    this.#server = server
  }

  static async start(folder: string): Promise<Postgres> {
    return new Postgres(
      await startEmbeddedPostgres({
        dataDir: folder,
        systemRoot: join(folder, 'system'),
        log: silent,
        settings,
      }),
    )
  }

  get connection(): pg.PoolConfig {
    return this.#server.connection
  }

  get socketPath(): string {
    const { host, port } = this.#server.connection
    return join(host, `.s.PGSQL.${port}`)
  }

  /**
   * Kills it, and waits until it answers again. Gives how long that took, in milliseconds. One that is
   * still getting up from the time before is left alone until it stands.
   */
  async kill(how: PostgresKill): Promise<number> {
    await this.#stands()
    const from = performance.now()
    const pid = how === 'session' ? await this.#session() : await this.#postmaster()
    process.kill(pid, how === 'immediate' ? 'SIGQUIT' : 'SIGKILL')
    await this.#stands()
    return performance.now() - from
  }

  async #stands(): Promise<void> {
    while (!(await this.answers())) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** Whether it answers, and is not about to end because one of its processes was killed. */
  async answers(): Promise<boolean> {
    const client = new pg.Client({ ...this.connection, connectionTimeoutMillis: 1_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  /** For a process that ends at once. */
  stopNow(): void {
    try {
      process.kill(Number.parseInt(readFileSync(this.#lockFile, 'utf8'), 10), 'SIGQUIT')
    } catch {
      // It does not run.
    }
  }

  get #lockFile(): string {
    return join(this.#server.folder, 'postmaster.pid')
  }

  async #postmaster(): Promise<number> {
    return Number.parseInt(await readFile(this.#lockFile, 'utf8'), 10)
  }

  /** A session in the middle of something, if there is one. */
  async #session(): Promise<number> {
    const client = new pg.Client(this.connection)
    client.on('error', () => undefined)
    await client.connect()
    try {
      const { rows } = await client.query<{ pid: number }>(
        `select pid from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()
           and application_name <> 'arcadia lease'
         order by state = 'active' desc limit 1`,
      )
      return rows[0]?.pid ?? (await this.#postmaster())
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}
