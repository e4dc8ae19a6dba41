import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { child, parallel, saga, sleep, step, transact } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { makeThing, world } from './world.ts'

// Where two features meet. Of each test its own database: some leave runs behind.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase({ poolSize: 4 })
})
afterEach(() => database.drop())

const nothing = z.object({})

describe('a pivot that may have happened', () => {
  it('is not gone back from, though it is called again', async () => {
    const begun = Promise.withResolvers<void>()
    let paid = 0
    const pay = step('pay', {
      effect: 'pivot',
      idempotent: true,
      settles: '1s',
      retry: { attempts: 3, initial: '1s', jitter: 0 },
      do: async ({ signal }) => {
        paid += 1
        if (paid > 1) return { paid: true }
        begun.resolve()
        const cut = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => cut.reject(signal.reason))
        return cut.promise
      },
    })
    const order = saga('order', nothing).step(makeThing(world())).step(pay)
    const { engine, clock, run } = simulatedEngine(database, { sagas: [order] })
    const { id } = await engine.start(order, {})
    const worker = engine.createWorker()
    const ticking = worker.tick()
    await begun.promise
    await engine.cancel(id)
    await worker.tick()
    await ticking
    clock.advance(61_000)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { paid: true } })
  })

  it('is not gone back from by a program that does not know the steps', async () => {
    const pay = step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) })
    const read = (name: string) => step(name, { effect: 'read', do: () => undefined })
    const before = saga('order', nothing).step(pay).step(read('old_name'))
    const after = saga('order', nothing).step(pay).step(read('new_name'))
    const { engine, clock, run } = simulatedEngine(database, { sagas: [before] })
    const { id } = await engine.start(before, {})
    await engine.createWorker().tick()
    const other = simulatedEngine(database, { sagas: [after], clock })
    await expect(other.engine.rollBack(id)).rejects.toThrow('no program here knows its steps')
    expect(await run(id)).toMatchObject({ status: 'completed', direction: 'forward' })
  })
})

describe('a step whose receipts tell nothing', () => {
  it('does not take a stray effect for its own', async () => {
    const standing: number[] = []
    let made = 0
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const make = step('make', {
      settles: '30s',
      every: '10s',
      timeout: '1d',
      do: async () => {
        made += 1
        const mine = made
        if (mine === 1) {
          begun.resolve()
          await gate.promise
        }
        standing.push(mine)
      },
      find: () => (standing.length > 0 ? null : undefined),
      undo: () => void standing.splice(0),
    })
    const making = saga('making', nothing).step(make).step(sleep('rest', '1d'))
    const { engine, clock, run } = simulatedEngine(database, { sagas: [making] })
    const { id } = await engine.start(making, {})
    const lost = engine.createWorker({ leaseMs: 10_000 })
    const ticking = lost.tick()
    await begun.promise
    clock.advance(10_001)
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(30_000)
    await worker.tick()
    expect(standing).toEqual([2])
    gate.resolve()
    await ticking
    await lost.stop({ graceMs: 0 })
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'stray_effect:make' },
    })
    expect(standing).toEqual([])
  })
})

describe('a run that is parked before it has its lock', () => {
  it('lets those behind it have it, and asks again when it goes on', async () => {
    const guarded = saga('guarded', nothing, { locks: () => ['k'] }).step(sleep('rest', '1m'))
    const { engine, clock, run } = simulatedEngine(database, { sagas: [guarded] })
    const worker = engine.createWorker()
    const ids: string[] = []
    for (let n = 0; n < 3; n += 1) {
      ids.push((await engine.start(guarded, {})).id)
      await worker.tick()
      if (n === 1) await engine.park(ids[1] ?? '', { reason: 'stop' })
      await worker.tick()
    }
    for (let n = 0; n < 3; n += 1) {
      clock.advance(60_001)
      await worker.tick()
      await worker.tick()
    }
    const statuses = async () => Promise.all(ids.map(async (id) => (await run(id)).status))
    expect(await statuses()).toEqual(['completed', 'parked', 'completed'])
    await engine.retry(ids[1] ?? '')
    await worker.tick()
    clock.advance(60_001)
    await worker.tick()
    expect(await statuses()).toEqual(['completed', 'completed', 'completed'])
  })
})

