import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, fail, type Store, saga, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

async function whileWorking(
  store: Store,
  options: { pollMs: number },
  work: (engine: ReturnType<typeof createEngine>) => Promise<void>,
): Promise<void> {
  const engine = createEngine({ store, steps: [echo, fail] })
  const worker = engine.createWorker(options)
  worker.start()
  try {
    await work(engine)
  } finally {
    await worker.stop()
  }
}

const ended = (engine: ReturnType<typeof createEngine>, id: string) =>
  expect.poll(async () => (await engine.get(id)).run.status, { timeout: 10_000 }).toBe('completed')

describe('a worker finds its work', () => {
  it('by a hint, long before it would have looked', async () => {
    const store = postgresStore({ pool: database.pool })
    const listening = Promise.withResolvers<void>()
    const told: Store = {
      ...store,
      async listen(callback) {
        const stop = await store.listen(callback)
        listening.resolve()
        return stop
      },
    }
    await whileWorking(told, { pollMs: 3_600_000 }, async (engine) => {
      await listening.promise
      const { id } = await engine.startAdHoc([echo], {})
      await ended(engine, id)
    })
  })

  it('by looking, when no hint reaches it', async () => {
    const deaf: Store = {
      ...postgresStore({ pool: database.pool }),
      listen: async () => async () => {},
    }
    await whileWorking(deaf, { pollMs: 20 }, async (engine) => {
      const { id } = await engine.startAdHoc([echo], {})
      await ended(engine, id)
    })
  })

  it('after its connections were cut', async () => {
    const store = postgresStore({ pool: database.pool })
    await whileWorking(store, { pollMs: 20 }, async (engine) => {
      const before = await engine.startAdHoc([echo], {})
      await ended(engine, before.id)
      await database.pool
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined)
      await expect
        .poll(async () => (await engine.startAdHoc([echo], {}, { key: 'after the cut' })).id, {
          timeout: 10_000,
        })
        .toBeTruthy()
      const { id } = await engine.startAdHoc([echo], {}, { key: 'after the cut' })
      await ended(engine, id)
    })
  })

  it('that it claimed in a statement whose answer was lost', async () => {
    const { engine, clock, store, run } = simulatedEngine(database, { steps: [echo] })
    let lose = true
    const lossy = createEngine({
      store: {
        ...store,
        async claimRuns(params) {
          const claimed = await store.claimRuns(params)
          if (lose) throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
          return claimed
        },
      },
      clock,
      steps: [echo],
    })
    const worker = lossy.createWorker()
    const { id } = await engine.startAdHoc([echo], {})
    await expect(worker.tick()).rejects.toThrow('connection reset')
    expect((await run(id)).workerId).not.toBeNull()
    lose = false
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a run that cannot go on', () => {
  it('because its saga has lost a step, in the same version, is parked, with the name', async () => {
    const gone = step('gone', { effect: 'read', do: () => undefined })
    const whole = saga('cut_down', z.object({})).step(gone)
    const before = simulatedEngine(database, { sagas: [whole] })
    const { id } = await before.engine.start(whole, {})
    const cut = saga('cut_down', z.object({})).step(echo)
    const after = simulatedEngine(database, { sagas: [cut] })
    await after.engine.createWorker().tick()
    expect(await after.run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'unknown_step:gone', step: 0 },
    })
  })

  it('because the store fails is let go, and taken up again', async () => {
    const { engine, clock, store, run } = simulatedEngine(database, { steps: [echo] })
    let broken = true
    const failing = createEngine({
      store: {
        ...store,
        async commitRuns(params) {
          if (broken) throw new Error('a statement that cannot be')
          return store.commitRuns(params)
        },
      },
      clock,
      steps: [echo],
    })
    const worker = failing.createWorker()
    const { id } = await engine.startAdHoc([echo], {})
    await worker.tick()
    expect(await run(id)).toMatchObject({ workerId: null, wakeAt: clock.now() + 5_000 })
    broken = false
    clock.advance(5_000)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('the queries', () => {
  it('find runs by an index, however many have ended', async () => {
    // One connection: what it has counted can be flushed before it is read.
    const single = await engineDatabase({ poolSize: 1 })
    try {
      const { engine } = simulatedEngine(single, { steps: [echo, fail] })
      const { id } = await engine.startAdHoc([echo], {})
      await single.pool.query(
        `insert into saga.saga_runs (id, tag, kind, version, plan, status, inputs, input_hash,
           root_id, created_at, ended_at)
         select gen_random_uuid(), 'x', 'ad_hoc', 1, '[]', 'completed', '{}', '', gen_random_uuid(),
           now(), now()
         from generate_series(1, 20000)`,
      )
      await single.pool.query('vacuum analyze saga.saga_runs')
      const scans = async () => {
        await single.pool.query('select pg_stat_force_next_flush()')
        const { rows } = await single.pool.query(
          `select seq_scan, idx_scan from pg_stat_user_tables
           where schemaname = 'saga' and relname = 'saga_runs'`,
        )
        return { sequential: Number(rows[0]?.seq_scan), indexed: Number(rows[0]?.idx_scan) }
      }
      const before = await scans()
      await engine.startAdHoc([echo, fail], {}, { key: 'indexed' })
      await engine.startAdHoc([echo, fail], {}, { key: 'indexed' })
      await engine.createWorker().tick()
      await engine.get(id)
      await engine.list({})
      await engine.list({ status: 'completed' })
      await engine.list({ kind: 'ad_hoc' })
      await engine.list({ kind: 'ad_hoc', status: 'rolled_back' })
      const after = await scans()
      expect(after.sequential).toBe(before.sequential)
      expect(after.indexed).toBeGreaterThan(before.indexed + 10)
    } finally {
      await single.drop()
    }
  })
})
