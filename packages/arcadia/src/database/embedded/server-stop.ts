import { join } from 'node:path'
import { deadlineIn } from './deadline.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { findPostmaster, readLock } from './postmaster-lock.ts'

/** Milliseconds given to each way of stopping. */
type StopTimeouts = Readonly<{ fastMs: number; immediateMs: number }>

const stopTimeouts: StopTimeouts = { fastMs: 30_000, immediateMs: 10_000 }

/**
 * Stops the server of a data folder and waits for its end: SIGINT is PostgreSQL's fast shutdown
 * (sessions end, data is flushed); SIGQUIT its immediate one (recovery at the next start).
 * @returns whether there was a server that we can see and stop
 * @throws EmbeddedPostgresError `stop_failed`
 */
export async function stopServer(
  data: string,
  { fastMs, immediateMs }: StopTimeouts = stopTimeouts,
): Promise<boolean> {
  const lock = await readLock(join(data, 'postmaster.pid'))
  if (lock === undefined || lock === 'unreadable') return false
  const isRunning = async () => (await findPostmaster(lock, data)) !== undefined
  if (!(await isRunning())) return false
  for (const [signal, ms] of [['SIGINT', fastMs] as const, ['SIGQUIT', immediateMs] as const]) {
    signalProcess(lock.pid, signal)
    const deadline = deadlineIn(ms)
    while (!deadline.hasPassed()) {
      if (!(await isRunning())) return true
      await deadline.pause()
    }
  }
  throw new EmbeddedPostgresError(
    'stop_failed',
    `PostgreSQL (process ${lock.pid}) on ${data} does not stop. End it with: kill -QUIT ${lock.pid}`,
  )
}

function signalProcess(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // ESRCH: it ended of itself since we looked, which the caller is about to see.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