describe('a completed child of a saga that has gone on', () => {
  it('is not cancelled by itself, though a stray effect has parked it', async () => {
    const inner = saga('inner', nothing).step(makeThing(world()))
    const outer = saga('outer', nothing).step(child(inner)).step(sleep('rest', '1d'))
    const { engine, store, run } = simulatedEngine(database, { sagas: [outer] })
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    for (let n = 0; n < 3; n += 1) await worker.tick()
    const childId = (await engine.list({ rootId: id })).data[0]?.id ?? ''
    const payload = { key: 'k', epoch: 0, attempt: 1, receipt: { name: 'other' }, usable: true }
    const stray = { type: 'stray_effect', actor: null, stepIdx: 0, payload } as const
    await store.insertSignal({ runId: childId, ...stray })
    await worker.tick()
    expect((await run(childId)).parked?.reason).toBe('stray_effect:make_thing')
    await expect(engine.cancel(childId)).rejects.toThrow(`it is a part of saga ${id}`)
    await engine.resolve(childId, { reason: 'removed the other' })
    await worker.tick()
    expect((await run(childId)).status).toBe('completed')
  })
})

describe('steps that run at once', () => {
  it('of SQL that hold every place for it do not keep a child from being started', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    let inside = 0
    const slow = <const Name extends string>(name: Name) =>
      transact(name, {
        do: async (tx) => {
          await tx.query('select 1')
          inside += 1
          await gates[0].promise
        },
        undo: () => {},
      })
    const quick = step('quick', {
      effect: 'read',
      do: async () => {
        await gates[1].promise
      },
    })
    const inner = saga('inner', nothing).step(sleep('in', 0))
    const outer = saga('outer', nothing).step(
      parallel([slow('one'), slow('two'), quick, child(inner)], { atOnce: 3 }),
    )
    const { engine, run } = simulatedEngine(database, { sagas: [outer] })
    const { id } = await engine.start(outer, {})
    const worker = engine.createWorker()
    const ticking = worker.tick()
    await expect.poll(() => inside).toBe(2)
    gates[1].resolve()
    await expect.poll(async () => (await engine.list({ rootId: id })).data.length).toBe(1)
    gates[0].resolve()
    await ticking
    await worker.tick()
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('are not taken back more of them at once than ran at once', async () => {
    let [under, most] = [0, 0]
    const tidy = step('tidy', {
      idempotent: true,
      do: () => undefined,
      undo: async () => {
        under += 1
        most = Math.max(most, under)
        await Promise.resolve()
        under -= 1
      },
    })
    const items = Array.from({ length: 10 }, (_, n) => ({ n }))
    const many = saga('many', nothing).each('all', () => items, tidy, { atOnce: 2 })
    const { engine, run } = simulatedEngine(database, { sagas: [many] })
    const { id } = await engine.start(many, {})
    const worker = engine.createWorker()
    await worker.tick()
    await engine.rollBack(id)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(most).toBeLessThanOrEqual(2)
  })

  it('go on when the one that made the others stop turns out to have worked', async () => {
    const [gateA, gateB] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let begun = 0
    let aborted = false
    const late = step('late', {
      idempotent: true,
      timeout: '10s',
      settles: 0,
      retry: { attempts: 1 },
      do: async () => {
        begun += 1
        await gateA.promise
        return { late: 1 }
      },
      undo: () => {},
    })
    const beside = step('beside', {
      timeout: '1d',
      settles: 0,
      retry: { attempts: 1 },
      do: async ({ signal }) => {
        begun += 1
        signal.addEventListener('abort', () => {
          aborted = true
        })
        await gateB.promise
        throw new Error('aborted')
      },
      find: (): undefined => undefined,
      undo: () => {},
    })
    const both = saga('both', nothing).step(parallel([late, beside]))
    const { engine, clock, store, run, ledger } = simulatedEngine(database, { sagas: [both] })
    const { id } = await engine.start(both, {})
    const worker = engine.createWorker({ leaseMs: 10_000_000 })
    const ticking = worker.tick()
    await expect.poll(() => begun).toBe(2)
    clock.advance(10_000)
    clock.advance(5_000)
    await expect.poll(() => aborted).toBe(true)
    gateA.resolve()
    await expect.poll(async () => (await store.listSignals({ runIds: [id] })).length).toBe(1)
    const again = worker.tick()
    await expect.poll(() => ledger(id)).toContain('late: completed')
    gateB.resolve()
    await Promise.all([ticking, again])
    expect((await run(id)).status).toBe('rolled_back')
  })
})
