import { link, readFile, rename, unlink } from 'node:fs/promises'
import { errorCode } from './errors.ts'
import { findProcess, type ProcessView } from './process-view.ts'

/**
 * What a PostgreSQL lock file says (`postmaster.pid` in the data folder, `.s.PGSQL.<port>.lock`
 * beside the socket). Lines, by PostgreSQL's `miscadmin.h`: pid, data folder, start time, port,
 * socket folder.
 */
export type PostmasterLock = Readonly<{
  text: string
  pid: number
  socketDir: string | undefined
}>

/** The lock at this path; `unreadable` while its writer has not finished (or never did). */
export async function readLock(path: string): Promise<PostmasterLock | 'unreadable' | undefined> {
  try {
    return parseLock(await readFile(path, 'utf8')) ?? 'unreadable'
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Parses the text of a lock file; undefined when it holds no process id. */
export function parseLock(text: string): PostmasterLock | undefined {
  const lines = text.split('\n')
  const pid = Number(lines[0]?.trim())
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  return { text, pid, socketDir: lines[4]?.trim() || undefined }
}

/** The server that a lock speaks of, or undefined when the lock is stale. */
export async function findPostmaster(
  lock: PostmasterLock,
  data: string,
): Promise<ProcessView | undefined> {
  const found = await findProcess(lock.pid)
  return found !== undefined && isPostmasterOf(found, data) ? found : undefined
}

/**
 * Whether a process is the server of this data folder, and not a stranger (or the server of another
 * folder, or a session of one) that was given the process id of a dead server.
 */
export function isPostmasterOf(view: ProcessView, data: string): boolean {
  const session = view.command[0]?.startsWith('postgres:') === true
  if (session || !view.program.startsWith('postgres')) return false
  return view.folder === data || `${view.command.join(' ')} `.includes(` -D ${data} `)
}

/**
 * Removes a stale lock, and only that one: between our judging and our removing, another program
 * may have removed it too and started a server, whose own lock we must put back.
 */
export async function removeStaleLock(path: string, staleText: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== staleText) {
    await link(aside, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  }
  await unlink(aside)
}
