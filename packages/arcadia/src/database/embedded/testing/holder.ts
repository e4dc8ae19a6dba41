import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { z } from 'zod'
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '../index.ts'

/** For a server on `<folder>/data`. Nothing in a test needs to survive a power cut. */
export function optionsFor(folder: string): EmbeddedPostgresOptions {
  return {
    dataDir: join(folder, 'data'),
    systemRoot: join(folder, 'system'),
    log: { info() {}, warn() {} },
    settings: { fsync: 'off', shared_buffers: '16MB' },
  }
}

const report = z.object({ adopted: z.boolean(), host: z.string(), answers: z.boolean() })

/** Another program that uses the embedded PostgreSQL on `<folder>/data`: this file, run by Node. */
export type Holder = Readonly<{
  child: ChildProcess
  pid: number
  /** What it says next: once when it is up, and once for each SIGINT it gets. */
  nextReport(): Promise<z.infer<typeof report>>
  /** Makes it give the server up and end. */
  stop(): Promise<void>
  kill(): Promise<void>
}>

/**
 * Starts such a program, in a process group of its own.
 * @param account whom to run it as, when we are root
 */
export function startHolder(
  folder: string,
  account?: Readonly<{ uid: number; gid: number }>,
): Holder {
  const child = spawn(
    process.execPath,
    ['--conditions=@arcadia-cloud/source', import.meta.filename, folder],
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...account },
  )
  const { pid } = child
  if (pid === undefined) throw new Error('the holder could not be spawned')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const hasEnded = once(child, 'exit')
  return {
    child,
    pid,
    async nextReport() {
      const { value } = await lines.next()
      return report.parse(JSON.parse(z.string().parse(value)))
    },
    async stop() {
      child.stdin.end()
      await hasEnded
    },
    async kill() {
      child.kill('SIGKILL')
      await hasEnded
    },
  }
}

async function hold(folder: string): Promise<void> {
  const server = await startEmbeddedPostgres(optionsFor(folder))
  const say = async () => {
    const answers = await isAnswering(server.connection)
    const { adopted, connection } = server
    process.stdout.write(`${JSON.stringify({ adopted, host: connection.host, answers })}\n`)
  }
  process.on('SIGINT', say)
  await say()
  for await (const _ of process.stdin);
  await server.stop()
}

async function isAnswering(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

if (import.meta.main) await hold(z.string().parse(process.argv[2]))
