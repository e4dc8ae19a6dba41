import pg, { type Pool } from 'pg'
import { DefinitionError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from '../engine/clock.ts'
import { type Line, Listener } from './listener.ts'

export interface ListenOptions {
  /** What sends the hints, and hears them where there is no `listenUrl`. */
  readonly pool: Pool
  readonly listenUrl?: string | undefined
  readonly log: Log
  readonly clock: Clock
}

const connectMs = 10_000

/** Calls back on every hint, over a connection of the pool's or one of its own, until told to stop. */
export async function listenForHints(
  { pool, listenUrl, log, clock }: ListenOptions,
  callback: (runId: string | undefined) => void,
): Promise<() => Promise<void>> {
  const listener = new Listener({
    ...(listenUrl === undefined ? overPool(pool) : overUrl(listenUrl)),
    // Through the pool, as hints are: heard by its own connection alone, it would prove nothing.
    ping: (payload) => pool.query(`select pg_notify('saga_ping', $1)`, [payload]),
    callback,
    clock,
    log,
  })
  await listener.start()
  return () => listener.stop()
}

/** @throws {@link DefinitionError} which does not repeat the URL: it has a password in it */
export function checkListenUrl(listenUrl: string): void {
  const protocol = URL.canParse(listenUrl) ? new URL(listenUrl).protocol : ''
  if (protocol === 'postgres:' || protocol === 'postgresql:') return
  throw new DefinitionError(
    'listenUrl is not a URL that begins with postgres:// or postgresql://; special characters in its password have to be percent-encoded',
  )
}

function overPool(pool: Pool) {
  return {
    advice:
      'if the pool goes through a pooler in transaction mode, give postgresStore a listenUrl that leads to the database directly',
    async open(): Promise<Line> {
      const client = await pool.connect()
      // Destroyed, not given back: it still listens.
      return { client, close: async () => client.release(true) }
    },
  }
}

function overUrl(connectionString: string) {
  return {
    advice:
      'listenUrl has to lead to the database of the pool, and directly: not through a pooler in transaction mode',
    async open(): Promise<Line> {
      const client = new pg.Client({
        connectionString,
        connectionTimeoutMillis: connectMs,
        keepAlive: true,
      })
      // Whoever loses it is told by 'end'; an 'error' nobody listens for ends the process.
      client.on('error', () => {})
      // One that is lost cannot say goodbye: closed it is either way.
      const close = () => client.end().catch(() => {})
      try {
        await client.connect()
      } catch (error) {
        await close()
        throw error
      }
      return { client, close }
    },
  }
}
