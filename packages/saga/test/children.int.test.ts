import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { child, createEngine, fail, parallel, saga, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { broken, makeThing, type World, world } from './world.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
let things: World
beforeEach(async () => {
  database = await engineDatabase()
  things = world()
})
afterEach(() => database.drop())

const nothing = z.object({})

function family(options: Parameters<typeof makeThing>[1] = {}) {
  const inner = saga('inner', z.object({ size: z.number() }), {
    locks: ({ size }) => [`size/${size}`],
  }).step(makeThing(things, options))
  const outer = saga('outer', z.object({ size: z.number() }), {
    locks: ({ size }) => [`size/${size}`, 'outer'],
  }).step(child(inner))
  return { inner, outer }
}

/** The child of a run's step. */
async function childOf({ engine }: ReturnType<typeof simulatedEngine>, id: string) {
  const { data } = await engine.list({ rootId: id })
  const found = data.find(({ parentId }) => parentId === id)
  if (found === undefined) throw new Error('there is no child')
  return found
}

describe('a child', () => {
  it('is a run of its own, which its parent waits for and whose outputs it gives on', async () => {
    const { outer } = family()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, ledger, run, history } = simulated
    const { id } = await engine.start(outer, { size: 7 }, { actor: 'ada' })
    const worker = engine.createWorker()
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'child', wakeAt: null })
    expect(await ledger(id)).toEqual(['inner: waiting'])
    const started = await childOf(simulated, id)
    expect(started).toMatchObject({
      kind: 'inner',
      parentId: id,
      parentStep: 0,
      rootId: id,
      startedBy: `saga:${id}`,
      inputs: { size: 7 },
    })
    await worker.tick()
    expect((await run(started.id)).status).toBe('completed')
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: { thing: `thing-${started.tag}-0` },
    })
    expect(await history(id)).toEqual([
      'run_created',
      'run_claimed',
      'locks_acquired',
      'child_started 0',
      'run_waiting',
      'child_reported 0',
      'step_completed 0',
      'run_completed',
    ])
  })

  it('gives what it gives under a name of its own, if asked', async () => {
    const { inner } = family()
    const two = saga('two', z.object({ size: z.number() }), { locks: () => ['size/1'] }).step(
      parallel([child(inner, { as: 'left' }), child(inner, { as: 'right', name: 'again' })]),
    )
    const { engine, run } = simulatedEngine(database, { sagas: [two] })
    const { id } = await engine.start(two, { size: 1 })
    const worker = engine.createWorker()
    for (let round = 0; round < 4; round += 1) await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: {
        left: { thing: expect.stringContaining('thing-') },
        right: { thing: expect.stringContaining('thing-') },
      },
    })
    expect(things.things.size).toBe(2)
  })

  it('has the locks of its parent, which hold until the root ends', async () => {
    const { outer, inner } = family()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, run } = simulated
    const { id } = await engine.start(outer, { size: 7 })
    const worker = engine.createWorker()
    await worker.tick()
    const { id: childId } = await childOf(simulated, id)
    const { id: rival } = await engine.start(inner, { size: 7 })
    await worker.tick()
    expect((await run(childId)).status).toBe('completed')
    // It ended; the locks are its parent's, whatever its own end would have released.
    expect(await engine.lockHolders()).toMatchObject([
      { key: 'outer', runId: id },
      { key: 'size/7', runId: id },
    ])
    expect(await run(rival)).toMatchObject({ status: 'waiting', waitsFor: 'lock' })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    await worker.tick()
    expect((await run(rival)).status).toBe('completed')
  })

  it('that needs a lock its root does not hold is refused, for waiting for it could be a circle', async () => {
    const { inner } = family()
    const careless = saga('careless', z.object({ size: z.number() })).step(child(inner))
    const { engine, run } = simulatedEngine(database, { sagas: [careless] })
    const { id } = await engine.start(careless, { size: 7 })
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[0]).toMatchObject({
      status: 'failed',
      error: { code: 'lock_not_held', message: expect.stringContaining('size/7; add them') },
    })
    expect((await engine.list({ kind: 'inner' })).data).toEqual([])
  })

  it('whose input does not fit is never started', async () => {
    const { inner } = family()
    const bad = saga('bad', nothing).step(child(inner), {
      with: () => ({ size: 'large' as unknown as number }),
    })
    const { engine } = simulatedEngine(database, { sagas: [bad] })
    const { id } = await engine.start(bad, {})
    await engine.createWorker().tick()
    expect((await engine.get(id)).steps[0]?.error?.message).toContain('size: ')
    expect((await engine.list({ kind: 'inner' })).data).toEqual([])
  })
})

