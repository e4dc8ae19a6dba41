import pg from 'pg'
import { sessionsCpuMs } from './processors.ts'
import { three } from './sagas.ts'
import { seed } from './samples.ts'
import { freshDatabase, median, print, type Server } from './server.ts'
import { WorkerProcess } from './worker.ts'

const backlog = 6_000
const rounds = 3
const counts = [1, 2, 4]

interface Drained {
  readonly perSecond: number
  /** Processor time a saga, in ms. */
  readonly workers: number
  readonly sessions: number
}

/** How much faster a backlog is worked off by more processes, and what that costs. */
export async function measureWorkers(server: Server): Promise<void> {
  const figures = new Map<number, Drained[]>(counts.map((count) => [count, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const count of counts) figures.get(count)?.push(await drain(server, count))
  }
  const of = (count: number, figure: (drained: Drained) => number) =>
    median((figures.get(count) ?? []).map(figure))
  const base = of(1, ({ perSecond }) => perSecond)
  for (const count of counts) {
    const perSecond = of(count, (drained) => drained.perSecond)
    print(
      `${count} worker ${count === 1 ? 'process' : 'processes'}: ${perSecond.toFixed(0)} sagas/s, ` +
        `${(perSecond / base).toFixed(2)} times one; processor time a saga: ` +
        `${of(count, ({ workers }) => workers).toFixed(2)} ms of the workers` +
        (server.local
          ? `, ${of(count, ({ sessions }) => sessions).toFixed(2)} ms of PostgreSQL's sessions`
          : ''),
    )
  }
  print(
    `A backlog of ${backlog} sagas of three no-op steps, concurrency 50 each, medians of ${rounds} ` +
      'rounds in turn; no run was claimed twice. Left out: the starts, the network, what steps do. ' +
      'Workers and PostgreSQL share the processors of one machine: where those are used up, more ' +
      'workers bring nothing, and the processor time a saga says what they cost each other.',
  )
}

async function drain(server: Server, count: number): Promise<Drained> {
  const database = await freshDatabase(server)
  const client = new pg.Client(database.config)
  try {
    await seed(database.config, [{ saga: three, count: backlog, overMs: 60_000, untouched: true }])
    await client.connect()
    const done = Promise.withResolvers<void>()
    const workers: WorkerProcess[] = []
    const onCount = () => {
      if (workers.reduce((sum, { count: { ended } }) => sum + ended, 0) >= backlog) done.resolve()
    }
    for (let n = 0; n < count; n += 1) {
      workers.push(await WorkerProcess.spawn({ config: database.config }, onCount))
    }
    const cpuOfWorkers = async () => {
      const all = await Promise.all(workers.map((worker) => worker.measure()))
      return all.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
    }
    const before = await cpuOfWorkers()
    const from = performance.now()
    for (const worker of workers) worker.tell('start')
    await done.promise
    const ms = performance.now() - from
    const sessions = server.local ? await sessionsCpuMs(client) : Number.NaN
    const cpu = (await cpuOfWorkers()) - before
    await Promise.all(workers.map((worker) => worker.stop()))
    await eachClaimedOnce(client)
    return {
      perSecond: (backlog * 1_000) / ms,
      workers: cpu / backlog,
      sessions: sessions / backlog,
    }
  } finally {
    await client.end()
    await database.drop()
  }
}

/** @throws when a run was claimed twice */
export async function eachClaimedOnce(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from saga.saga_runs where epoch > 1',
  )
  const again = rows[0]?.n
  if (again !== 0) throw new Error(`${again} runs were claimed more than once`)
}
