import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, type Store, step, systemClock } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { world } from './world.ts'

// Of each test its own: a run that is left behind would be claimed by the next test's workers.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A step that notes its calls, and an engine whose store a test can hold up. */
function heldUp(override: (store: Store) => Partial<Store>) {
  const calls: string[] = []
  const note = step('note', {
    idempotent: true,
    do: ({ epoch }) => void calls.push(`do in epoch ${epoch}`),
    undo: () => {},
  })
  const simulated = simulatedEngine(database, { steps: [note] })
  const { store, clock } = simulated
  const engine = createEngine({
    clock,
    steps: [note],
    store: { ...store, ...override(store) },
  })
  return { ...simulated, others: simulated.engine, engine, note, calls }
}

/** A claim that is sent only when the test says. */
function slowClaim() {
  const claiming = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const simulated = heldUp((store) => ({
    async claimRuns(params) {
      claiming.resolve()
      await go.promise
      return store.claimRuns(params)
    },
  }))
  return { ...simulated, claiming: claiming.promise, go: go.resolve }
}

describe('a worker that is stopped', () => {
  it('while it claims begins nothing, and lets go of what it claimed', async () => {
    const { engine, others, note, run, claiming, go, calls } = slowClaim()
    const { id } = await engine.startAdHoc([note, note], {})
    const worker = engine.createWorker()
    worker.start()
    await claiming
    const stopped = worker.stop()
    go()
    await stopped
    expect(await run(id)).toMatchObject({ workerId: null, epoch: 1 })
    expect(await others.createWorker().tick()).toEqual({ claimed: 1 })
    expect(calls).toEqual(['do in epoch 2', 'do in epoch 2'])
  })

  it('while it writes an intent down does not count the attempt that it never made', async () => {
    const w = world()
    const thing = step('thing', {
      settles: 0,
      retry: { attempts: 1 },
      do: ({ key }) => w.create(key),
      find: ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const { clock, store, engine: others, run } = simulatedEngine(database, { steps: [thing] })
    let stopped: Promise<void> | undefined
    const engine = createEngine({
      clock,
      steps: [thing],
      store: {
        ...store,
        async commitRuns(params) {
          const result = await store.commitRuns(params)
          if (stopped === undefined) {
            // The stop comes while the intent is on its way, and its patience is over at once.
            stopped = worker.stop({ graceMs: 0 })
            clock.advance(0)
            await new Promise(setImmediate)
          }
          return result
        },
      },
    })
    const worker = engine.createWorker()
    const { id } = await engine.startAdHoc([thing], {})
    await worker.tick()
    expect(w.calls).toEqual([])
    expect(await run(id)).toMatchObject({ workerId: null, direction: 'forward' })
    expect((await others.get(id)).steps[0]).toMatchObject({ status: 'waiting', attempts: 0 })
    clock.advance(6_000)
    await stopped
    await others.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    expect((await others.get(id)).steps[0]).toMatchObject({ attempts: 1 })
    expect(w.calls).toEqual([`create ${id}-0`])
  })
})

describe('a worker that slept past its lease', () => {
  it('claims nothing under an id that was forgotten meanwhile: nobody would take it over', async () => {
    const { engine, others, note, run, claiming, go, clock, calls } = slowClaim()
    const ticking = engine.createWorker().tick()
    await claiming
    clock.advance(2 * 86_400_000)
    // Whoever is stopped in order sweeps up the leases that ended long ago.
    const other = others.createWorker()
    await other.tick()
    await other.stop()
    const { rows } = await database.pool.query('select from saga.saga_workers')
    expect(rows).toHaveLength(1)
    const { id } = await others.startAdHoc([note], {})
    go()
    expect(await ticking).toEqual({ claimed: 0 })
    expect(await run(id)).toMatchObject({ status: 'pending', workerId: null })
    await others.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    expect(calls).toEqual(['do in epoch 1'])
  })

  it('in the middle of a round does not let go of what still ends beside it', async () => {
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const hang = step('hang', {
      idempotent: true,
      do: () => {
        begun.resolve()
        return go.promise
      },
      undo: () => {},
    })
    const { clock, store } = simulatedEngine(database)
    let lapses = false
    const abandonRun = vi.fn<Store['abandonRun']>((params) => store.abandonRun(params))
    const engine = createEngine({
      clock,
      steps: [hang],
      store: {
        ...store,
        abandonRun,
        async listSignals(params) {
          const signals = await store.listSignals(params)
          // The answer took its time, and the lease is over before it came.
          if (lapses) clock.advance(8_000)
          return signals
        },
      },
    })
    await engine.startAdHoc([hang], {})
    const worker = engine.createWorker({ leaseMs: 10_000 })
    const first = worker.tick()
    await begun.promise
    lapses = true
    await expect(worker.tick()).rejects.toMatchObject({ code: 'fenced' })
    go.resolve()
    await first
    expect(abandonRun).not.toHaveBeenCalled()
  })
})

describe('the clock of the system', () => {
  it('waits thirty days where it is asked to, though no timer can', () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const days = 86_400_000
    const called = vi.fn<() => void>()
    systemClock.after(30 * days, called)
    const cancel = systemClock.after(30 * days, () => expect.unreachable())
    vi.advanceTimersByTime(29 * days)
    cancel()
    vi.advanceTimersByTime(days - 1)
    expect(called).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(called).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })
})
