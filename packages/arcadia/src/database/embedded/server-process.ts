import { spawn } from 'node:child_process'
import { constants, type FileHandle, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './errors.ts'
import type { Placement } from './placement.ts'
import type { Runtime } from './runtime.ts'
import { explainSpawnError, serverEnvironment } from './server-environment.ts'
import { serverPort } from './socket-folder.ts'

/** Names and values of PostgreSQL settings, as in `postgresql.conf`. */
export type ServerSettings = Readonly<Record<string, string>>

/** A server process that we spawned. */
export type SpawnedServer = Readonly<{
  /** Undefined when it could not even be spawned; then `ended` rejects. */
  pid: number | undefined
  /** Resolves when it has ended, with the last of what it wrote. */
  ended: Promise<string>
  hasEnded(): boolean
}>

const fixedSettings: ServerSettings = {
  listen_addresses: '',
  port: String(serverPort),
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A failed statement's text stays out of the log: it may hold what an operator typed.
  log_min_error_statement: 'panic',
}

const logLimitBytes = 8 * 1024 * 1024
const tailBytes = 4096

/**
 * Spawns the server in a session of its own: Ctrl-C in a terminal signals the whole process group,
 * and the database must outlive the workers that drain into it.
 */
export async function spawnServer(
  placement: Placement,
  runtime: Runtime,
  socketDir: string,
  settings: ServerSettings,
): Promise<SpawnedServer> {
  const program = join(runtime.folder, 'bin/postgres')
  const log = await openLog(placement)
  const { size } = await log.stat()
  // A list of folders, in which quotes keep a comma in the path from parting it.
  const unix_socket_directories = `"${socketDir.replaceAll('"', '""')}"`
  const all = { ...fixedSettings, ...settings, unix_socket_directories }
  const child = spawn(
    program,
    ['-D', placement.data, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    {
      cwd: placement.data,
      detached: true,
      env: serverEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
      ...(placement.user.switched ? { uid: placement.user.uid, gid: placement.user.gid } : {}),
    },
  )
  child.unref()
  let hasEnded = false
  const ended = new Promise<void>((done, fail) => {
    child.once('error', (error) => fail(explainSpawnError(error, program)))
    child.once('exit', () => done())
  }).finally(() => {
    hasEnded = true
  })
  // Whoever waits for the end gets the failure; nobody needs to be waiting when it comes.
  const withTail = ended.then(() => readTail(placement.logFile, size))
  withTail.catch(() => undefined)
  await log.close()
  return { pid: child.pid, ended: withTail, hasEnded: () => hasEnded }
}

/** Opened by us and inherited by the server; one earlier log is kept when it has grown large. */
async function openLog({ logFile, user }: Placement): Promise<FileHandle> {
  const size = await sizeOf(logFile)
  if (size !== undefined && size > logLimitBytes) await rename(logFile, `${logFile}.1`)
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants
  const log = await open(logFile, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600)
  // A log that root makes in a user's own data directory must not lock that user out later.
  if (size === undefined && user.switched) await log.chown(user.uid, user.gid)
  return log
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The end of the log, from `since` on, for an error's message. */
export async function readTail(path: string, since = 0): Promise<string> {
  const log = await open(path, 'r')
  try {
    const { size } = await log.stat()
    const from = Math.max(since <= size ? since : 0, size - tailBytes)
    const { bytesRead, buffer } = await log.read(Buffer.alloc(tailBytes), 0, tailBytes, from)
    return buffer.subarray(0, bytesRead).toString('utf8').trim()
  } finally {
    await log.close()
  }
}
