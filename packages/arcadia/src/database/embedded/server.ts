import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { checkVersion, ensureCluster } from './cluster.ts'
import { type Deadline, deadlineIn } from './deadline.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { EmbeddedPostgresLog } from './log.ts'
import type { Placement } from './placement.ts'
import {
  findPostmaster,
  type PostmasterLock,
  readLock,
  removeStaleLock,
} from './postmaster-lock.ts'
import { exists } from './reach.ts'
import { prepareRuntime, type Runtime } from './runtime.ts'
import { readTail, type ServerSettings, spawnServer } from './server-process.ts'
import { openLease } from './session.ts'
import { makeSocketFolder, serverPort } from './socket-folder.ts'

export type ServerPlan = Readonly<{
  placement: Placement
  runtime: Runtime
  settings: ServerSettings
  /** How long a server may take to answer, recovery after a crash included. */
  startTimeoutMs: number
  log: EmbeddedPostgresLog
}>

/** A server that answers, and our lease on it. */
export type LeasedServer = Readonly<{ socketDir: string; adopted: boolean; lease: pg.Client }>

/**
 * Adopts the server that runs on the data folder, or starts one. Several programs may do so at
 * once: PostgreSQL's own lock file picks the one that starts it, and the others adopt that one.
 * @throws EmbeddedPostgresError
 */
export async function leaseServer(plan: ServerPlan): Promise<LeasedServer> {
  const deadline = deadlineIn(plan.startTimeoutMs)
  const { data } = plan.placement
  if (await exists(join(data, 'PG_VERSION'))) await checkVersion(data, plan.runtime.major)
  for (;;) {
    const server = (await adoptServer(plan, deadline)) ?? (await startServer(plan, deadline))
    if (server !== undefined) return server
    await deadline.pause()
  }
}

/** Adopts a running server; undefined when there is none (any more), its stale lock removed. */
async function adoptServer(
  plan: ServerPlan,
  deadline: Deadline,
): Promise<LeasedServer | undefined> {
  const { data, run } = plan.placement
  const path = join(data, 'postmaster.pid')
  for (;;) {
    const lock = await readSettledLock(path)
    if (lock === undefined) return undefined
    const socketDir = lock.socketDir ?? run
    const lease = await openLease(socketDir, data)
    if (lease !== undefined) {
      plan.log.info({ pid: lock.pid, data }, 'adopted the running PostgreSQL')
      return { socketDir, adopted: true, lease }
    }
    if ((await findPostmaster(lock, data)) === undefined) {
      plan.log.warn({ pid: lock.pid, data }, 'removed the lock of a PostgreSQL that is no more')
      await removeStaleLock(path, lock.text)
      return undefined
    }
    if (deadline.hasPassed()) throw await timedOut(plan, lock.pid)
    await deadline.pause()
  }
}

/** Starts a server; undefined when another program was first and its server is not up yet. */
async function startServer(
  plan: ServerPlan,
  deadline: Deadline,
): Promise<LeasedServer | undefined> {
  const { placement, settings, log } = plan
  const runtime = await prepareRuntime(plan.runtime, placement.user, placement.copies)
  await ensureCluster(placement, runtime, settings['fsync'] !== 'off')
  const socketDir = await makeSocketFolder(placement)
  await removeStaleSocketLock(socketDir, placement.data)
  const server = await spawnServer(placement, runtime, socketDir, settings)
  for (;;) {
    const lease = await openLease(socketDir, placement.data)
    if (lease !== undefined) {
      // The lock, and not our process's life, says whose server answered: we may have come second.
      const lock = await readLock(join(placement.data, 'postmaster.pid'))
      const adopted = lock === undefined || lock === 'unreadable' || lock.pid !== server.pid
      log.info({ pid: server.pid, data: placement.data, adopted }, 'PostgreSQL is up')
      return { socketDir, adopted, lease }
    }
    if (server.hasEnded()) return retryIfLocked(await server.ended, plan, deadline)
    if (deadline.hasPassed()) throw await timedOut(plan, server.pid)
    await deadline.pause()
  }
}

/**
 * A lock that can be read. An empty one is being written; or its writer died in between, and
 * PostgreSQL then refuses to start until it is removed.
 */
async function readSettledLock(path: string): Promise<PostmasterLock | undefined> {
  const deadline = deadlineIn(1_000)
  for (;;) {
    const lock = await readLock(path)
    if (lock !== 'unreadable') return lock
    if (deadline.hasPassed()) return void (await rm(path, { force: true }))
    await deadline.pause()
  }
}

/** The socket has a lock of its own, which keeps a server from starting just as well. */
async function removeStaleSocketLock(socketDir: string, data: string): Promise<void> {
  const path = join(socketDir, `.s.PGSQL.${serverPort}.lock`)
  const lock = await readSettledLock(path)
  if (lock === undefined || (await findPostmaster(lock, data)) !== undefined) return
  await removeStaleLock(path, lock.text)
}

/**
 * Sorts the end of a server that did not come up: a lock held by another program's server, or
 * memory still held by sessions of a killed one, passes; anything else does not.
 */
function retryIfLocked(tail: string, plan: ServerPlan, deadline: Deadline): undefined {
  const isPassing = /lock file|pre-existing shared memory block/.test(tail)
  if (isPassing && !deadline.hasPassed()) return undefined
  const { data, logFile } = plan.placement
  throw new EmbeddedPostgresError(
    'start_failed',
    `PostgreSQL did not start on ${data}. The end of its log ${logFile}:\n${tail}`,
  )
}

/** The server is left to itself: ended in the middle of its recovery, it would only begin again. */
async function timedOut(plan: ServerPlan, pid: number | undefined): Promise<EmbeddedPostgresError> {
  const { data, logFile } = plan.placement
  const tail = await readTail(logFile).catch(() => '(no log)')
  return new EmbeddedPostgresError(
    'start_timed_out',
    `PostgreSQL (process ${pid}) on ${data} did not answer within ${plan.startTimeoutMs} ms. It may be recovering from a crash: start again to go on waiting. The end of its log ${logFile}:\n${tail}`,
  )
}
