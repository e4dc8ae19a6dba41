import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedPostgresError } from './errors.ts'
import type { EmbeddedPostgresLog } from './log.ts'
import { placeCluster } from './placement.ts'
import { findRuntime } from './runtime.ts'
import { type LeasedServer, leaseServer, type ServerPlan } from './server.ts'
import type { ServerSettings } from './server-process.ts'
import { stopServer } from './server-stop.ts'
import { connectionTo, type EmbeddedConnection, ensureDatabase, releaseLease } from './session.ts'

export type EmbeddedPostgresOptions = Readonly<{
  /** The program's data directory (`DATA_DIR`); made when missing. */
  dataDir: string
  log: EmbeddedPostgresLog
  /** More server settings; for tests, e.g. `{ fsync: 'off' }`, which also spares initdb its flush. */
  settings?: ServerSettings
  /** How long the server may take to answer, crash recovery included. Default 60,000. */
  startTimeoutMs?: number
  /** Where data goes that cannot be in `dataDir`. Default `/var/lib/arcadia`. */
  systemRoot?: string
}>

export type EmbeddedPostgres = Readonly<{
  /** Goes into `pg.Pool` as it is. */
  connection: EmbeddedConnection
  /** Like a URL, for people and logs; holds no secret. */
  description: string
  /** Where its data is; not in `dataDir` when the server's user cannot reach that. */
  folder: string
  /** Whether the server was already running: another program's, or left behind by a killed one. */
  adopted: boolean
  /**
   * Gives the server up. The last program that uses it stops it, whichever started it; while others
   * do, it runs on. Close your own pools first: sessions still open are ended. Safe to repeat.
   * @throws EmbeddedPostgresError `stop_failed`
   */
  stop(): Promise<void>
}>

const databaseName = 'arcadia'
const firstRetryMs = 500
const longestRetryMs = 30_000

/**
 * Starts the embedded PostgreSQL on a data directory, or adopts the one that runs there, and keeps
 * it running until `stop`: a server that dies is started again (its pools reconnect by themselves).
 * @throws EmbeddedPostgresError with a `code` that says what kept it from running
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const runtime = await findRuntime()
  const plan: ServerPlan = {
    placement: await placeCluster(options.dataDir, options.log, options.systemRoot),
    runtime,
    settings: options.settings ?? {},
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    log: options.log,
  }
  const first = await leaseServer(plan)
  try {
    await ensureDatabase(first.lease, databaseName)
  } catch (error) {
    await giveUp(plan, first)
    throw error
  }
  const supervision = supervise(plan, first)
  let stopped: Promise<void> | undefined
  return {
    connection: connectionTo(first.socketDir, databaseName),
    description: `postgres:///${databaseName}?host=${first.socketDir} (embedded PostgreSQL ${runtime.major}, data in ${plan.placement.data})`,
    folder: plan.placement.data,
    adopted: first.adopted,
    stop() {
      stopped ??= supervision.stop()
      return stopped
    },
  }
}

/** Holds the lease, and takes it anew (starting the server if need be) whenever it is lost. */
function supervise(plan: ServerPlan, first: LeasedServer): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let current: LeasedServer | undefined
  let recovery: Promise<void> | undefined

  function hold(server: LeasedServer): void {
    current = server
    server.lease.once('end', () => {
      current = undefined
      if (!stopping.signal.aborted) recovery = recover()
    })
  }

  async function recover(): Promise<void> {
    plan.log.warn({ data: plan.placement.data }, 'lost the embedded PostgreSQL; starting it again')
    for (let waitMs = firstRetryMs; !stopping.signal.aborted; waitMs *= 2) {
      try {
        return hold(await leaseServer(plan))
      } catch (error) {
        plan.log.warn({ err: error }, 'could not start the embedded PostgreSQL again')
      }
      await delay(Math.min(waitMs, longestRetryMs), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      )
    }
  }

  async function leaseAgain(): Promise<void> {
    try {
      hold(await leaseServer(plan))
    } catch (error) {
      plan.log.warn(
        { err: error },
        'the embedded PostgreSQL may still run; the next start finds it',
      )
    }
  }

  hold(first)
  return {
    async stop() {
      stopping.abort()
      await recovery
      // Cut off between starting the server again and taking its lease: it must not be left running.
      if (current === undefined) await leaseAgain()
      if (current !== undefined) await giveUp(plan, current)
    },
  }
}

async function giveUp(plan: ServerPlan, server: LeasedServer): Promise<void> {
  const { data } = plan.placement
  try {
    if (!(await releaseLease(server.lease))) {
      plan.log.info({ data }, 'another program uses PostgreSQL; it runs on')
      return
    }
    // Not seen from here: it runs in another container, on the same data.
    if (!(await stopServer(data))) plan.log.warn({ data }, 'PostgreSQL is not ours to stop')
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    // The server dies in this moment, as a rule; what is left of it, the next start settles.
    plan.log.warn({ err: error, data }, 'the lease on PostgreSQL could not be given up')
  } finally {
    await server.lease.end().catch(() => undefined)
  }
}
