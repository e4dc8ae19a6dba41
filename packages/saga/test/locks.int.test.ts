import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, fail, saga, sleep, step } from '../src/index.ts'
import { acquireLocks } from '../src/postgres/queries/acquire-locks.ts'
import type { Session } from '../src/postgres/sql.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

const input = z.object({ name: z.string(), keys: z.array(z.string()) })

/** A saga that notes when it works, then holds its locks for an hour. */
function holding() {
  const worked: string[] = []
  const work = step('work', {
    input,
    idempotent: true,
    do: ({ input: { name } }) => void worked.push(name),
    undo: ({ input: { name } }) => void worked.push(`undo ${name}`),
  })
  const hold = saga('hold', input, { locks: ({ keys }) => keys })
    .step(work)
    .step(sleep('keep', '1h'))
  const holdAndFail = saga('hold_and_fail', input, { locks: ({ keys }) => keys })
    .step(work)
    .step(sleep('keep', '1h'))
    .step(fail)
  const simulated = simulatedEngine(database, { sagas: [hold, holdAndFail] })
  const worker = simulated.engine.createWorker()
  return {
    ...simulated,
    worked,
    start: async (name: string, keys: string[], kind = 'hold') =>
      (await simulated.engine.startKind(kind, { name, keys })).id,
    tick: () => worker.tick(),
    async pass(ms: number) {
      simulated.clock.advance(ms)
      await worker.tick()
      // Who came while the lock was being released is not signalled: it looks again a second later.
      simulated.clock.advance(1_000)
      await worker.tick()
    },
  }
}

