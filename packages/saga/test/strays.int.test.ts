import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { Strays } from '../src/engine/strays.ts'
import { child, parallel, saga, silentLog, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const nothing = z.object({})
const leaseMs = 10_000

/** What happens to the run between the loss of its first worker and the landing of its call. */
interface Between {
  readonly options?: {
    readonly effect?: 'pivot'
    readonly after?: 'sleep' | 'pivot'
    /** A part of another saga, `whole`, whose locks it has. */
    readonly isPart?: true
  }
}

/**
 * A world in which the first call of a step is stopped half-way, with its worker; its run is taken
 * over, and then the first call lands after all.
 */
async function zombie({ options = {} }: Between = {}) {
  const standing = new Map<string, number>()
  const undone: unknown[] = []
  const stopped = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let made = 0
  const create = async (key: string) => {
    made += 1
    const id = made
    if (id === 1) {
      begun.resolve()
      await stopped.promise
    }
    standing.set(`${key}#${id}`, id)
    return { id }
  }
  const common = {
    settles: '30s',
    every: '10s',
    timeout: '1d',
    do: ({ key }: { key: string }) => create(key),
    find: ({ key }: { key: string }) => {
      const [found] = [...standing].filter(([name]) => name.startsWith(key))
      return found === undefined ? undefined : { id: found[1] }
    },
  } as const
  const make =
    options.effect === 'pivot'
      ? step('make', { ...common, effect: 'pivot' })
      : step('make', {
          ...common,
          undo: ({ key, receipt }) => {
            undone.push(receipt)
            for (const name of standing.keys()) if (name.startsWith(key)) standing.delete(name)
          },
        })
  const pay = step('pay', { effect: 'pivot', idempotent: true, do: () => ({ paid: true }) })
  const base = saga('making', nothing, { locks: () => ['a/b/c'] }).step(make)
  const making =
    options.after === 'sleep'
      ? base.step(sleep('rest', '1d'))
      : options.after === 'pivot'
        ? base.step(pay).step(sleep('rest', '1d'))
        : base
  const whole = saga('whole', nothing, { locks: () => ['a/b/c'] }).step(child(making))
  const resting = saga('resting', nothing, { locks: () => ['a/b/c'] }).step(sleep('rest', '1h'))
  const simulated = simulatedEngine(database, { sagas: [making, whole, resting] })
  const { engine, clock } = simulated
  const started = await engine.startKind(options.isPart ? 'whole' : 'making', {})
  const lost = engine.createWorker({ leaseMs })
  if (options.isPart) await lost.tick()
  const ticking = lost.tick()
  await begun.promise
  const [{ id } = started] = (await engine.list({ kind: 'making' })).data
  clock.advance(leaseMs + 1)
  const worker = engine.createWorker()
  return {
    ...simulated,
    id,
    rootId: started.id,
    worker,
    standing,
    undone,
    /** Lets the next worker look until the absence counts, and call again. */
    async takeOver() {
      await worker.tick()
      clock.advance(30_000)
      await worker.tick()
    },
    /** The first worker wakes, and its call lands. */
    async land() {
      stopped.resolve()
      await ticking
      await lost.stop({ graceMs: 0 })
    },
  }
}

describe('a call that lands after its run was taken over', () => {
  it('is what the next worker was looking for, while nobody has called again', async () => {
    const { worker, land, run, id, standing, history, clock } = await zombie()
    await worker.tick()
    await land()
    await worker.tick()
    clock.advance(1)
    expect(await run(id)).toMatchObject({ status: 'completed', context: { id: 1 } })
    expect([...standing.values()]).toEqual([1])
    expect(await history(id)).toContain('stray_reported 0')
  })

  it('beside another that stands makes the run go back: both are taken back', async () => {
    const { takeOver, worker, land, run, id, standing } = await zombie({
      options: { after: 'sleep' },
    })
    await takeOver()
    expect(await run(id)).toMatchObject({ status: 'waiting', context: { id: 2 } })
    await land()
    expect([...standing.values()]).toEqual([2, 1])
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'stray_effect:make' },
    })
    expect(standing.size).toBe(0)
  })

  it('after the run went back is taken back as well', async () => {
    const { worker, land, run, id, standing, engine, clock, undone, ledger } = await zombie()
    await worker.tick()
    await engine.cancel(id)
    clock.advance(30_000)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'rolled_back' })
    expect(await ledger(id)).toEqual(['make: failed'])
    await land()
    expect(standing.size).toBe(1)
    await worker.tick()
    // It said that nothing was left, and now something is: an operator is told.
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'stray_effect:make', step: 0 },
      endedAt: null,
    })
    await engine.retry(id, { actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'rolled_back' })
    expect(await ledger(id)).toEqual(['make: compensated'])
    expect(undone).toEqual([{ id: 1 }])
    expect(standing.size).toBe(0)
  })

  it('after the saga that it is a part of went back is taken back under its locks', async () => {
    const { worker, land, run, id, rootId, standing, engine, clock, history } = await zombie({
      options: { isPart: true },
    })
    await worker.tick()
    await engine.cancel(rootId)
    await worker.tick()
    clock.advance(30_000)
    await worker.tick()
    await worker.tick()
    expect([(await run(rootId)).status, (await run(id)).status]).toEqual([
      'rolled_back',
      'rolled_back',
    ])
    const other = await engine.startKind('resting', {})
    await worker.tick()
    await land()
    await worker.tick()
    expect((await run(id)).parked?.reason).toBe('stray_effect:make')
    await engine.retry(id, { actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'lock' })
    expect(standing.size).toBe(1)
    clock.advance(3_600_000)
    await worker.tick()
    expect((await run(other.id)).status).toBe('completed')
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'rolled_back', locksHeld: false })
    expect(await history(id)).toContain('locks_acquired')
    expect(standing.size).toBe(0)
    expect(await engine.lockHolders()).toEqual([])
  })

  it('after the run completed parks it; nothing tells the two apart but an operator', async () => {
    const { takeOver, worker, land, run, id, engine, standing } = await zombie()
    await takeOver()
    expect((await run(id)).status).toBe('completed')
    await land()
    await worker.tick()
    expect((await run(id)).parked).toEqual({ reason: 'stray_effect:make', step: 0 })
    await expect(engine.retry(id)).rejects.toThrow('remove it by hand and resolve, or cancel')
    for (const [name, made] of standing) if (made === 1) standing.delete(name)
    await engine.resolve(id, { reason: 'removed the older one', actor: 'ada' })
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { id: 2 } })
    expect([...standing.values()]).toEqual([2])
  })

  it('after the run completed is taken back with all of it, if cancelled', async () => {
    const { takeOver, worker, land, run, id, engine, standing } = await zombie()
    await takeOver()
    await land()
    await worker.tick()
    await engine.cancel(id)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(standing.size).toBe(0)
  })

  it('past a pivot parks the run, which goes on when it is resolved', async () => {
    const { takeOver, worker, land, run, id, engine, clock } = await zombie({
      options: { after: 'pivot' },
    })
    await takeOver()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'time' })
    await land()
    await worker.tick()
    expect((await run(id)).parked?.reason).toBe('stray_effect:make')
    await engine.resolve(id, { reason: 'removed' })
    await worker.tick()
    expect((await run(id)).status).toBe('waiting')
    clock.advance(86_400_000)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('twice of a pivot parks it too', async () => {
    const { takeOver, worker, land, run, id } = await zombie({ options: { effect: 'pivot' } })
    await takeOver()
    await land()
    await worker.tick()
    expect((await run(id)).parked?.reason).toBe('stray_effect:make')
  })

  it('of a pivot, after the run went back, waits for somebody who takes it back by hand', async () => {
    const { worker, land, run, id, engine, clock, ledger } = await zombie({
      options: { effect: 'pivot' },
    })
    await engine.cancel(id)
    await worker.tick()
    clock.advance(30_000)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    await land()
    await worker.tick()
    await engine.retry(id)
    await worker.tick()
    expect((await run(id)).parked).toEqual({ reason: 'irreversible:make', step: 0 })
    await expect(engine.retry(id)).rejects.toThrow('do that by hand and resolve, or skip it')
    await engine.resolve(id, { reason: 'paid back' })
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(await ledger(id)).toEqual(['make: compensated'])
  })

  it('and was found by the next worker is no stray', async () => {
    const { worker, land, run, id, clock, history } = await zombie()
    await land()
    clock.advance(1)
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'completed', context: { id: 1 } })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    expect((await history(id)).filter((event) => event === 'run_parked')).toEqual([])
  })
})

