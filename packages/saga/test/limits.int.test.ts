import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { fail, pending, saga, step, type UndoOptions } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** A step whose call ignores its signal, and what a test does with it. */
async function ignoring() {
  const begun = Promise.withResolvers<AbortSignal>()
  const answer = Promise.withResolvers<{ thing: string }>()
  const calls: string[] = []
  const stubborn = step('stubborn', {
    timeout: '10s',
    settles: 0,
    retry: { attempts: 1 },
    do: ({ signal }) => {
      calls.push('do')
      begun.resolve(signal)
      return answer.promise
    },
    find: () => void calls.push('find'),
    undo: () => void calls.push('undo'),
  })
  const simulated = simulatedEngine(database, { steps: [stubborn] })
  const { id } = await simulated.engine.startAdHoc([stubborn], {})
  const ticking = simulated.engine.createWorker({ leaseMs: 1_000_000 }).tick()
  return { ...simulated, id, ticking, calls, signal: await begun.promise, answer: answer.resolve }
}

describe('a call', () => {
  it('is aborted when its time is over, not before', async () => {
    const { clock, signal, answer, ticking } = await ignoring()
    clock.advance(9_999)
    expect(signal.aborted).toBe(false)
    clock.advance(1)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ code: 'timeout' })
    answer({ thing: 'late' })
    await ticking
  })

  it('that was aborted and answers soon after has its receipt kept', async () => {
    const { clock, answer, ticking, calls, run, id } = await ignoring()
    clock.advance(10_000)
    clock.advance(1_000)
    answer({ thing: 'late' })
    await ticking
    expect(await run(id)).toMatchObject({ status: 'completed', context: { thing: 'late' } })
    expect(calls).toEqual(['do'])
  })

  it('that ignores its signal is left behind, and its effect looked for', async () => {
    const { clock, ticking, calls, run, id, engine } = await ignoring()
    clock.advance(10_000)
    clock.advance(5_000)
    await ticking
    expect(calls).toEqual(['do', 'find'])
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[0]?.error).toMatchObject({ code: 'timeout' })
  })
})

describe('attempts', () => {
  it('that were found to have had no effect are made as often as allowed, and no more', async () => {
    let made = 0
    const lost = step('lost', {
      retry: { attempts: 2 },
      settles: '30s',
      every: '30s',
      do: () => {
        made += 1
        throw new Error('cut off before it arrived')
      },
      find: () => undefined,
      undo: () => {},
    })
    const { engine, clock, ledger, run } = simulatedEngine(database, { steps: [lost] })
    const { id } = await engine.startAdHoc([lost], {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(made).toBe(1)
    clock.advance(30_000)
    await worker.tick()
    expect(made).toBe(2)
    expect(await ledger(id)).toEqual(['lost: unknown'])
    for (let n = 0; n < 3; n += 1) {
      clock.advance(30_000)
      await worker.tick()
    }
    expect(made).toBe(2)
    expect(await ledger(id)).toEqual(['lost: failed'])
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:lost', compensate_from_idx: -1 },
    })
  })
})

/** A saga under a lock whose second step fails, so that the first is taken back. */
async function goingBack(key: string, undo: () => unknown, undoOptions: UndoOptions) {
  const made = step('made', { idempotent: true, do: () => undefined, undo, undoOptions })
  const back = saga('going_back', z.object({}), { locks: () => [key] })
    .step(made)
    .step(fail)
  const simulated = simulatedEngine(database, { sagas: [back] })
  const { id } = await simulated.engine.start(back, {})
  const worker = simulated.engine.createWorker()
  return {
    ...simulated,
    id,
    tick: () => worker.tick(),
    async later(seconds: number) {
      for (let n = 0; n < seconds; n += 1) {
        simulated.clock.advance(1_000)
        await worker.tick()
      }
    },
  }
}

