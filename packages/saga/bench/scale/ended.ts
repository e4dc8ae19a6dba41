import pg from 'pg'
import { createEngine } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres/index.ts'
import { type Counted, countedSince, readCounters, sessionsEnded } from './counters.ts'
import { three } from './sagas.ts'
import { seed } from './samples.ts'
import { freshDatabase, median, print, type Server } from './server.ts'

const counts = (process.env['SCALE_ENDED'] ?? '1000,100000,1000000').split(',').map(Number)
const sagas = 500
const rounds = 3
const concurrency = 50
const sessions = 4
const month = 30 * 86_400_000

/** What a saga of three steps touches and writes, among so many runs that have ended. */
export async function measureEnded(server: Server): Promise<void> {
  const figures: Counted[] = []
  for (const count of counts) {
    const database = await freshDatabase(server)
    try {
      const from = performance.now()
      await seed(database.config, [{ saga: three, count, overMs: month }])
      const seconds = (performance.now() - from) / 1_000
      await keepVacuumOut(database.config)
      const all: Counted[] = []
      for (let round = 0; round < rounds; round += 1) all.push(await measure(database.config))
      const figure = medianOf(all)
      figures.push(figure)
      report(count, figure, seconds)
    } finally {
      await database.drop()
    }
  }
  compare(figures)
}

/** What it touches would count as the sagas'. */
async function keepVacuumOut(config: pg.PoolConfig): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  for (const table of ['runs', 'step_results', 'history', 'signals', 'locks', 'workers']) {
    await client.query(`alter table saga.saga_${table} set (autovacuum_enabled = off)`)
  }
  await client.end()
}

async function measure(config: pg.PoolConfig): Promise<Counted> {
  const pool = new pg.Pool({ ...config, max: sessions })
  let missing = 0
  let ended = Promise.withResolvers<void>()
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type !== 'run_completed') return
    missing -= 1
    if (missing === 0) ended.resolve()
  }
  const engine = createEngine({
    store: postgresStore({ pool }),
    sagas: [three],
    hooks: { onEvent },
  })
  const run = async (count: number) => {
    missing = count
    ended = Promise.withResolvers()
    for (let n = 0; n < count; n += concurrency) {
      await Promise.all(Array.from({ length: concurrency }, () => engine.start(three, {})))
    }
    const worker = engine.createWorker({ concurrency })
    worker.start()
    await ended.promise
    await worker.stop()
  }
  // The sessions learn the catalogue, and the plans are made.
  await run(4 * concurrency)
  const client = new pg.Client(config)
  await client.connect()
  try {
    await client.query('create extension if not exists pg_walinspect')
    await tellCounts(pool)
    // Each page's first image follows it, and counts apart.
    await client.query('checkpoint')
    const before = await readCounters(client)
    await run(sagas)
    await pool.end()
    await sessionsEnded(client)
    return await countedSince(client, before, sagas)
  } finally {
    await client.end()
  }
}

/** Has every session tell what it has counted until now. */
async function tellCounts(pool: pg.Pool): Promise<void> {
  const clients = await Promise.all(Array.from({ length: sessions }, () => pool.connect()))
  for (const client of clients) {
    await client.query('select pg_stat_force_next_flush()')
    client.release()
  }
}

function medianOf(all: readonly Counted[]): Counted {
  const of = (figure: (counted: Counted) => number) => median(all.map(figure))
  return {
    heap: of(({ heap }) => heap),
    index: of(({ index }) => index),
    walBytes: of(({ walBytes }) => walBytes),
    imageBytes: of(({ imageBytes }) => imageBytes),
    runs: { updates: of(({ runs }) => runs.updates), hot: of(({ runs }) => runs.hot) },
    ledger: { updates: of(({ ledger }) => ledger.updates), hot: of(({ ledger }) => ledger.hot) },
  }
}

const buffers = ({ heap, index }: Counted) => heap + index

function report(count: number, figure: Counted, seconds: number): void {
  const { heap, index, walBytes, imageBytes, runs, ledger } = figure
  // A claim takes a run out of the queue, and its end puts it among the ended: no index may miss that.
  const inBetween = runs.updates - 2
  print(
    `${count} ended runs (made in ${seconds.toFixed(0)} s): ${buffers(figure).toFixed(0)} buffers a saga ` +
      `(tables ${heap.toFixed(0)}, indices ${index.toFixed(0)}), ` +
      `${walBytes.toFixed(0)} bytes of WAL and ${imageBytes.toFixed(0)} of page images; ` +
      `HOT: ${percent(runs.hot / inBetween)} of the ${inBetween.toFixed(1)} updates of a run between claim and end, ` +
      `${percent(ledger.hot / ledger.updates)} of the ${ledger.updates.toFixed(1)} of its ledger`,
  )
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`

function compare(figures: readonly Counted[]): void {
  const spread = (of: (figure: Counted) => number) => {
    const all = figures.map(of)
    return percent(Math.max(...all) / Math.min(...all) - 1)
  }
  print(
    `from the least to the most: buffers ${spread(buffers)}, WAL ${spread(({ walBytes }) => walBytes)}`,
  )
  print(
    `Medians of ${rounds} rounds of ${sagas} sagas of three no-op steps, starts included, one worker, ` +
      `concurrency ${concurrency}. Left out: vacuum, retention, and images of pages after a checkpoint, ` +
      'which count apart and are fewer the longer the time between two checkpoints.',
  )
}
