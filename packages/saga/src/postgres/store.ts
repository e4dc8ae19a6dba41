import type { Pool, PoolClient } from 'pg'
import { type Log, silentLog } from '../core/log.ts'
import type { Queryable } from '../core/step.ts'
import { systemClock } from '../engine/clock.ts'
import type { Store } from '../engine/store.ts'
import { isTransient } from './errors.ts'
import { checkListenUrl, listenForHints } from './listen.ts'
import { preparedNames } from './prepared-names.ts'
import { abandonRun } from './queries/abandon-run.ts'
import { acquireLocks } from './queries/acquire-locks.ts'
import { runClaimer } from './queries/claim-runs.ts'
import { runCommitter } from './queries/commit-runs.ts'
import { insertRun } from './queries/insert-run.ts'
import { insertSignal } from './queries/insert-signal.ts'
import { listEvents } from './queries/list-events.ts'
import { listLockHolders, listLockReleases } from './queries/list-locks.ts'
import { listRuns } from './queries/list-runs.ts'
import { listSettled } from './queries/list-settled.ts'
import { listSignals } from './queries/list-signals.ts'
import { listStranded } from './queries/list-stranded.ts'
import { pruneLeftovers, pruneRuns } from './queries/prune-runs.ts'
import { readQueue } from './queries/read-queue.ts'
import { readRun } from './queries/read-run.ts'
import { readWrite } from './queries/read-write.ts'
import {
  listDueSchedules,
  listSchedules,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  tickSchedule,
  upsertSchedule,
} from './queries/schedules.ts'
import { endLease, listHeldRuns, renewLease } from './queries/workers.ts'
import { nowParameter, nowSql, type Session } from './sql.ts'
import { inTransaction, turnstile } from './transaction.ts'

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** Shared with the host; the store never ends it. */
  readonly pool: Pool
  /**
   * `postgres://…` of the pool's database, for LISTEN on a connection of its own: give a direct one
   * where the pool goes through a pooler in transaction mode, which cannot LISTEN. Default: over a
   * connection of the pool. Either way it is tried, and the log says when hints do not arrive.
   */
  readonly listenUrl?: string
  /** Where it says that hints do not arrive, so that work is found by polling alone. */
  readonly log?: Log
  /**
   * How long one of the engine's own statements may go without an answer, in milliseconds, before
   * its connection is given up and it is asked again. Default 30 s. A step's SQL has its `timeout`.
   */
  readonly answerMs?: number
  /** Overrides the database's clock, for tests. Epoch milliseconds. */
  readonly now?: () => number
  /**
   * Whether statements may be prepared by name on the pool's connections. Default true. False for
   * poolers in transaction mode, where the next statement may come to another connection; one that
   * is lost there is asked again without a name, the log says so, and no more are prepared.
   */
  readonly prepare?: boolean
}

/**
 * The engine's store on PostgreSQL 15 or newer. Run {@link migrateSaga} first.
 * @throws `DefinitionError` when `listenUrl` is not one
 */