describe('an undo', () => {
  const parked = { status: 'parked', parked: { reason: 'undo_exhausted:made', step: 0 } }

  it('that stays pending is given up at its deadline, and the locks stay held while it is parked', async () => {
    const undoOptions: UndoOptions = { every: '1s', deadline: '10s' }
    const { id, tick, later, run, engine } = await goingBack('pending', () => pending, undoOptions)
    await tick()
    expect(await engine.lockHolders(['pending'])).toMatchObject([{ runId: id }])
    await later(9)
    expect(await run(id)).toMatchObject({ status: 'waiting', direction: 'undo' })
    await later(1)
    expect(await run(id)).toMatchObject({ ...parked, locksHeld: true })
    expect(await engine.lockHolders(['pending'])).toMatchObject([{ runId: id }])
  })

  it('has one deadline, though it throws and is pending by turns', async () => {
    let calls = 0
    const byTurns = () => {
      calls += 1
      if (calls % 2 === 1) throw new Error('busy')
      return pending
    }
    const { id, tick, later, run } = await goingBack('by turns', byTurns, {
      every: '1s',
      deadline: '10s',
      retry: { attempts: 100, initial: '1s', factor: 1, jitter: 0 },
    })
    await tick()
    await later(9)
    expect(await run(id)).toMatchObject({ status: 'waiting', direction: 'undo' })
    await later(1)
    expect(await run(id)).toMatchObject(parked)
    expect(calls).toBe(10)
  })

  it('that was interrupted counts as an attempt', async () => {
    const begun = Promise.withResolvers<void>()
    const hang = Promise.withResolvers<void>()
    let calls = 0
    const lostOnce = () => {
      calls += 1
      begun.resolve()
      if (calls === 1) return hang.promise
      throw new Error('busy')
    }
    const { id, tick, clock, run, engine } = await goingBack('interrupted', lostOnce, {
      retry: { attempts: 2 },
    })
    const interrupted = tick()
    await begun.promise
    clock.advance(10_001)
    hang.resolve()
    await interrupted
    await engine.createWorker().tick()
    expect(calls).toBe(2)
    expect((await engine.get(id)).steps[0]).toMatchObject({ undoAttempts: 2 })
    expect(await run(id)).toMatchObject(parked)
  })
})

describe('the input of a step', () => {
  it('is frozen through and through', async () => {
    const seen: unknown[] = []
    const look = step('look', {
      input: z.object({ list: z.array(z.object({ name: z.string() })) }),
      do: ({ input }) => void seen.push(input, input.list, input.list[0]),
      find: () => undefined,
      undo: ({ input }) => void seen.push(input, input.list, input.list[0]),
    })
    const { engine } = simulatedEngine(database, { steps: [look, fail] })
    await engine.startAdHoc([look, fail], { list: [{ name: 'a' }] })
    await engine.createWorker().tick()
    expect(seen.map((value) => Object.isFrozen(value))).toEqual(Array(6).fill(true))
  })
})

describe('a start', () => {
  it("hints at its run to the workers, but not from the caller's transaction", async () => {
    const made = step('made', { idempotent: true, do: () => undefined, undo: () => undefined })
    const { engine } = simulatedEngine(database, { steps: [made] })
    const [listener, tx] = await Promise.all([database.pool.connect(), database.pool.connect()])
    try {
      const heard: (string | undefined)[] = []
      listener.on('notification', ({ payload }) => void heard.push(payload))
      await listener.query('listen saga_wake')
      await tx.query('begin')
      await engine.startAdHoc([made], {}, { tx })
      await tx.query('commit')
      await tx.query(`select pg_notify('saga_wake', 'between')`)
      await engine.startAdHoc([made], {})
      await tx.query(`select pg_notify('saga_wake', 'last')`)
      await expect.poll(() => heard.at(-1)).toBe('last')
      expect(heard).toEqual(['between', '', 'last'])
    } finally {
      listener.release(true)
      tx.release()
    }
  })
})
