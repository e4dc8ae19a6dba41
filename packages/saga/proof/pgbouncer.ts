import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { chooseServerUser } from '../../arcadia/src/database/embedded/server-user.ts'

type Connection = Pick<pg.ClientConfig, 'host' | 'port' | 'user' | 'database' | 'ssl'>

/** A PgBouncer in transaction mode before a server, and how to be rid of it. */
export type PgBouncer = Readonly<{
  /** Of the same database, through it. */
  connection: Connection
  stop(): Promise<void>
}>

const port = 6432

/**
 * Starts a PgBouncer in transaction mode.
 * @param program its path
 * @param serverConnections how many connections to the server its clients share
 */
export async function startPgBouncer(
  program: string,
  to: Connection,
  serverConnections: number,
): Promise<PgBouncer> {
  const user = await chooseServerUser(undefined)
  const folder = await mkdtemp(join(tmpdir(), 'saga-pgbouncer-'))
  const config = join(folder, 'pgbouncer.ini')
  const logFile = join(folder, 'pgbouncer.log')
  await writeFile(
    config,
    `[databases]
* = host=${to.host} port=${to.port} user=${to.user}
[pgbouncer]
listen_addr =
listen_port = ${port}
unix_socket_dir = ${folder}
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
server_round_robin = 1
logfile = ${logFile}
`,
  )
  if (user.switched) for (const file of [folder, config]) await chown(file, user.uid, user.gid)
  await chmod(folder, 0o711)
  const child = spawn(program, [config], {
    stdio: 'ignore',
    ...(user.switched ? { uid: user.uid, gid: user.gid } : {}),
  })
  const ended = once(child, 'exit')
  const connection = { ...to, host: folder, port }
  while (!(await answers(connection))) {
    if (child.exitCode !== null) {
      throw new Error(`PgBouncer did not start:\n${await readFile(logFile, 'utf8')}`)
    }
    await delay(20)
  }
  return {
    connection,
    async stop() {
      child.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(connection: Connection): Promise<boolean> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
