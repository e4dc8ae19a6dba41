import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, fail, silentLog, sleep, step, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { makeThing, world } from './world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** A step whose first call does not answer until the test says so. */
function hanging(name: string) {
  const started = Promise.withResolvers<AbortSignal>()
  const release = Promise.withResolvers<void>()
  const hang = step(name, {
    idempotent: true,
    do: async ({ attempt, signal }) => {
      started.resolve(signal)
      if (attempt === 1) await release.promise
      return { [name]: attempt }
    },
    undo: () => {},
  })
  return { step: hang, started: started.promise, release: release.resolve }
}

describe('a worker that is lost in the middle of a call', () => {
  it('is taken over when its lease is over, and writes nothing more', async () => {
    const slow = hanging('slow')
    const warnings: string[] = []
    const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) }
    const { engine, clock, run, ledger, history } = simulatedEngine(database, {
      steps: [slow.step, echo],
      log,
    })
    const { id } = await engine.startAdHoc([slow.step, echo], {})
    const first = engine.createWorker({ leaseMs: 10_000 }).tick()
    await slow.started
    // The first worker is frozen: none of its timers fires while others go on.
    const others = createEngine({
      store: postgresStore({ pool: database.pool, now: () => clock.now() + 10_001 }),
      clock: { ...clock, monotonic: () => clock.now() + 10_001 },
      steps: [slow.step, echo],
      random: () => 1,
    })
    const second = others.createWorker()
    expect(await second.tick()).toEqual({ claimed: 1 })
    expect(await ledger(id)).toEqual(['slow: completed', 'echo: completed'])
    const taken = await run(id)
    expect(taken).toMatchObject({ epoch: 2, context: { slow: 2, echoed_at_step_1: 'hello' } })
    slow.release()
    await first
    expect(warnings).toContain('lost to another worker; nothing more is written')
    expect(await run(id)).toEqual(taken)
    expect(await history(id)).toEqual([
      'run_created',
      'run_claimed',
      'step_opened 0',
      'run_claimed',
      'step_opened 0',
      'step_issued 0',
      'step_completed 0',
      'step_opened 1',
      'step_issued 1',
      'step_completed 1',
      'run_completed',
    ])
  })

  it('aborts its own call before its lease is over', async () => {
    const slow = hanging('slow')
    const { engine, clock, ledger, run } = simulatedEngine(database, {
      steps: [echo, slow.step],
    })
    const { id } = await engine.startAdHoc([echo, slow.step], {})
    const ticking = engine.createWorker({ leaseMs: 10_000 }).tick()
    const signal = await slow.started
    expect(await run(id)).toMatchObject({
      status: 'running',
      context: { echoed_at_step_0: 'hello' },
    })
    clock.advance(7_999)
    expect(signal.aborted).toBe(false)
    clock.advance(1)
    expect(signal.aborted).toBe(true)
    slow.release()
    await ticking
    expect(await ledger(id)).toEqual(['echo: completed', 'slow: running'])
    expect((await run(id)).revision).toBe(3)
  })

  it('is looked for in the world before the effect is made again', async () => {
    const w = world()
    const crashed = Promise.withResolvers<void>()
    const posted = Promise.withResolvers<void>()
    const create = w.create
    w.create = async (name) => {
      await create(name)
      posted.resolve()
      await crashed.promise
      return { name }
    }
    const thing = makeThing(w)
    const { engine, clock, ledger, run } = simulatedEngine(database, { steps: [thing] })
    const { id } = await engine.startAdHoc([thing], {})
    const first = engine.createWorker()
    const ticking = first.tick()
    await posted.promise
    clock.advance(10_001)
    crashed.resolve()
    await ticking
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['make_thing: completed'])
    expect((await run(id)).status).toBe('completed')
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })
})

describe('two workers on one database', () => {
  it('share the runs, and every ledger is whole', async () => {
    const calls = new Map<string, number>()
    const count = step('count', {
      idempotent: true,
      do: ({ run, idx }) => {
        const place = `${run.id} ${idx}`
        calls.set(place, (calls.get(place) ?? 0) + 1)
      },
      undo: () => {},
    })
    const { engine } = simulatedEngine(database, { steps: [count, fail] })
    const started = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        engine.startAdHoc(n % 2 === 0 ? [count, count] : [count, fail], {}),
      ),
    )
    const workers = [1, 2].map(() => engine.createWorker({ concurrency: 5 }))
    let claimed: number
    do {
      const ticks = await Promise.all(workers.map((worker) => worker.tick()))
      claimed = ticks.reduce((sum, tick) => sum + tick.claimed, 0)
    } while (claimed > 0)
    for (const [n, { id }] of started.entries()) {
      const { run, steps } = await engine.get(id)
      expect(run.status).toBe(n % 2 === 0 ? 'completed' : 'rolled_back')
      expect(steps.map(({ status }) => status)).toEqual(
        n % 2 === 0 ? ['completed', 'completed'] : ['compensated', 'failed'],
      )
      const events = await engine.events(id)
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    }
    expect(new Set(calls.values())).toEqual(new Set([1]))
  })
})

