import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { describeWith } from '../../../test/needs.ts'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { findProgram } from '../../../test/programs.ts'
import { child, createEngine, echo, fail, saga, signal, step, transact } from '../src/index.ts'
import { migrateSaga, postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { recordingLog } from '../test/recording-log.ts'
import { type PgBouncer, startPgBouncer } from './pgbouncer.ts'

const program = findProgram('pgbouncer')
const missing =
  program === undefined ? 'pgbouncer is not installed: apt-get install pgbouncer' : undefined

describeWith('behind PgBouncer in transaction mode', missing, () => {
  let database: TestDatabase
  let bouncer: PgBouncer
  let pool: pg.Pool
  beforeEach(async () => {
    database = await engineDatabase()
    // Fewer to the server than to the engine: the next statement comes to another as a rule.
    bouncer = await startPgBouncer(program ?? '', database.connection, 4)
    pool = new pg.Pool({ ...bouncer.connection, max: 10 })
    pool.on('error', () => {})
  })
  afterEach(async () => {
    await pool.end()
    await bouncer.stop()
    await database.drop()
  })

  const nothing = z.object({})
  const made = new Map<string, number>()
  const make = step('make', {
    settles: 0,
    do: ({ key }) => void made.set(key, (made.get(key) ?? 0) + 1),
    find: ({ key }) => (made.has(key) ? null : undefined),
    undo: ({ key }) => void made.delete(key),
  })
  const insert = transact('insert', {
    do: async (tx, { key }) => {
      await tx.query('insert into written values ($1)', [key])
    },
    undo: async (tx, { key }) => {
      await tx.query('delete from written where key = $1', [key])
    },
  })
  const part = saga('part', nothing).step(make)
  const guarded = { locks: () => ['one/at/a/time'] }
  const whole = saga('whole', nothing, guarded)
    .step(make)
    .step(insert)
    .step(child(part, { as: 'part' }))
    .step(signal('go'))
  const inserting = saga('inserting', nothing).step(insert)
  const back = saga('back', nothing, guarded).step(make).step(insert).step(fail)
  const sagas = [part, whole, inserting, back]

  /** Two workers at work until the runs have ended. */
  async function whileWorking(
    engine: ReturnType<typeof createEngine>,
    work: () => Promise<readonly string[]>,
  ): Promise<string[]> {
    await database.pool.query('create table if not exists written (key text primary key)')
    const workers = [1, 2].map(() => engine.createWorker({ pollMs: 50 }))
    for (const worker of workers) worker.start()
    try {
      const ids = await work()
      const statuses = () => Promise.all(ids.map(async (id) => (await engine.get(id)).run.status))
      const ended = expect.stringMatching(/^(completed|rolled_back)$/)
      await expect.poll(statuses, { timeout: 60_000 }).toEqual(ids.map(() => ended))
      return await statuses()
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()))
    }
  }

  it('all of the engine does its work, with hints, where nothing is prepared and listenUrl leads past it', async () => {
    const log = recordingLog()
    const { connectionString: listenUrl } = database
    const store = postgresStore({ pool, prepare: false, listenUrl, log })
    const engine = createEngine({ store, sagas, log, limits: { total: 30 } })
    await grow(database)
    await engine.ensureSchedule({ name: 'hourly', cron: '0 * * * *', kind: 'part', input: {} })
    const statuses = await whileWorking(engine, async () => {
      const tx = await pool.connect()
      await tx.query('begin')
      const joined = await engine.start(part, {}, { tx })
      await tx.query('commit')
      tx.release()
      await engine.wake()
      const wholes = await startMany(10, () => engine.start(whole, {}))
      const backs = await startMany(10, () => engine.start(back, {}))
      for (const id of wholes) await engine.signal(id, 'go')
      const scheduled = await engine.runSchedule('hourly')
      return [joined.id, ...wholes, ...backs, scheduled.id]
    })
    expect(statuses.filter((status) => status === 'completed')).toHaveLength(12)
    expect(statuses.filter((status) => status === 'rolled_back')).toHaveLength(10)
    // Ten of `whole`, as many of their parts, the one that joined and the one of the schedule.
    expect([...made.values()]).toEqual(Array(22).fill(1))
    expect((await database.pool.query('table written')).rowCount).toBe(10)
    expect(log.said('warn')).toEqual([])
    expect(log.said('error')).toEqual([])
  })

  it('hints are not heard without a listenUrl: the log says so, and polling does the work', async () => {
    const log = recordingLog()
    const store = postgresStore({ pool, prepare: false, log })
    const engine = createEngine({ store, steps: [echo] })
    await whileWorking(engine, async () => {
      await expect.poll(() => log.said('warn'), { timeout: 10_000 }).toHaveLength(2)
      return startMany(1, () => engine.startAdHoc([echo], {}))
    })
    expect(new Set(log.said('warn'))).toEqual(
      new Set([expect.stringMatching(/do not arrive .*polling.*give postgresStore a listenUrl/)]),
    )
  })

  it('the SQL of a step whose time is over is cancelled in the server', async () => {
    const slow = transact('slow', {
      timeout: '200ms',
      retry: { attempts: 1 },
      do: (tx) => tx.query('select pg_sleep(60)'),
    })
    const engine = createEngine({ store: postgresStore({ pool, prepare: false }), steps: [slow] })
    const statuses = await whileWorking(engine, () =>
      startMany(1, () => engine.startAdHoc([slow], {})),
    )
    expect(statuses).toEqual(['rolled_back'])
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    )
    expect(rows).toEqual([])
  })

  it('prepare left on is found out: what was lost is asked again, no more are prepared, and the log says so', async () => {
    const log = recordingLog()
    const { connectionString: listenUrl } = database
    const store = postgresStore({ pool, listenUrl, log })
    const engine = createEngine({ store, sagas, log })
    await grow(database)
    const statuses = await whileWorking(engine, async () => [
      ...(await startMany(20, () => engine.start(part, {}))),
      ...(await startMany(10, () => engine.start(inserting, {}))),
    ])
    expect(statuses).toEqual(Array(30).fill('completed'))
    expect((await database.pool.query('table written')).rowCount).toBe(10)
    expect(log.said('warn')).toEqual([
      expect.stringMatching(/no more are prepared.*prepare: false/),
    ])
    expect(log.said('error')).toEqual([])
  })

  it('migrations take turns', async () => {
    await database.pool.query('drop schema saga cascade')
    const results = await Promise.all([1, 2, 3].map(() => migrateSaga(pool)))
    expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1)
  })

  async function startMany(count: number, start: () => Promise<{ id: string }>) {
    const started = await Promise.all(Array.from({ length: count }, start))
    return started.map(({ id }) => id)
  }
})

/** Runs of before, so many that statements are prepared where they may be. */
async function grow({ pool }: TestDatabase): Promise<void> {
  await pool.query(
    `insert into saga.saga_runs
       (id, tag, kind, version, status, plan, inputs, input_hash, root_id, created_at, ended_at)
     select gen_random_uuid(), repeat('x', 1000), 'before', 1, 'completed', '[]', '{}', '',
       gen_random_uuid(), now(), now() from generate_series(1, 8000)`,
  )
}
