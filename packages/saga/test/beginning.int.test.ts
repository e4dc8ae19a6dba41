import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { begunRun } from '../src/engine/begun.ts'
import type { Commit, Store } from '../src/engine/store.ts'
import { child, createEngine, type EngineOptions, saga, type Worker } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { makeThing, refused, world } from './world.ts'

let database: TestDatabase
const workers: Worker[] = []
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ graceMs: 0 })))
  await database.drop()
})

/** An engine with a worker that runs by itself and has just found that nothing is due. */
async function running(
  options: Readonly<{
    engine?: Partial<EngineOptions>
    concurrency?: number
    store?: (store: Store) => Partial<Store>
    /** At the moment that a claim is answered. */
    claimed?: () => Promise<void>
  }> = {},
) {
  const things = world()
  const thing = saga('thing', z.object({})).step(makeThing(things))
  const simulated = simulatedEngine(database, { sagas: [thing] })
  const { store, clock } = simulated
  const called: string[] = []
  const note =
    <Params, Result>(name: string, method: (params: Params) => Promise<Result>) =>
    async (params: Params) => {
      called.push(name)
      return method(params)
    }
  const noted = {
    ...store,
    insertRun: note('insert', store.insertRun),
    commitRuns: note('commit', store.commitRuns),
  }
  let claims = 0
  const engine = createEngine({
    clock,
    random: () => 0,
    sagas: [thing],
    ...options.engine,
    store: {
      ...noted,
      ...options.store?.(noted),
      async claimRuns(params) {
        const claim = await store.claimRuns(params)
        claims += 1
        if (claim.runs.length > 0) await options.claimed?.()
        return claim
      },
    },
  })
  const worker = engine.createWorker({ concurrency: options.concurrency ?? 50, leaseMs: 1e9 })
  workers.push(worker)
  worker.start()
  await expect.poll(() => claims).toBeGreaterThan(0)
  await new Promise(setImmediate)
  return { ...simulated, engine, thing, things, called }
}

