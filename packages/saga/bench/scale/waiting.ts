import pg from 'pg'
import { sessionsCpuMs } from './processors.ts'
import { waiting } from './sagas.ts'
import { seed } from './samples.ts'
import { type Database, freshDatabase, print, type Server } from './server.ts'
import { WorkerProcess } from './worker.ts'

const runs = 100_000
const seconds = Number(process.env['SCALE_SECONDS'] ?? 30)
const hour = 3_600_000

/** What runs that wait cost a worker: one beside a hundred thousand, one beside none, at once. */
export async function measureWaiting(server: Server): Promise<void> {
  const databases = [await freshDatabase(server), await freshDatabase(server)] as const
  try {
    const [full, empty] = databases
    const share = Math.ceil(runs / waiting.length)
    await seed(
      full.config,
      waiting.map((saga) => ({ saga, count: share, overMs: hour })),
    )
    await seed(empty.config, [])
    print(
      `${share * waiting.length} runs that wait (${waiting.map(({ kind }) => kind).join(', ')}), ` +
        `a worker beside them and one beside none, at the same time, ${seconds} s`,
    )
    const [beside, alone] = await Promise.all([watch(server, full), watch(server, empty)])
    const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
    print(
      `memory of the process, after a collection: ${mib(beside.rss)} against ${mib(alone.rss)}: ` +
        `${mib(beside.rss - alone.rss)} more; of its heap ${mib(beside.heap - alone.heap)} more`,
    )
    const percent = (part: number) => `${(part * 100).toFixed(2)} %`
    print(
      `of a core, the worker: ${percent(beside.cpu)} against ${percent(alone.cpu)}: ` +
        `${percent(beside.cpu - alone.cpu)} more`,
    )
    if (server.local) {
      print(
        `of a core, the sessions of PostgreSQL that serve it: ${percent(beside.sessions)} ` +
          `against ${percent(alone.sessions)}: ${percent(beside.sessions - alone.sessions)} more`,
      )
    }
    print(
      'Left out: what it costs when one of them wakes, retention (there is none), metrics (nobody ' +
        'collects), and the time that the database needs for vacuum and checkpoints.',
    )
  } finally {
    await Promise.all(databases.map((database) => database.drop()))
  }
}

interface Cost {
  /** Bytes. */
  readonly rss: number
  readonly heap: number
  /** Parts of one core. */
  readonly cpu: number
  readonly sessions: number
}

async function watch(server: Server, { config }: Database): Promise<Cost> {
  const worker = await WorkerProcess.spawn({ config })
  const admin = new pg.Client(config)
  await admin.connect()
  const cpuOfSessions = async () => (server.local ? sessionsCpuMs(admin) : 0)
  worker.tell('start')
  // Its first claims, and what Node.js compiles for them, are not what waiting costs.
  await pause(10_000)
  const before = { ...(await worker.measure()), sessions: await cpuOfSessions() }
  const from = performance.now()
  await pause(seconds * 1_000)
  const after = { ...(await worker.measure()), sessions: await cpuOfSessions() }
  const ms = performance.now() - from
  await worker.stop()
  await admin.end()
  return {
    rss: after.rss,
    heap: after.heapUsed,
    cpu: (after.cpuMs - before.cpuMs) / ms,
    sessions: (after.sessions - before.sessions) / ms,
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