describe('a child that rolls back', () => {
  it('has failed for its parent, which goes back from the step before', async () => {
    const inner = saga('inner', nothing).step(makeThing(things)).step(fail)
    const outer = saga('outer', nothing)
      .step(makeThing(things, { name: 'first' }))
      .step(child(inner, { as: 'inner' }))
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [outer] })
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect(await ledger(id)).toEqual(['first: compensated', 'inner: failed'])
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:inner', compensate_from_idx: 0 },
    })
    expect((await engine.get(id)).steps[1]?.error).toMatchObject({
      code: 'child_rolled_back',
      message: expect.stringMatching(/^saga \S+ rolled back: step_failed:fail$/),
    })
    expect(things.things.size).toBe(0)
  })

  it('is followed by another where the step may be retried', async () => {
    let left = 1
    const flaky = step('flaky', {
      effect: 'read',
      retry: { attempts: 1 },
      do: () => {
        if (left-- > 0) broken('not yet')()
        return { steady: true }
      },
    })
    const inner = saga('inner', nothing).step(flaky)
    const outer = saga('outer', nothing).step(
      child(inner, { retry: { attempts: 2, initial: '5s', jitter: 0 } }),
    )
    const { engine, run, clock } = simulatedEngine(database, { sagas: [outer] })
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', wakeAt: clock.now() + 5_000 })
    clock.advance(5_001)
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { steady: true } })
    expect((await engine.list({ rootId: id })).data.map(({ status }) => status)).toEqual([
      'completed',
      'rolled_back',
    ])
  })
})

describe('undoing a child', () => {
  const outerThenFail = (options: Parameters<typeof makeThing>[1] = {}) =>
    saga('outer', nothing)
      .step(child(saga('inner', nothing).step(makeThing(things, options))))
      .step(fail)

  it('that has completed rolls it back, as a run of its own', async () => {
    const outer = outerThenFail()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, ledger, run, history } = simulated
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    for (let round = 0; round < 5; round += 1) await worker.tick()
    const { id: childId } = await childOf(simulated, id)
    expect(await run(childId)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'rolled_back' },
    })
    expect(await ledger(childId)).toEqual(['make_thing: compensated'])
    expect(await ledger(id)).toEqual(['inner: compensated', 'fail: failed'])
    expect((await run(id)).status).toBe('rolled_back')
    expect(things.things.size).toBe(0)
    expect((await history(childId)).slice(-5)).toEqual([
      'run_completed',
      'roll_back_requested',
      'undo_opened 0',
      'step_compensated 0',
      'run_rolled_back',
    ])
  })

  it('that is under way cancels it', async () => {
    const inner = saga('inner', nothing).step(makeThing(things)).step(sleep('rest', '1h'))
    const outer = saga('outer', nothing).step(child(inner))
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, run, ledger } = simulated
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    await worker.tick()
    await worker.tick()
    const { id: childId } = await childOf(simulated, id)
    expect(await ledger(childId)).toEqual(['make_thing: completed', 'rest: waiting'])
    await engine.cancel(id, { actor: 'ada' })
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect(await run(childId)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'cancelled' },
    })
    expect(await ledger(id)).toEqual(['inner: compensated'])
    expect((await run(id)).status).toBe('rolled_back')
    expect(things.things.size).toBe(0)
  })

  it('that cannot be undone waits for the operator of the child, and names what is left', async () => {
    const outer = outerThenFail({ undoOptions: { retry: { attempts: 1 } } })
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, run } = simulated
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    await worker.tick()
    await worker.tick()
    things.faults(broken('no way back'))
    for (let round = 0; round < 3; round += 1) await worker.tick()
    const { id: childId } = await childOf(simulated, id)
    expect(await run(childId)).toMatchObject({ status: 'parked' })
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'child', direction: 'undo' })
    await expect(engine.abandon(id, { reason: 'enough' })).rejects.toThrow('it is not parked')
    await engine.skip(childId, { reason: 'it stays', actor: 'ada' })
    await worker.tick()
    await worker.tick()
    expect(await run(childId)).toMatchObject({ status: 'failed' })
    expect(await run(id)).toMatchObject({
      status: 'failed',
      error: { left_behind: [{ idx: 0, name: 'inner' }] },
    })
  })

  it('may not be asked of it alone: it is a part of its parent', async () => {
    const { outer } = family()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine } = simulated
    const { id } = await engine.start(outer, { size: 1 })
    const worker = engine.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    const { id: childId } = await childOf(simulated, id)
    await expect(engine.rollBack(childId)).rejects.toThrow(`it is a part of saga ${id}`)
    await engine.rollBack(id)
    for (let round = 0; round < 4; round += 1) await worker.tick()
    expect((await engine.get(id)).run.status).toBe('rolled_back')
    expect((await engine.get(childId)).run.status).toBe('rolled_back')
    expect(things.things.size).toBe(0)
  })
})

