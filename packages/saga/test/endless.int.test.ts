import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, fail, step, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { layWire } from './wire.ts'

// What never returns and never heeds its signal: no call may cost more than its own run's time.

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase({ poolSize: 4 })
})
afterEach(() => database.drop())

const never = () => new Promise<never>(() => {})

/** Runs one step that never returns, on a worker with room for one. */
async function hangs(stuck: Parameters<typeof simulatedEngine>[1] & object, steps: string[]) {
  const simulated = simulatedEngine(database, { ...stuck })
  const { engine, clock } = simulated
  const { id } = await engine.startAdHoc(
    steps.map((name) => ({ name })),
    {},
  )
  const worker = engine.createWorker({ concurrency: 1, leaseMs: 1e9 })
  return {
    ...simulated,
    id,
    worker,
    /** Rounds of a minute, in which whatever is called is given up. */
    async rounds(count: number) {
      for (let n = 0; n < count; n += 1) {
        let over = false
        const ticking = worker.tick().finally(() => {
          over = true
        })
        await expect
          .poll(() => {
            clock.advance(5_000)
            return over
          })
          .toBe(true)
        await ticking
        clock.advance(60_000)
      }
    },
  }
}

describe('a step that never returns', () => {
  it('from do is unknown when its time and its grace are over, and its place goes to others', async () => {
    let looked = 0
    const stuck = step('stuck', {
      timeout: '10s',
      settles: 0,
      retry: { attempts: 1 },
      do: never,
      find: () => {
        looked += 1
      },
      undo: () => {},
    })
    const { engine, run, id, rounds } = await hangs({ steps: [stuck, echo] }, ['stuck'])
    const neighbour = await engine.startAdHoc([echo], {})
    await rounds(2)
    expect(looked).toBeGreaterThan(0)
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[0]?.error).toMatchObject({ code: 'timeout' })
    expect((await run(neighbour.id)).status).toBe('completed')
  })

  it('from find, or from undo, parks its run after so many times: it cannot tell', async () => {
    const lost = () => {
      throw new Error('the answer was lost')
    }
    const unfound = step('unfound', {
      timeout: '10s',
      settles: 0,
      deadline: '1m',
      do: lost,
      find: never,
      undo: () => {},
    })
    const unfinding = await hangs({ steps: [unfound] }, ['unfound'])
    await unfinding.rounds(12)
    expect((await unfinding.run(unfinding.id)).parked).toMatchObject({
      reason: 'outcome_unknown:unfound',
    })
    const stays = step('stays', {
      idempotent: true,
      do: () => undefined,
      undo: never,
      undoOptions: { timeout: '10s', retry: { attempts: 2 } },
    })
    const undoing = await hangs({ steps: [stays, fail] }, ['stays', 'fail'])
    await undoing.rounds(3)
    expect((await undoing.run(undoing.id)).parked).toMatchObject({
      reason: 'undo_exhausted:stays',
    })
  })

  it('does not keep its worker from stopping, and is taken over at once', async () => {
    const begun = Promise.withResolvers<void>()
    const stuck = step('stuck', {
      timeout: '1h',
      idempotent: true,
      do: ({ attempt }) => {
        begun.resolve()
        return attempt === 1 ? never() : undefined
      },
      undo: () => {},
    })
    const { engine, clock, run, id, worker } = await hangs({ steps: [stuck] }, ['stuck'])
    worker.start()
    await begun.promise
    let over = false
    void worker.stop({ graceMs: 1_000 }).then(() => {
      over = true
    })
    await expect
      .poll(() => {
        clock.advance(1_000)
        return over
      })
      .toBe(true)
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a transact step that never returns', () => {
  it('is rolled back, and gives its connection and its turn back to others', async () => {
    await database.pool.query('create table written (key text primary key)')
    const stuck = transact('stuck', {
      timeout: '10s',
      retry: { attempts: 1 },
      do: async (tx, { key }) => {
        await tx.query('insert into written values ($1)', [key])
        await never()
      },
    })
    const quick = transact('quick', {
      timeout: '1h',
      do: async (tx, { key }) => {
        await tx.query('insert into written values ($1)', [key])
      },
    })
    const { engine, run, clock } = simulatedEngine(database, { steps: [stuck, quick] })
    const ids: string[] = []
    // As many as are let in at once, and more.
    for (let n = 0; n < 3; n += 1) ids.push((await engine.startAdHoc([stuck], {})).id)
    ids.push((await engine.startAdHoc([quick], {})).id)
    const worker = engine.createWorker({ leaseMs: 1e9 })
    const ticking = worker.tick()
    const statuses = () => Promise.all(ids.map(async (id) => (await run(id)).status))
    await expect
      .poll(() => {
        clock.advance(1_000)
        return statuses()
      })
      .toEqual(['rolled_back', 'rolled_back', 'rolled_back', 'completed'])
    await ticking
    expect((await database.pool.query('table written')).rows).toEqual([{ key: `${ids[3]}-0` }])
    await expect.poll(() => database.pool.totalCount - database.pool.idleCount).toBe(0)
  })
})

describe('a transaction of the engine whose connection goes silent', () => {
  it.each([/^begin/, /^commit/])('at %s is given up as any statement is', async (word) => {
    const statements: string[] = []
    const wire = await layWire(database.connection, {
      fate: (statement) => {
        statements.push(statement)
        if (word.test(statement)) wire.silence()
        return 'pass'
      },
    })
    const pool = new pg.Pool({ ...wire.connection, max: 2 })
    pool.on('error', () => {})
    onTestFinished(async () => {
      await Promise.all([pool.end(), wire.close()])
    })
    const store = postgresStore({ pool, answerMs: 500 })
    const engine = createEngine({ store, steps: [echo], limits: { total: 1 } })
    const refused = await engine
      .createWorker()
      .tick()
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    expect(store.isTransient(refused)).toBe(true)
    expect(statements.some((statement) => word.test(statement))).toBe(true)
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })
})
