import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import type { EmbeddedConnection } from '../../packages/arcadia/src/database/embedded/index.ts'
import {
  chooseServerUser,
  type ServerUser,
} from '../../packages/arcadia/src/database/embedded/server-user.ts'

export type OwnServerOptions = Readonly<{
  /** Folder of `initdb` and `postgres`. */
  bin: string
  /** Holds the socket and the log; its user has to be able to pass through to it. */
  folder: string
  /** Where the data goes. Default: in `folder`. It must not be there yet. */
  data?: string
  /** Where its write-ahead log goes. Default: in the data. */
  wal?: string
  initdb?: readonly string[]
  settings?: Readonly<Record<string, string>>
}>

/** A PostgreSQL that a test has for itself: to be filled up, killed and started again. */
export type OwnServer = Readonly<{
  connection: EmbeddedConnection
  user: ServerUser
  /** Starts it again when it has ended; resolves when it answers. */
  start(): Promise<void>
  isRunning(): boolean
  /** All that it has said. */
  log(): Promise<string>
  stop(): Promise<void>
}>

const run = promisify(execFile)
/** Of the environment only what a program needs, and messages in English. */
const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
const port = 5432

/** Nothing of a test needs to survive a power cut. */
const careless = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }

/** Makes a database cluster and starts a server on it, as an unprivileged user where we are root. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const { bin, folder, data = join(folder, 'data'), wal, initdb = [], settings = {} } = options
  const user = await chooseServerUser(undefined)
  const as = user.switched ? { uid: user.uid, gid: user.gid } : {}
  const socketDir = join(folder, 'run')
  for (const made of [socketDir, data, ...(wal === undefined ? [] : [wal])]) {
    await makeFolderFor(user, made)
  }
  const flags = ['-A', 'trust', '-E', 'UTF8', '-U', 'arcadia', '--locale=C', '--no-sync']
  if (wal !== undefined) flags.push(`--waldir=${wal}`)
  await run(join(bin, 'initdb'), ['-D', data, ...flags, ...initdb], { cwd: folder, env, ...as })
  const logFile = join(folder, 'server.log')
  const args = Object.entries({
    ...careless,
    ...settings,
    listen_addresses: '',
    unix_socket_directories: socketDir,
    port: String(port),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const connection = {
    host: socketDir,
    port,
    user: 'arcadia',
    database: 'postgres',
    ssl: false,
  } as const
  let server: ReturnType<typeof spawnServer> | undefined
  const isRunning = () => server?.child.exitCode === null && server.child.signalCode === null

  function spawnServer(output: number) {
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', output, output],
      // Ctrl-C is for the tests, which end it in their own time.
      detached: true,
      ...as,
    })
    return { child, ended: once(child, 'exit') }
  }

  async function start(): Promise<void> {
    if (isRunning()) return
    const output = await open(logFile, 'a')
    server = spawnServer(output.fd)
    await output.close()
    while (!(await answers(connection))) {
      if (!isRunning()) throw new Error(`PostgreSQL did not start:\n${await log()}`)
      await delay(20)
    }
  }

  function log(): Promise<string> {
    return readFile(logFile, 'utf8')
  }

  await start()
  return {
    connection,
    user,
    start,
    isRunning,
    log,
    async stop() {
      if (server === undefined || !isRunning()) return
      server.child.kill('SIGQUIT')
      await server.ended
    },
  }
}

async function makeFolderFor(user: ServerUser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (user.switched) await chown(folder, user.uid, user.gid)
  await chmod(folder, 0o700)
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
