import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { adapt, parallel, type RunStatus, saga, sleep, step, transact } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { broken, makeThing, refused, type World, world } from './world.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
let things: World
beforeEach(async () => {
  database = await engineDatabase()
  things = world()
})
afterEach(() => database.drop())

const nothing = z.object({})

/** A step that waits in its call until the test lets it go, or its signal is aborted. */
function gated(name: string, order: string[] = []) {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const definition = step(name, {
    idempotent: true,
    settles: 0,
    do: async ({ signal }) => {
      order.push(`${name} began`)
      begun.resolve()
      signal.addEventListener('abort', () => gate.reject(signal.reason), { once: true })
      await gate.promise
      order.push(`${name} ended`)
      return { [name]: true }
    },
    undo: () => {
      order.push(`${name} undone`)
    },
  })
  return { definition, gate, begun: begun.promise, order }
}

describe('steps that run at once', () => {
  it('have a row each, begin together, and give what they give to those after them', async () => {
    const order: string[] = []
    const [a, b] = [gated('a', order), gated('b', order)]
    const sum = step('sum', {
      effect: 'read',
      do: ({ context }) => ({ sum: Object.keys(context).join('+') }),
    })
    const both = saga('both', nothing)
      .step(parallel([a.definition, b.definition]))
      .step(sum)
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [both] })
    const { id } = await engine.start(both, {})
    const ticking = engine.createWorker().tick()
    await Promise.all([a.begun, b.begun])
    expect(await ledger(id)).toEqual(['a: running', 'b: running'])
    // The later one first: what each gives is written when it ends, not when all have.
    b.gate.resolve()
    await expect.poll(() => ledger(id)).toEqual(['a: running', 'b: completed'])
    a.gate.resolve()
    await ticking
    expect(await run(id)).toMatchObject({
      status: 'completed',
      context: { a: true, b: true, sum: 'a+b' },
    })
  })

  it('do not see what the others give', async () => {
    const seen: string[][] = []
    const peek = (name: string) =>
      step(name, {
        effect: 'read',
        do: ({ context }) => {
          seen.push(Object.keys(context))
          return { [name]: 1 }
        },
      })
    const blind = saga('blind', nothing)
      .step(peek('first'))
      .step(parallel([peek('one'), peek('two')], { atOnce: 1 }))
    const { engine } = simulatedEngine(database, { sagas: [blind] })
    await engine.start(blind, {})
    await engine.createWorker().tick()
    expect(seen).toEqual([[], ['first'], ['first']])
  })

  it('are no more at a time than atOnce', async () => {
    const order: string[] = []
    const members = ['a', 'b', 'c'].map((name) => gated(name, order))
    const [a, b, c] = members.map(({ definition }) => definition)
    if (a === undefined || b === undefined || c === undefined) throw new Error('three')
    const few = saga('few', nothing).step(parallel([a, b, c], { atOnce: 2 }))
    const { engine, run } = simulatedEngine(database, { sagas: [few] })
    const { id } = await engine.start(few, {})
    const ticking = engine.createWorker().tick()
    await Promise.all([members[0]?.begun, members[1]?.begun])
    expect(order).toEqual(['a began', 'b began'])
    for (const { gate } of members) gate.resolve()
    await ticking
    expect(order).toContain('c ended')
    expect((await run(id)).status).toBe('completed')
  })

  it('wait in the database, each for its own time, and hold nobody up', async () => {
    const waits = saga('waits', nothing).step(
      parallel([sleep('short', '5s'), sleep('long', '20s'), makeThing(things)]),
    )
    const { engine, clock, ledger, run } = simulatedEngine(database, { sagas: [waits] })
    const { id } = await engine.start(waits, {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(await ledger(id)).toEqual(['short: waiting', 'long: waiting', 'make_thing: completed'])
    expect(await run(id)).toMatchObject({ status: 'waiting', wakeAt: clock.now() + 5_000 })
    clock.advance(5_001)
    await worker.tick()
    expect(await ledger(id)).toEqual(['short: completed', 'long: waiting', 'make_thing: completed'])
    clock.advance(15_001)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('write SQL in their own transactions, beside others', async () => {
    await database.pool.query('create table written (key text primary key)')
    const insert = (name: string) =>
      transact(name, {
        do: async (tx, { key }) => {
          await tx.query('insert into written values ($1)', [key])
        },
      })
    const writes = saga('writes', nothing).step(
      parallel([insert('one'), insert('two'), makeThing(things), insert('three')]),
    )
    const { engine, run } = simulatedEngine(database, { sagas: [writes] })
    const { id } = await engine.start(writes, {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    expect((await database.pool.query('select key from written')).rowCount).toBe(3)
  })
})

describe('when one of several steps fails', () => {
  it('the others are aborted, waited for, and what took effect is taken back', async () => {
    const order: string[] = []
    const slow = gated('slow', order)
    const no = step('no', {
      idempotent: true,
      do: async (): Promise<undefined> => {
        await slow.begun
        refused('no')()
      },
      undo: () => {},
    })
    const one = saga('one', nothing)
      .step(sleep('before', 0))
      .step(parallel([makeThing(things), slow.definition, no]))
    const { engine, ledger, run, clock } = simulatedEngine(database, { sagas: [one] })
    const { id } = await engine.start(one, {})
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(60_000)
    await worker.tick()
    expect(order).toEqual(['slow began', 'slow undone'])
    expect(await ledger(id)).toEqual([
      'before: compensated',
      'make_thing: compensated',
      'slow: compensated',
      'no: failed',
    ])
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:no', compensate_from_idx: 2 },
    })
    expect(things.things.size).toBe(0)
  })

  it('those that had not begun never do', async () => {
    const order: string[] = []
    const no = step('no', { effect: 'read', do: refused('no') as () => undefined })
    const never = gated('never', order)
    const early = saga('early', nothing).step(parallel([no, never.definition], { atOnce: 1 }))
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [early] })
    const { id } = await engine.start(early, {})
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['no: failed'])
    expect((await run(id)).error).toEqual({ reason: 'step_failed:no', compensate_from_idx: -1 })
    expect(order).toEqual([])
  })

  it('the undo of the others runs at once too, and one that gets stuck parks the run alone', async () => {
    const begun: string[] = []
    const all = Promise.withResolvers<void>()
    const undoing = (name: string, fails = false) =>
      step(name, {
        idempotent: true,
        do: () => undefined,
        undo: async () => {
          begun.push(name)
          if (begun.length === 2) all.resolve()
          await all.promise
          if (fails) broken('stuck')()
        },
        undoOptions: { retry: { attempts: 1 } },
      })
    const no = step('no', { effect: 'read', do: refused('no') as () => undefined })
    const stuck = saga('stuck', nothing)
      .step(parallel([undoing('good'), undoing('bad', true)]))
      .step(no)
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [stuck] })
    const { id } = await engine.start(stuck, {})
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['good: compensated', 'bad: compensating', 'no: failed'])
    expect((await run(id)).parked).toEqual({ reason: 'undo_exhausted:bad', step: 1 })
  })

  it('a cancel does the same', async () => {
    const order: string[] = []
    const [a, b] = [gated('a', order), gated('b', order)]
    const both = saga('both', nothing).step(parallel([a.definition, b.definition]))
    const { engine, run, clock } = simulatedEngine(database, { sagas: [both] })
    const { id } = await engine.start(both, {})
    const worker = engine.createWorker({ pollMs: 10 })
    worker.start()
    await Promise.all([a.begun, b.begun])
    await engine.cancel(id, { actor: 'ada' })
    await expect.poll(async () => (await run(id)).direction).toBe('undo')
    await expect
      .poll(async (): Promise<RunStatus> => {
        clock.advance(1_000)
        return (await run(id)).status
      })
      .toBe('rolled_back')
    await worker.stop({ graceMs: 0 })
    expect(order.slice(2).sort()).toEqual(['a undone', 'b undone'])
  })
})