describe('a call beside the one by which the loss of a run is noticed', () => {
  it('is reported as well when it lands', async () => {
    const standing: string[] = []
    const gates = new Map(['a', 'b'].map((name) => [name, Promise.withResolvers<void>()]))
    const begun = new Map(['a', 'b'].map((name) => [name, Promise.withResolvers<void>()]))
    const make = <const Name extends string>(name: Name) =>
      step(name, {
        settles: '30s',
        every: '10s',
        timeout: '1d',
        do: async () => {
          begun.get(name)?.resolve()
          await gates.get(name)?.promise
          standing.push(name)
        },
        find: () => (standing.includes(name) ? null : undefined),
        undo: () => {},
      })
    const pair = saga('pair', nothing).step(parallel([make('a'), make('b')]))
    const { engine, clock, run, history } = simulatedEngine(database, { sagas: [pair] })
    const { id } = await engine.start(pair, {})
    const lost = engine.createWorker({ leaseMs })
    const ticking = lost.tick()
    await Promise.all([...begun.values()].map(({ promise }) => promise))
    clock.advance(leaseMs + 1)
    const worker = engine.createWorker()
    await worker.tick()
    gates.get('a')?.resolve()
    await expect.poll(() => standing).toEqual(['a'])
    gates.get('b')?.resolve()
    await ticking
    await lost.stop({ graceMs: 0 })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    expect(standing).toEqual(['a', 'b'])
    const reported = (await history(id)).filter((event) => event.startsWith('stray_reported'))
    expect(reported.sort()).toEqual(['stray_reported 0', 'stray_reported 1'])
  })
})

describe('the word of a stray effect', () => {
  it('is said again until the database takes it', async () => {
    const { store, id, clock } = await zombie()
    const said: string[] = []
    let away = 2
    const strays = new Strays({
      clock,
      log: { ...silentLog, warn: (_, message) => void said.push(message) },
      store: {
        insertSignal: async (params) => {
          if (away-- > 0) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
          return store.insertSignal(params)
        },
      },
    })
    strays.report({
      runId: id,
      kind: 'ad_hoc',
      idx: 0,
      step: 'make',
      key: 'k',
      epoch: 1,
      attempt: 1,
      doubtful: false,
      receipt: null,
      usable: true,
    })
    const settled = strays.settled()
    await expect
      .poll(() => {
        clock.advance(1_000)
        return said
      })
      .toEqual(['a call had an effect after its run had gone on without it; reported'])
    await settled
    const signals = await store.listSignals({ runIds: [id] })
    expect(signals.map(({ type, stepIdx }) => ({ type, stepIdx }))).toEqual([
      { type: 'stray_effect', stepIdx: 0 },
    ])
  })
})