describe('locks', () => {
  it('are asked for again where the answer was lost, without letting the run go', async () => {
    const { start, tick, store, clock, worked, run } = holding()
    const { acquireLocks } = store
    let answers = 0
    store.acquireLocks = async (params) => {
      const held = await acquireLocks(params)
      answers += 1
      if (answers > 1) return held
      throw Object.assign(new Error('the connection was cut'), { code: '08006' })
    }
    const id = await start('a', ['x/droplet/lost'])
    const ticked = tick()
    await expect.poll(() => (clock.next() ?? 0) - clock.now()).toBe(200)
    clock.advance(200)
    await ticked
    expect(worked).toEqual(['a'])
    expect(await run(id)).toMatchObject({ locksHeld: true, epoch: 1 })
  })

  it('keep runs that need the same thing apart, and let others by', async () => {
    const { start, tick, worked, run, pass } = holding()
    const a = await start('a', ['x/droplet/1'])
    await tick()
    const b = await start('b', ['x/droplet/1'])
    await start('c', ['x/droplet/2'])
    await tick()
    expect(worked).toEqual(['a', 'c'])
    expect(await run(b)).toMatchObject({ status: 'waiting', waitsFor: 'lock', locksHeld: false })
    await pass(3_600_000)
    expect(worked).toEqual(['a', 'c', 'b'])
    expect(await run(a)).toMatchObject({ status: 'completed', locksHeld: false })
    await pass(3_600_000)
  })

  it('are taken all or none, in the order of asking, without a deadlock', async () => {
    const { start, tick, worked, pass } = holding()
    await start('a', ['m', 'n'])
    await tick()
    await start('b', ['n', 'o'])
    await tick()
    await start('c', ['o', 'm'])
    await tick()
    await start('d', ['o'])
    await tick()
    expect(worked).toEqual(['a'])
    await pass(3_600_000)
    expect(worked).toEqual(['a', 'b'])
    await pass(3_600_000)
    expect(worked).toEqual(['a', 'b', 'c'])
    await pass(3_600_000)
    expect(worked).toEqual(['a', 'b', 'c', 'd'])
    await pass(3_600_000)
  })

  it('are held through the undo', async () => {
    const { start, tick, worked, pass } = holding()
    await start('a', ['u'], 'hold_and_fail')
    await tick()
    await start('b', ['u'])
    await pass(3_600_000)
    // It may have got in line just when the other ended.
    await pass(5_000)
    expect(worked).toEqual(['a', 'undo a', 'b'])
    await pass(3_600_000)
  })

  it('can be asked for: who holds them, and when they were last released', async () => {
    const { start, tick, engine, clock, pass } = holding()
    const id = await start('a', ['held', 'also'])
    await tick()
    const acquiredAt = clock.now()
    expect(await engine.lockHolders(['held', 'free'])).toEqual([
      { key: 'held', runId: id, acquiredAt },
    ])
    expect((await engine.lockHolders()).map(({ key }) => key)).toEqual(['also', 'held'])
    const released = async () =>
      (await engine.lockReleases(acquiredAt)).filter(({ key }) => key === 'held')
    expect(await released()).toEqual([])
    await pass(3_600_000)
    expect(await engine.lockHolders(['held'])).toEqual([])
    expect(await released()).toEqual([{ key: 'held', releasedAt: acquiredAt + 3_600_000 }])
    const later = await engine.lockReleases(acquiredAt + 3_600_000)
    expect(later.map(({ key }) => key)).not.toContain('held')
  })

  it('are given up by a run that is cancelled while it waits for them', async () => {
    const { start, tick, engine, worked, run, pass } = holding()
    await start('a', ['q'])
    await tick()
    const b = await start('b', ['q'])
    await tick()
    await start('c', ['q'])
    await tick()
    await engine.cancel(b)
    await tick()
    expect((await run(b)).status).toBe('rolled_back')
    await pass(3_600_000)
    expect(worked).toEqual(['a', 'c'])
    await pass(3_600_000)
  })

  it('asked for by many at once have one holder at a time', async () => {
    const { engine, store } = holding()
    const ids = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const keys = n % 2 === 0 ? ['r1', 'r2'] : ['r2', 'r3']
        return (await engine.startKind('hold', { name: `${n}`, keys })).run
      }),
    )
    const taken = await Promise.all(
      ids.map(({ id, lockKeys }) => store.acquireLocks({ runId: id, epoch: 0, keys: lockKeys })),
    )
    expect(taken.filter(Boolean)).toHaveLength(1)
    const holders = await engine.lockHolders(['r1', 'r2', 'r3'])
    expect(new Set(holders.map(({ runId }) => runId)).size).toBe(1)
  })

  it('are taken in the claim at hand, though the database was away when they were asked for', async () => {
    const locked = saga('locked', z.object({}), { locks: () => ['s1', 's2'] }).step(echo)
    const { engine, store, run, history } = simulatedEngine(database, { sagas: [locked] })
    const lost = () => Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
    let asked = 0
    const shaky = createEngine({
      sagas: [locked],
      store: {
        ...store,
        async acquireLocks(params) {
          asked += 1
          if (asked === 1) throw lost()
          const taken = await store.acquireLocks(params)
          if (asked === 2) throw lost()
          return taken
        },
      },
    })
    const { id } = await engine.start(locked, {})
    await shaky.createWorker().tick()
    expect(asked).toBe(3)
    expect(await history(id)).toContain('locks_acquired')
    expect((await run(id)).status).toBe('completed')
    expect(await engine.lockHolders(['s1', 's2'])).toEqual([])
  })

  it('are not kept from others by a process that is stopped while it takes them', async () => {
    const { start, store } = holding()
    const id = await start('stopped', ['t1', 't2'])
    const client = await database.pool.connect()
    try {
      const endsAfter: string[] = []
      await client.query('begin')
      const session: Session = {
        now: undefined,
        async query(text, values = []) {
          const result = await client.query(text, [...values])
          const { rows } = await client.query('show idle_in_transaction_session_timeout')
          endsAfter.push(rows[0].idle_in_transaction_session_timeout)
          return result
        },
      }
      expect(await acquireLocks(session, { runId: id, epoch: 0, keys: ['t1', 't2'] })).toBe(true)
      expect(endsAfter.length).toBeGreaterThan(3)
      expect(new Set(endsAfter)).toEqual(new Set(['5s']))
      // Resumed, it asks again on another connection.
      const ended = Object.assign(new Error('terminating connection'), { code: '25P03' })
      expect(store.isTransient(ended)).toBe(true)
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})