describe('a child with a point of no return', () => {
  it('makes the step of its parent one', async () => {
    const pay = step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) })
    const inner = saga('inner', nothing).step(pay).step(sleep('rest', '1h'))
    const outer = saga('outer', nothing).step(child(inner)).step(fail)
    const { engine, run, clock } = simulatedEngine(database, { sagas: [outer] })
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    await worker.tick()
    await worker.tick()
    await expect(engine.cancel(id)).rejects.toThrow('past its point of no return')
    clock.advance(3_600_001)
    await worker.tick()
    await worker.tick()
    expect((await run(id)).parked).toEqual({ reason: 'step_failed:fail', step: 1 })
  })
})

describe('the start of a child', () => {
  it('is one with its ledger row: a crash between leaves both or neither', async () => {
    const { outer } = family()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, store, clock, run } = simulated
    const { id } = await engine.start(outer, { size: 7 })
    let cut = true
    const crashing = createEngine({
      clock,
      sagas: [outer],
      store: {
        ...store,
        transactRun: ({ work, signal }) =>
          store.transactRun({
            signal,
            async work(tx) {
              const commit = await work(tx)
              if (!cut) return commit
              cut = false
              throw new Error('the worker died between the child and its row')
            },
          }),
      },
    })
    await crashing.createWorker().tick()
    expect((await engine.list({ rootId: id })).data).toEqual([])
    expect((await engine.get(id)).steps).toEqual([])
    clock.advance(10_000)
    const worker = engine.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect((await run(id)).status).toBe('completed')
    expect((await engine.list({ rootId: id })).data).toHaveLength(1)
  })

  it('happens once, when the answer to it is lost', async () => {
    const { outer } = family()
    const simulated = simulatedEngine(database, { sagas: [outer] })
    const { engine, store, clock, run } = simulated
    const { id } = await engine.start(outer, { size: 7 })
    let lose = true
    const deaf = createEngine({
      clock,
      sagas: [outer],
      store: {
        ...store,
        async transactRun(params) {
          const result = await store.transactRun(params)
          if (!lose) return result
          lose = false
          throw Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' })
        },
      },
    })
    const worker = deaf.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect((await run(id)).status).toBe('completed')
    expect((await engine.list({ rootId: id })).data).toHaveLength(1)
  })
})