describe('a commit whose answer is lost', () => {
  it('is recognised by its write id and not applied twice', async () => {
    const { engine, store, clock, ledger, history } = simulatedEngine(database, { steps: [echo] })
    let commits = 0
    const lossy = createEngine({
      store: {
        ...store,
        async commitRuns(params) {
          await store.commitRuns(params)
          commits += 1
          throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
        },
      },
      clock,
      steps: [echo],
    })
    const { id } = await engine.startAdHoc([echo], {})
    await lossy.createWorker().tick()
    expect(commits).toBe(2)
    expect(await ledger(id)).toEqual(['echo: completed'])
    expect(await history(id)).toEqual([
      'run_created',
      'run_claimed',
      'step_opened 0',
      'step_issued 0',
      'step_completed 0',
      'run_completed',
    ])
  })

  it('and that was not applied is sent again', async () => {
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [echo] })
    let failures = 2
    const flaky = createEngine({
      store: {
        ...store,
        async commitRuns(params) {
          failures -= 1
          if (failures < 0) return store.commitRuns(params)
          throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
        },
      },
      clock: {
        ...clock,
        after(ms, callback) {
          // The pause before the database is asked again; everything else stands still.
          if (ms === 200) setImmediate(callback)
          return () => {}
        },
      },
      steps: [echo],
    })
    const { id } = await engine.startAdHoc([echo], {})
    await flaky.createWorker({ leaseMs: 1e9 }).tick()
    expect(failures).toBeLessThan(0)
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a transact step', () => {
  const insert = (body: (n: number) => void = () => {}) =>
    transact('insert', {
      retry: { attempts: 2, initial: '1s', jitter: 0 },
      do: async (tx, { key, attempt }) => {
        await tx.query('insert into written values ($1)', [key])
        body(attempt)
        return { inserted: key }
      },
      undo: async (tx, { key }) => {
        await tx.query('delete from written where key = $1', [key])
      },
    })
  const written = async () =>
    (await database.pool.query('select key from written order by key')).rows.map(({ key }) => key)

  beforeAll(async () => {
    await database.pool.query('create table written (key text primary key)')
  })

  it('commits its SQL together with its ledger row', async () => {
    const { engine, run } = simulatedEngine(database, { steps: [insert()] })
    const { id } = await engine.startAdHoc([{ name: 'insert' }], {})
    await engine.createWorker().tick()
    expect((await run(id)).context).toEqual({ inserted: `${id}-0` })
    expect(await written()).toContain(`${id}-0`)
  })

  it('is taken back in a transaction too', async () => {
    const { engine, run } = simulatedEngine(database, { steps: [insert(), fail] })
    const { id } = await engine.startAdHoc([{ name: 'insert' }, fail], {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(await written()).not.toContain(`${id}-0`)
  })

  it('that throws leaves nothing, and is made again', async () => {
    const failing = insert((attempt) => {
      if (attempt === 1) throw new Error('after the insert')
    })
    const { engine, clock, ledger } = simulatedEngine(database, { steps: [failing] })
    const { id } = await engine.startAdHoc([failing], {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(await written()).not.toContain(`${id}-0`)
    expect(await ledger(id)).toEqual(['insert: waiting'])
    clock.advance(1_000)
    await worker.tick()
    expect(await written()).toContain(`${id}-0`)
  })

  it('of a worker that was taken over in the middle leaves nothing: what the next one wrote stands alone', async () => {
    const inside = Promise.withResolvers<void>()
    const resume = Promise.withResolvers<void>()
    let calls = 0
    const slow = transact('insert_slowly', {
      do: async (tx, { key, epoch }) => {
        await tx.query('insert into written values ($1)', [`${key} of ${epoch}`])
        calls += 1
        if (calls === 1) {
          inside.resolve()
          await resume.promise
        }
      },
    })
    const { engine, run, store } = simulatedEngine(database, { steps: [slow] })
    const { id } = await engine.startAdHoc([slow], {})
    const first = engine.createWorker().tick()
    await inside.promise
    const { workerId } = await run(id)
    await store.endLease({ worker: workerId ?? '' })
    await database.pool.query(
      `update saga.saga_workers set lease_until = lease_until - interval '1 second'`,
    )
    await engine.createWorker().tick()
    resume.resolve()
    await first
    expect((await written()).filter((key) => key.startsWith(id))).toEqual([`${id}-0 of 2`])
    expect(await run(id)).toMatchObject({ epoch: 2 })
  })

  it('whose COMMIT answer is lost is not made again', async () => {
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [insert()] })
    const lossy = createEngine({
      store: {
        ...store,
        async transactRun(params) {
          await store.transactRun(params)
          throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
        },
      },
      clock,
      steps: [insert()],
    })
    const { id } = await engine.startAdHoc([{ name: 'insert' }], {})
    await lossy.createWorker().tick()
    expect((await engine.get(id)).steps[0]).toMatchObject({ status: 'completed', attempts: 1 })
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a sleep', () => {
  it('waits in the database until its time, across workers', async () => {
    const nap = sleep('nap', '1h')
    const { engine, clock, run } = simulatedEngine(database, { steps: [nap, echo] })
    const { id } = await engine.startAdHoc([nap, echo], {})
    await engine.createWorker().tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'time', workerId: null })
    clock.advance(3_599_999)
    expect(await engine.createWorker().tick()).toEqual({ claimed: 0 })
    clock.advance(1)
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })
})
