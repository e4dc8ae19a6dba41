import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { ActRefused, createEngine, echo, fail, RunNotFound, sleep, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { makeThing, world } from './world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

describe('a cancel', () => {
  it('before the first step rolls back at once', async () => {
    const { engine, run, ledger, history } = simulatedEngine(database, { steps: [echo] })
    const { id } = await engine.startAdHoc([echo], {})
    const asked = await engine.cancel(id, { actor: 'ada' })
    expect(asked).toMatchObject({ status: 'pending', cancelRequestedBy: 'ada' })
    await engine.createWorker().tick()
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'cancelled', compensate_from_idx: -1 },
      cancelRequestedBy: 'ada',
    })
    expect(await ledger(id)).toEqual([])
    expect(await history(id)).toEqual([
      'run_created',
      'run_claimed',
      'cancel_requested',
      'compensation_started',
      'run_rolled_back',
    ])
    const events = await engine.events(id)
    expect(events.find(({ type }) => type === 'cancel_requested')?.actor).toBe('ada')
  })

  it('of a run that waits wakes it, and undoes what it did', async () => {
    const nap = sleep('nap', '1d')
    const w = world()
    const thing = makeThing(w)
    const { engine, run, ledger } = simulatedEngine(database, { steps: [thing, nap, echo] })
    const { id } = await engine.startAdHoc([thing, nap, echo], {})
    const worker = engine.createWorker()
    await worker.tick()
    await engine.cancel(id)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'rolled_back' })
    expect(await ledger(id)).toEqual(['make_thing: compensated', 'nap: failed'])
    expect(w.things.size).toBe(0)
  })

  it('while an effect is being probed begins the undo at that step', async () => {
    const w = world()
    w.isReady = async () => false
    const thing = makeThing(w)
    const { engine, run, ledger } = simulatedEngine(database, { steps: [thing] })
    const { id } = await engine.startAdHoc([thing], {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(w.things.size).toBe(1)
    await engine.cancel(id)
    await worker.tick()
    expect((await run(id)).error).toEqual({ reason: 'cancelled', compensate_from_idx: 0 })
    expect(await ledger(id)).toEqual(['make_thing: compensated'])
    expect(w.things.size).toBe(0)
  })

  it('past the point of no return changes nothing', async () => {
    const pivot = step('pivot', { effect: 'pivot', idempotent: true, do: () => undefined })
    const nap = sleep('nap', '1h')
    const { engine, run, clock } = simulatedEngine(database, { steps: [pivot, nap] })
    const { id } = await engine.startAdHoc([pivot, nap], {})
    const worker = engine.createWorker()
    await worker.tick()
    await expect(engine.cancel(id)).rejects.toThrow('past its point of no return')
    clock.advance(3_600_000)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('is refused once the run has ended, is going back, or does not exist', async () => {
    const slow = step('slow_undo', {
      idempotent: true,
      do: () => undefined,
      undo: () => {
        throw new Error('busy')
      },
    })
    const { engine } = simulatedEngine(database, { steps: [echo, slow, fail] })
    const ended = await engine.startAdHoc([echo], {})
    const back = await engine.startAdHoc([slow, fail], {})
    await engine.createWorker().tick()
    await expect(engine.cancel(ended.id)).rejects.toBeInstanceOf(ActRefused)
    await expect(engine.cancel(back.id)).rejects.toThrow('already going back')
    await expect(engine.cancel('00000000-0000-7000-8000-000000000000')).rejects.toBeInstanceOf(
      RunNotFound,
    )
    await expect(engine.cancel('nonsense')).rejects.toBeInstanceOf(RunNotFound)
  })

  it('of a parked run sends it back', async () => {
    const w = world()
    const thing = makeThing(w)
    const { engine, clock, run } = simulatedEngine(database, { steps: [thing] })
    w.faults(...Array(40).fill(() => Promise.reject(new Error('unreachable'))))
    const { id } = await engine.startAdHoc([thing], {})
    const worker = engine.createWorker()
    for (let n = 0; n < 8; n += 1) {
      await worker.tick()
      clock.advance(60_000)
    }
    expect((await run(id)).status).toBe('parked')
    w.faults()
    await engine.cancel(id)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'rolled_back', parked: null })
  })
})

describe('a cancel in the middle of a call', () => {
  it('aborts its signal within two seconds, and undoes once the outcome is known', async () => {
    const w = world()
    const begun = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const long = step('long_step', {
      key: ({ run }) => `long-${run.tag}`,
      settles: 0,
      timeout: '1h',
      do: async ({ key, signal }) => {
        await w.create(key)
        begun.resolve()
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
        return { name: key }
      },
      find: ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const engine = createEngine({
      store: postgresStore({ pool: database.pool }),
      steps: [echo, long],
    })
    const worker = engine.createWorker()
    worker.start()
    try {
      const { id } = await engine.startAdHoc([echo, long], {})
      await begun.promise
      const askedAt = performance.now()
      const asked = await engine.cancel(id)
      expect(asked.cancelRequestedAt).not.toBeNull()
      await expect.poll(async () => (await engine.get(id)).run.status).toBe('rolled_back')
      aborted.resolve()
      expect(performance.now() - askedAt).toBeLessThan(2_000)
      const { steps } = await engine.get(id)
      expect(steps.map(({ status }) => status)).toEqual(['compensated', 'compensated'])
      expect(w.things.size).toBe(0)
      expect(w.calls.map((call) => call.split(' ')[0])).toEqual(['create', 'find', 'remove'])
    } finally {
      await worker.stop()
    }
  })
})

describe('a worker that is stopped', () => {
  it('lets the call under way end, and leaves the rest to the next', async () => {
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const slow = step('slow', {
      idempotent: true,
      do: async () => {
        begun.resolve()
        await go.promise
        return { slow: true }
      },
      undo: () => {},
    })
    const store = postgresStore({ pool: database.pool })
    const engine = createEngine({ store, steps: [slow, echo] })
    const worker = engine.createWorker()
    worker.start()
    const { id } = await engine.startAdHoc([slow, echo], {})
    await begun.promise
    const stopped = worker.stop()
    go.resolve()
    await stopped
    const between = await engine.get(id)
    expect(between.run).toMatchObject({
      status: 'running',
      workerId: null,
      context: { slow: true },
    })
    expect(between.steps.map(({ status }) => status)).toEqual(['completed'])
    await engine.createWorker().tick()
    const { run, steps } = await engine.get(id)
    expect(run.status).toBe('completed')
    expect(steps.map(({ attempts }) => attempts)).toEqual([1, 1])
  })

  it('aborts what does not end in time; the outcome counts as unknown', async () => {
    const w = world()
    const begun = Promise.withResolvers<void>()
    const stuck = step('stuck', {
      key: ({ run }) => `stuck-${run.tag}`,
      settles: 0,
      do: async ({ key, signal, attempt }) => {
        await w.create(key)
        begun.resolve()
        if (attempt === 1) {
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          })
        }
        return { name: key }
      },
      find: ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const store = postgresStore({ pool: database.pool })
    const engine = createEngine({ store, steps: [stuck], random: () => 1 })
    const worker = engine.createWorker()
    worker.start()
    const { id } = await engine.startAdHoc([stuck], {})
    await begun.promise
    await worker.stop({ graceMs: 10 })
    expect((await engine.get(id)).steps[0]?.status).toBe('unknown')
    const next = engine.createWorker()
    next.start()
    try {
      await expect
        .poll(async () => (await engine.get(id)).run.status, { timeout: 15_000 })
        .toBe('completed')
    } finally {
      await next.stop()
    }
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })
})
