import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, fail, saga, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { broken, makeThing, world } from './world.ts'

// Of each test its own: a run that is left behind would be claimed by the next test's workers.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A run of one put, under way, that nobody can look for; it lands when the test says. */
async function slowPut(options: Readonly<{ heedsSignal?: boolean; leaseMs?: number }> = {}) {
  const w = world()
  const begun = Promise.withResolvers<void>()
  const arrival = Promise.withResolvers<void>()
  let sent: Promise<unknown> = arrival.promise
  const put = step('put', {
    idempotent: true,
    retry: { attempts: 1 },
    timeout: '10s',
    settles: '60s',
    do: ({ key, signal }) => {
      sent = arrival.promise.then(() => w.create(key))
      begun.resolve()
      if (options.heedsSignal !== true) return sent.then(() => ({ put: key }))
      // The connection is closed at once; what was sent over it is on its way all the same.
      const closed = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => closed.reject(signal.reason))
      return closed.promise
    },
    undo: ({ key }) => w.remove(key),
  })
  const simulated = simulatedEngine(database, { steps: [put] })
  const { id } = await simulated.engine.startAdHoc([put], {})
  const worker = simulated.engine.createWorker({ leaseMs: options.leaseMs ?? 10_000 })
  const ticking = worker.tick()
  await begun.promise
  const next = simulated.engine.createWorker()
  const strays = async () => {
    const { rowCount } = await database.pool.query(
      `select from saga.saga_signals where type = 'stray_effect'`,
    )
    return rowCount
  }
  return {
    ...simulated,
    id,
    w,
    worker,
    ticking,
    async land() {
      arrival.resolve()
      await sent
      // Who waited for the answer to the end says so; whoever did not never knows.
      if (options.heedsSignal !== true) await expect.poll(strays).toBe(1)
    },
    async later(ms: number) {
      simulated.clock.advance(ms)
      await next.tick()
    },
  }
}

describe('an idempotent effect that nobody can look for is taken back only when it can no longer land', () => {
  it('after its call outlived its time limit', async () => {
    const { clock, engine, ticking, later, land, run, w, id } = await slowPut({
      leaseMs: 1_000_000,
    })
    clock.advance(10_000)
    clock.advance(5_000)
    await ticking
    expect((await engine.get(id)).steps[0]).toMatchObject({ error: { code: 'timeout' } })
    await later(59_999)
    expect(w.calls).toEqual([])
    await land()
    await later(1)
    expect((await run(id)).status).toBe('rolled_back')
    expect([...w.things.keys()]).toEqual([])
  })

  it('after a cancel in the middle of its call', async () => {
    const { engine, worker, ticking, later, land, run, w, id } = await slowPut({
      heedsSignal: true,
    })
    await engine.cancel(id)
    await worker.tick()
    await ticking
    await later(59_999)
    expect(w.calls).toEqual([])
    await land()
    await later(1)
    expect((await run(id)).status).toBe('rolled_back')
    expect([...w.things.keys()]).toEqual([])
  })

  it('after its worker was lost in the middle of its call', async () => {
    const { ticking, later, land, run, w, id } = await slowPut()
    await later(10_001)
    await later(59_998)
    expect(w.calls).toEqual([])
    await land()
    await ticking
    await later(1)
    expect((await run(id)).status).toBe('rolled_back')
    expect([...w.things.keys()]).toEqual([])
  })
})

