import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { fail, saga, sleep, step } from '../src/index.ts'
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
})