export function postgresStore({
  pool,
  listenUrl,
  log = silentLog,
  answerMs = 30_000,
  now,
  prepare = true,
}: PostgresStoreOptions): Store {
  if (listenUrl !== undefined) checkListenUrl(listenUrl)
  const commitRuns = runCommitter()
  const claimRuns = runClaimer()
  const names = preparedNames({ prepare, log })
  const session: Session = {
    now,
    async query(text, values = [], name) {
      try {
        return await pool.query(queryOf(text, values, names.of(name), answerMs))
      } catch (error) {
        if (name === undefined || !names.areLost(error)) throw error
        return pool.query(queryOf(text, values, undefined, answerMs))
      }
    },
  }
  const inside = (client: Pick<PoolClient, 'query'>): Session => ({
    now,
    async query(text, values = [], name) {
      try {
        return await client.query(queryOf(text, values, names.of(name), answerMs))
      } catch (error) {
        // The transaction is over with it: whoever tries again does so without names.
        names.areLost(error)
        throw error
      }
    },
  })
  const made = { pool, answerMs }
  // Half of the pool stays free: heartbeats and commits must not wait for somebody's long SQL.
  const transactions = turnstile(Math.max(1, Math.floor(pool.options.max / 2)))
  return {
    insertRun: ({ run, tx }) =>
      insertRun(tx === undefined ? session : joined(tx, now), { run, notify: tx === undefined }),
    readRun: (params) => readRun(session, params),
    listSettled: (params) => listSettled(session, params),
    listRuns: (params) => listRuns(session, params),
    listEvents: (params) => listEvents(session, params),
    commitRuns: (params) => commitRuns(session, params),
    claimRuns: (params) =>
      claimRuns(session, params, (work) =>
        inTransaction(made, async (client) => ({
          keep: true,
          result: await work(inside(client)),
        })),
      ),
    transactRun: ({ work, signal, short = false }) =>
      (short ? atOnce : transactions)(() =>
        inTransaction(
          made,
          async (client) => {
            const commit = await work(client)
            signal.throwIfAborted()
            const [result = 'fenced'] = await commitRuns(inside(client), { commits: [commit] })
            return { keep: result === 'committed', result }
          },
          signal,
        ),
      ),
    readWrite: (params) => readWrite(session, params),
    abandonRun: (params) => abandonRun(session, params),
    acquireLocks: (params) =>
      inTransaction(made, async (client) => ({
        keep: true,
        result: await acquireLocks(inside(client), params),
      })),
    listLockHolders: (params) => listLockHolders(session, params),
    listLockReleases: (params) => listLockReleases(session, params),
    insertSignal: ({ tx, ...params }) =>
      insertSignal(tx === undefined ? session : joined(tx, now), params),
    listSignals: (params) => listSignals(session, params),
    readQueue: (params) => readQueue(session, params),
    listHeldRuns: (params) => listHeldRuns(session, params),
    renewLease: (params) => renewLease(session, params),
    endLease: (params) => endLease(session, params),
    listStranded: () => listStranded(session),
    upsertSchedule: (params) => upsertSchedule(session, params),
    listSchedules: (params) => listSchedules(session, params),
    listDueSchedules: (params) => listDueSchedules(session, params),
    tickSchedule: (params) => tickSchedule(session, params),
    pauseSchedule: (params) => pauseSchedule(session, params),
    resumeSchedule: (params) => resumeSchedule(session, params),
    removeSchedule: (params) => removeSchedule(session, params),
    pruneRuns: ({ signal, ...batch }) =>
      inTransaction(
        made,
        async (client) => ({ keep: true, result: await pruneRuns(inside(client), batch) }),
        signal,
      ),
    pruneLeftovers: (params) => pruneLeftovers(session, params),
    isTransient,
    async readNow() {
      const { rows } = await session.query<{ now: Date }>(`select ${nowSql('$1')} as now`, [
        nowParameter(session),
      ])
      return rows[0]?.now.getTime() ?? Number.NaN
    },
    async notify() {
      await session.query(`select pg_notify('saga_wake', '')`)
    },
    listen: (callback) => listenForHints({ pool, listenUrl, log, clock: systemClock }, callback),
  }
}

/** As the driver takes it; with a name it is prepared once on each connection. */
/** `query_timeout` is the driver's own: it gives up the connection with the statement. */
function queryOf(
  text: string,
  values: readonly unknown[],
  name: string | undefined,
  answerMs: number,
) {
  const query = { text, values: [...values], query_timeout: answerMs }
  return name === undefined ? query : { ...query, name }
}

/** Waits for nobody. */
function atOnce<T>(work: () => Promise<T>): Promise<T> {
  return work()
}

/** The caller's transaction; its rows come back as the driver gives them. */
function joined(tx: Queryable, now: (() => number) | undefined): Session {
  return {
    now,
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const { rows, rowCount } = await tx.query(text, [...values])
      // The statement's own column list is what makes these rows of that shape.
      return { rows: rows as Row[], rowCount }
    },
  }
}
