import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { startEmbeddedPostgres } from '../../arcadia/src/database/embedded/index.ts'
import { createEngine, type Flush, saga, step } from '../src/index.ts'
import { migrateSaga, postgresStore } from '../src/postgres/index.ts'

// Sagas of three steps that do nothing, with group commit and without: the ratio is what it shows.
// DATABASE_URL names a server to measure on; without it, a server is started in a temporary folder.

const concurrency = 50
const poolSize = 10
const sagas = 1_500
/** Runs of before: the plans are those of a database that has been in use. */
const ended = 30_000
const rounds = 5
const modes = [
  { name: 'together', maxFlush: 200, prepare: true },
  { name: 'together, not prepared', maxFlush: 200, prepare: false },
  { name: 'one by one', maxFlush: 1, prepare: true },
] as const
type Mode = (typeof modes)[number]

interface Figure {
  readonly perSecond: number
  readonly statements: number
  readonly patches: number
}

const print = (line: string) => process.stdout.write(`${line}\n`)

/** The server to measure on; `stop` takes away what was made for it. */
async function openServer(): Promise<{ config: pg.PoolConfig; stop: () => Promise<void> }> {
  const url = process.env['DATABASE_URL']
  if (url !== undefined) return { config: { connectionString: url }, stop: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'saga-bench-'))
  // Open to the unprivileged user that root runs the server as.
  await chmod(dataDir, 0o711)
  const server = await startEmbeddedPostgres({
    dataDir,
    systemRoot: join(dataDir, 'system'),
    log: { info() {}, warn() {} },
  })
  return {
    config: server.connection,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Runs `use` on a database of its own, empty but for the schema. */
async function onFreshDatabase<T>(
  config: pg.PoolConfig,
  use: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const name = `saga_bench_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Pool({ ...config, max: 1 })
  await admin.query(`create database ${name}`)
  const pool = new pg.Pool({ ...onDatabase(config, name), max: poolSize })
  try {
    await migrateSaga(pool)
    await pool.query(
      `insert into saga.saga_runs
         (id, tag, kind, version, status, plan, inputs, input_hash, root_id, created_at, ended_at)
       select id, 'before', 'before', 1, 'completed', '[]', '{}', '', id, now(), now()
       from (select gen_random_uuid() as id from generate_series(1, $1)) runs`,
      [ended],
    )
    return await use(pool)
  } finally {
    await pool.end()
    await admin.query(`drop database ${name}`)
    await admin.end()
  }
}

function onDatabase(config: pg.PoolConfig, database: string): pg.PoolConfig {
  if (config.connectionString === undefined) return { ...config, database }
  const url = new URL(config.connectionString)
  url.pathname = `/${database}`
  return { ...config, connectionString: url.href }
}

async function measure(pool: pg.Pool, { maxFlush, prepare }: Mode): Promise<Figure> {
  let left = sagas
  const allCalled = Promise.withResolvers<void>()
  const noop = (name: string, then = () => {}) =>
    step(name, { idempotent: true, do: then, undo: () => {} })
  const three = saga('three', z.object({}))
    .step(noop('one'))
    .step(noop('two'))
    .step(
      noop('three', () => {
        left -= 1
        if (left === 0) allCalled.resolve()
      }),
    )
  const engine = createEngine({ store: postgresStore({ pool, prepare }), sagas: [three] })
  for (let started = 0; started < sagas; started += concurrency) {
    await Promise.all(Array.from({ length: concurrency }, () => engine.start(three, {})))
  }
  let statements = 0
  let patches = 0
  const onFlush = ({ size }: Flush) => {
    statements += 1
    patches += size
  }
  const worker = engine.createWorker({ concurrency, maxFlush, onFlush })
  const from = performance.now()
  worker.start()
  await allCalled.promise
  await allEnded(pool)
  const ms = performance.now() - from
  await worker.stop()
  return { perSecond: (sagas * 1_000) / ms, statements, patches }
}

async function allEnded(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(
      'select from saga.saga_runs where ended_at is null limit 1',
    )
    if (rowCount === 0) return
  }
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function report(figures: ReadonlyMap<Mode, readonly Figure[]>): void {
  const perSecond = (mode: Mode) => figures.get(mode)?.map((figure) => figure.perSecond) ?? []
  for (const [mode, all] of figures) {
    const statements = all.reduce((sum, figure) => sum + figure.statements, 0)
    const patches = all.reduce((sum, figure) => sum + figure.patches, 0)
    const speeds = perSecond(mode)
    print(
      `${mode.name}: ${Math.max(...speeds).toFixed(0)} sagas/s at best, ` +
        `${median(speeds).toFixed(0)} in the median ` +
        `(${speeds.map((speed) => speed.toFixed(0)).join(', ')}); ` +
        `${(patches / statements).toFixed(1)} patches a statement`,
    )
  }
  const [together, notPrepared, alone] = modes
  // Round by round: what else the machine was doing then, it was doing to both.
  const ratios = (a: Mode, b: Mode) =>
    perSecond(a).map((speed, round) => speed / (perSecond(b)[round] ?? Number.NaN))
  const ratio = (a: Mode, b: Mode) =>
    `${(Math.max(...perSecond(a)) / Math.max(...perSecond(b))).toFixed(2)} times at best, ` +
    `${median(ratios(a, b)).toFixed(2)} in the median of the rounds`
  print(`group commit against one patch a statement: ${ratio(together, alone)}`)
  print(`prepared statements against none: ${ratio(together, notPrepared)}`)
}

const server = await openServer()
try {
  const admin = new pg.Pool({ ...server.config, max: 1 })
  const { rows } = await admin.query(
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as synchronous_commit`,
  )
  await admin.end()
  print(
    `PostgreSQL ${rows[0].version}, fsync ${rows[0].fsync}, synchronous_commit ${rows[0].synchronous_commit}`,
  )
  print(
    `${sagas} sagas of three no-op steps, one worker, concurrency ${concurrency}, pool ${poolSize}, ` +
      `${rounds} rounds in turn, ` +
      `each on a database of its own with ${ended} ended runs`,
  )
  const figures = new Map<Mode, Figure[]>(modes.map((mode) => [mode, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of modes) {
      const figure = await onFreshDatabase(server.config, (pool) => measure(pool, mode))
      figures.get(mode)?.push(figure)
    }
  }
  report(figures)
  print(
    'Left out: the starts (made before the clock runs), the network (the server is next door and ' +
      'shares the processors), steps that do something, large outputs, and other workers. ' +
      '"One by one" has as many statements side by side as the pool has connections, as an engine ' +
      'without group commit would.',
  )
} finally {
  await server.stop()
}