describe('when the worker of several steps is lost', () => {
  it('every call that was under way is looked for, and none is made again that took effect', async () => {
    const hang = Promise.withResolvers<void>()
    const begun: string[] = []
    const both = Promise.withResolvers<void>()
    const hanging = (name: string) =>
      step(name, {
        settles: '1s',
        do: async ({ key }) => {
          await things.create(key)
          begun.push(name)
          if (begun.length === 2) both.resolve()
          await hang.promise
          return { [name]: key }
        },
        find: async ({ key }) => ((await things.find(key)) ? { [name]: key } : undefined),
        undo: ({ key }) => things.remove(key),
      })
    const pair = saga('pair', nothing).step(parallel([hanging('a'), hanging('b')]))
    const { engine, ledger, run, clock } = simulatedEngine(database, { sagas: [pair] })
    const { id } = await engine.start(pair, {})
    const lost = engine.createWorker({ leaseMs: 1_000 }).tick()
    await both.promise
    clock.advance(1_500)
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['a: completed', 'b: completed'])
    expect((await run(id)).status).toBe('completed')
    hang.resolve()
    await lost
    expect(things.calls.filter((call) => call.startsWith('create'))).toHaveLength(2)
    // What the lost worker saw is what the ledger says: no stray.
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a plan computed from the input', () => {
  const input = z.object({ names: z.array(z.string()), tag: z.boolean().default(false) })
  const make = step('make', {
    input: z.object({ name: z.string() }),
    settles: 0,
    key: ({ input: { name } }) => name,
    do: ({ key }) => things.create(key),
    find: ({ key }) => things.find(key),
    undo: ({ key }) => things.remove(key),
  })
  const tagged = step('tag_all', { effect: 'read', do: () => ({ tags: 1 }) })
  const count = step('count', {
    effect: 'read',
    input: z.object({ made: z.array(z.object({ name: z.string() })) }),
    do: ({ input: { made } }) => ({ count: made.length }),
  })
  const fleet = saga('fleet', input)
    .step(tagged, { when: ({ tag }) => tag })
    .each('made', ({ names }) => names.map((name) => ({ name })), make, { atOnce: 2 })
    .step(adapt(count, ({ made }: { made: readonly { name: string }[] }) => ({ made: [...made] })))

  it('has a step for each item, and gives a list in their order', async () => {
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [fleet] })
    const { id } = await engine.start(fleet, { names: ['x', 'y', 'z'], tag: true })
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual([
      'tag_all: completed',
      'make: completed',
      'make: completed',
      'make: completed',
      'count: completed',
    ])
    expect((await run(id)).context).toEqual({
      tags: 1,
      made: [{ name: 'x' }, { name: 'y' }, { name: 'z' }],
      count: 3,
    })
  })

  it('has no step where there is no item, and none that is not wanted', async () => {
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [fleet] })
    const { id } = await engine.start(fleet, { names: [] })
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['make: completed', 'count: completed'])
    expect((await run(id)).context).toEqual({ made: [], count: 0 })
    expect(things.calls).toEqual([])
  })

  it('is pinned: a worker that would compute another goes by what was started', async () => {
    const { engine, clock } = simulatedEngine(database, { sagas: [fleet] })
    const { id } = await engine.start(fleet, { names: ['x', 'y'] })
    const other = saga('fleet', input)
      .step(tagged, { when: () => true })
      .each('made', () => [], make)
      .step(
        adapt(count, ({ made }: { made: readonly { name: string }[] }) => ({ made: [...made] })),
      )
    const later = simulatedEngine(database, { sagas: [other], clock })
    await later.engine.createWorker().tick()
    expect((await later.run(id)).context).toEqual({
      made: [{ name: 'x' }, { name: 'y' }],
      count: 2,
    })
  })

  it('is refused when it would be too long, before anything runs', async () => {
    const { engine } = simulatedEngine(database, { sagas: [fleet] })
    const names = Array.from({ length: 1_001 }, (_, n) => `${n}`)
    await expect(engine.start(fleet, { names })).rejects.toThrow('more than 1000 steps')
  })

  it('refuses two of its steps that would take each other for themselves', async () => {
    const { engine, ledger, run } = simulatedEngine(database, { sagas: [fleet] })
    const { id } = await engine.start(fleet, { names: ['x', 'x'] })
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['make: failed', 'make: failed'])
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[1]?.error?.message).toContain(
      'has the key "x" at 0 already',
    )
    expect(things.calls).toEqual([])
  })
})