describe('a run that is started where a worker has room', () => {
  it('is begun at once: its start, its claim and its first intent are one write', async () => {
    const { engine, thing, things, called, history } = await running()
    const { id, created, run } = await engine.start(thing, {}, { actor: 'ada' })
    expect(created).toBe(true)
    expect(run).toMatchObject({ id, status: 'running', epoch: 1, revision: 1, startedBy: 'ada' })
    expect(called[0]).toBe('commit')
    expect((await history(id)).slice(0, 3)).toEqual(['run_created', 'run_claimed', 'step_opened 0'])
    expect(await engine.settled(id)).toMatchObject({ status: 'completed' })
    expect(things.things.size).toBe(1)
    expect((await engine.events(id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    expect((await engine.events(id))[0]).toMatchObject({
      type: 'run_created',
      actor: 'ada',
      detail: { kind: 'thing' },
    })
  })

  it('makes no call before it is stored', async () => {
    const asked = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const { engine, thing, things } = await running({
      store: (store) => ({
        async commitRuns(params) {
          asked.resolve()
          await go.promise
          return store.commitRuns(params)
        },
      }),
    })
    const started = engine.start(thing, {})
    await asked.promise
    await new Promise(setImmediate)
    expect(things.calls).toEqual([])
    go.resolve()
    await engine.settled((await started).id)
    expect(things.calls[0]).toMatch(/^create/)
  })

  it('is the one its key made before, if there is one', async () => {
    const { engine, thing, things } = await running()
    const first = await engine.start(thing, {}, { key: 'k' })
    const again = await engine.start(thing, {}, { key: 'k' })
    expect(again).toMatchObject({ id: first.id, created: false })
    await engine.settled(first.id)
    expect(things.things.size).toBe(1)
    expect((await engine.list()).data).toHaveLength(1)
  })

  it('is started once when the answer is lost', async () => {
    let lost = false
    const { engine, thing, things } = await running({
      store: (store) => ({
        async commitRuns(params) {
          const results = await store.commitRuns(params)
          if (lost) return results
          lost = true
          throw Object.assign(new Error('the connection is gone'), { code: 'ECONNRESET' })
        },
      }),
    })
    const { id, created } = await engine.start(thing, {}, { key: 'k' })
    expect(created).toBe(true)
    await engine.settled(id)
    expect(things.things.size).toBe(1)
    expect((await engine.list()).data).toHaveLength(1)
  })

  it('is inserted for others where its worker was forgotten in its sleep', async () => {
    const { engine, thing, things, called } = await running()
    await database.pool.query('delete from saga.saga_workers')
    const { id, created, run } = await engine.start(thing, {}, { key: 'k' })
    expect(created).toBe(true)
    expect(called).toEqual(['commit', 'insert'])
    expect(run).toMatchObject({ id, status: 'pending', workerId: null })
    expect(things.calls).toEqual([])
  })

  it('makes no two statements wait for each other, whatever order its keys came in', async () => {
    const { store, engine, thing, clock } = await running({ concurrency: 1 })
    const worker = '01900000-0000-7000-8000-00000000000a'
    await store.renewLease({ worker, name: worker, leaseMs: 1e9, first: true })
    const { plan, inputHash } = { plan: [{ name: 'make_thing' }], inputHash: '' }
    const birth = (startKey: string): Commit => {
      const id = randomUUID()
      const { kind, version } = thing
      const start = {
        ...{ id, tag: id.slice(-8), kind, version, plan, inputs: {}, inputHash, startKey },
        ...{ lockKeys: [], priority: 0, reservedFor: null, startedBy: null },
      }
      return {
        ...{ run: begunRun(start, worker, clock.now()), start, steps: [], events: [] },
        ...{ ledgerLength: 0, readSignals: [], cancelsRead: 0, release: false },
        writeId: randomUUID(),
      }
    }
    // Both stop at the key in the middle, that a transaction of somebody else's has taken.
    const host = await database.pool.connect()
    try {
      await host.query('begin')
      await engine.start(thing, {}, { key: 'm', tx: host })
      const two = [
        store.commitRuns({ commits: [birth('a'), birth('m'), birth('z')] }),
        store.commitRuns({ commits: [birth('z'), birth('m'), birth('a')] }),
      ]
      const waiting = `select count(*)::int as waiting from pg_locks where not granted`
      const count = async () => (await database.pool.query(waiting)).rows[0].waiting
      await expect.poll(count).toBe(2)
      await host.query('rollback')
      expect((await Promise.all(two)).flat().toSorted()).toEqual([
        ...Array(3).fill('committed'),
        ...Array(3).fill('fenced'),
      ])
    } finally {
      host.release()
    }
  })

  it('never has a worker hold more than it may, though it comes as a claim does', async () => {
    let during = async () => {}
    const { engine, thing, things } = await running({
      concurrency: 1,
      claimed: () => during(),
    })
    const gate = Promise.withResolvers<void>()
    things.faults(() => gate.promise)
    const begun: Promise<unknown>[] = []
    await engine.start(thing, {}, { reservedFor: 'nobody' })
    // One at every turn of the promises, from before the claim comes until after.
    during = async () => {
      during = async () => {}
      let at = Promise.resolve()
      for (let turn = 0; turn < 60; turn += 1) {
        at = at.then(() => void begun.push(engine.start(thing, {})))
      }
      for (let turn = 0; turn < 30; turn += 1) await undefined
    }
    const waiting = await database.pool.query(
      `update saga.saga_runs set reserved = '', reserved_for = null returning id`,
    )
    expect(waiting.rowCount).toBe(1)
    await engine.wake()
    await expect.poll(() => begun.length).toBe(60)
    await Promise.all(begun)
    const held = await database.pool.query(
      'select count(*)::int as held from saga.saga_runs where worker_id is not null',
    )
    expect(held.rows).toEqual([{ held: 1 }])
    gate.resolve()
  })

  it('is not started, and says why, when the database refuses its values', async () => {
    const { engine, things, called } = await running({ engine: { sagas: [texts()] } })
    await expect(engine.startKind('texts', { text: 'a\u0000b' })).rejects.toThrow()
    expect(called.filter((name) => name === 'insert')).toEqual([])
    expect(things.calls).toEqual([])
    expect((await engine.list()).data).toEqual([])
  })

  it('takes its locks, and starts its children, when it has a row', async () => {
    const things = world()
    const inner = saga('inner', z.object({})).step(makeThing(things))
    const outer = saga('outer', z.object({}), { locks: () => ['a'] }).step(child(inner))
    const { engine, clock } = await running({ engine: { sagas: [outer] } })
    const { id } = await engine.start(outer, {})
    await expect
      .poll(async () => {
        clock.advance(250)
        return (await engine.get(id)).run.status
      })
      .toBe('completed')
    expect(things.things.size).toBe(1)
    expect(await engine.lockHolders()).toEqual([])
  })

  it('is inserted, for who comes next, where the worker is full, or others wait before it', async () => {
    const { engine, thing, things, called } = await running({ concurrency: 1 })
    const gate = Promise.withResolvers<void>()
    things.faults(() => gate.promise)
    const first = await engine.start(thing, {})
    const second = await engine.start(thing, {})
    expect(called).toEqual(['commit', 'insert'])
    expect(second.run).toMatchObject({ status: 'pending', epoch: 0 })
    gate.resolve()
    await engine.settled(first.id)
    expect(things.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  it.each([
    ['limits', { limits: { total: 9 } }, {}],
    ['another worker that it is reserved for', {}, { reservedFor: 'another' }],
  ])('is inserted where there are %s to heed', async (_, engineOptions, startOptions) => {
    const { engine, thing, called } = await running({ engine: engineOptions })
    await engine.start(thing, {}, startOptions)
    expect(called[0]).toBe('insert')
  })

  it('rolls back like any other', async () => {
    const { engine, thing, things, ledger } = await running()
    things.faults(refused())
    const { id } = await engine.start(thing, {})
    expect(await engine.settled(id)).toMatchObject({ status: 'rolled_back' })
    expect(await ledger(id)).toEqual(['make_thing: failed'])
  })
})

function texts() {
  return saga('texts', z.object({ text: z.string() })).step(makeThing(world()))
}

describe('settled', () => {
  it('gives a run that has ended, whoever ran it, and rejects one that is not there', async () => {
    const { engine, thing } = await running()
    const { id } = await engine.start(thing, {})
    const run = await engine.settled(id)
    expect(await engine.settled(id)).toMatchObject({ id, status: 'completed' })
    expect(run.context).toMatchObject({ thing: `thing-${run.tag}-0` })
    await expect(engine.settled('01900000-0000-7000-8000-000000000000')).rejects.toThrow(/no saga/i)
  })

  it.each([
    ['completed', false],
    ['parked', true],
  ])('hears of one that another process runs, and that is %s', async (status, parks) => {
    const { engine, clock } = simulatedEngine(database, { sagas: [texts()] })
    const { id } = await engine.startKind('texts', { text: 'a' })
    const { engine: elsewhere } = simulatedEngine(database, { sagas: [texts()], clock })
    const settled: unknown[] = []
    void elsewhere.settled(id).then((run) => settled.push(run))
    if (parks) await engine.park(id, { reason: 'a look' })
    await engine.createWorker().tick()
    await expect
      .poll(() => {
        clock.advance(250)
        return settled
      })
      .toMatchObject([{ id, status }])
  })

  it('takes an id in capitals, as everybody else does', async () => {
    const { engine } = simulatedEngine(database, { sagas: [texts()] })
    const { id } = await engine.startKind('texts', { text: 'a' })
    const asked = Promise.withResolvers<void>()
    const settled = engine.settled(id.toUpperCase())
    void engine.get(id).then(() => asked.resolve())
    await asked.promise
    await engine.createWorker().tick()
    const over = Promise.race([settled, new Promise((done) => setTimeout(done, 1_000))])
    expect(await over).toMatchObject({ id, status: 'completed' })
  })

  it('is given up when it is aborted', async () => {
    const { engine } = simulatedEngine(database, { sagas: [texts()] })
    const { id } = await engine.startKind('texts', { text: 'a' })
    const controller = new AbortController()
    const settled = engine.settled(id, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(settled).rejects.toThrow('enough')
    await expect(engine.settled(id, { signal: controller.signal })).rejects.toThrow('enough')
  })
})