describe('an effect is not lost sight of', () => {
  it('when the step then ran into an error of the engine, which proves nothing', async () => {
    const w = world()
    const other = saga('other', z.object({ needed: z.string() })).step(sleep('nap', '1s'))
    let startOther = async (): Promise<unknown> => undefined
    const both = step('make_and_start', {
      settles: 0,
      do: async ({ key }) => {
        const made = await w.create(key)
        await startOther()
        return made
      },
      find: ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const { engine, run } = simulatedEngine(database, { sagas: [other], steps: [both] })
    startOther = () => engine.startKind('other', {})
    const { id } = await engine.startAdHoc([both], {})
    await engine.createWorker().tick()
    const [name] = w.things.keys()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { name } })
    expect(w.calls).toEqual([`create ${name}`, `find ${name}`])
  })

  it('when the schema of its input makes another default each time it is asked', async () => {
    const w = world()
    const named = step('named', {
      input: z.object({ name: z.string().default(() => randomUUID()) }),
      settles: 0,
      do: ({ input }): Promise<{ name: string }> => w.createUnanswered(input.name),
      find: ({ input }) => w.find(input.name),
      undo: ({ input }) => w.remove(input.name),
    })
    const { engine, run } = simulatedEngine(database, { steps: [named, fail] })
    const { id } = await engine.startAdHoc([named, fail], {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('rolled_back')
    const [verbs, names] = [0, 1].map((part) => w.calls.map((call) => call.split(' ')[part]))
    expect(verbs).toEqual(['create', 'find', 'remove'])
    expect(new Set(names).size).toBe(1)
  })

  it('by a find that answers null, where do gives nothing to tell it by', async () => {
    const w = world()
    const quiet = step('quiet', {
      settles: 0,
      do: async ({ key }) => {
        await w.createUnanswered(key)
      },
      find: async ({ key }) => ((await w.find(key)) === undefined ? undefined : null),
      undo: ({ key }) => w.remove(key),
    })
    const { engine, run } = simulatedEngine(database, { steps: [quiet] })
    const { id } = await engine.startAdHoc([quiet], {})
    await engine.createWorker().tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: {} })
    expect(w.calls.map((call) => call.split(' ')[0])).toEqual(['create', 'find'])
  })

  it('by a rollback of another run whose tag happens to be the same', async () => {
    const w = world()
    const thing = step('thing', {
      settles: 0,
      do: ({ key }) => w.create(key),
      find: ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const ids = ['1', '2'].map((n) => `01900000-0000-7000-800${n}-0000aabbccdd`)
    const { engine, run } = simulatedEngine(database, {
      steps: [thing, fail],
      newId: () => ids.shift() ?? randomUUID(),
    })
    const kept = await engine.startAdHoc([thing], {})
    const undone = await engine.startAdHoc([thing, fail], {})
    await engine.createWorker().tick()
    expect(undone.run.tag).toBe(kept.run.tag)
    expect((await run(undone.id)).status).toBe('rolled_back')
    expect([...w.things.keys()]).toEqual([`${kept.id}-0`])
  })
})

describe('time', () => {
  it('that a claim spent in the queue for a connection does not make an absence count early', async () => {
    const w = world()
    w.faults(broken('cut off'))
    const { clock, store } = simulatedEngine(database)
    let queuedFor = 0
    const engine = createEngine({
      clock,
      random: () => 0,
      steps: [makeThing(w)],
      store: {
        ...store,
        claimRuns(params) {
          clock.advance(queuedFor)
          queuedFor = 0
          return store.claimRuns(params)
        },
      },
    })
    const { id } = await engine.startAdHoc([{ name: 'make_thing' }], {})
    const worker = engine.createWorker({ leaseMs: 1_000_000 })
    await worker.tick()
    clock.advance(5_000)
    queuedFor = 13_000
    await worker.tick()
    // 18 of the 30 seconds in which it could still show.
    expect((await engine.get(id)).steps[0]?.status).toBe('unknown')
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  it('that passed without a worker does not condemn what is there: it is looked at first', async () => {
    const w = world()
    const { engine, clock, run } = simulatedEngine(database, { steps: [makeThing(w)] })
    const { id } = await engine.startAdHoc([{ name: 'make_thing' }], {})
    const { isReady } = w
    w.isReady = async () => false
    await engine.createWorker().tick()
    w.isReady = isReady
    expect((await run(id)).status).toBe('waiting')
    clock.advance(10 * 3_600_000)
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    expect(w.calls.map((call) => call.split(' ')[0])).toEqual(['create', 'look'])
  })
})
