import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { child, echo, fail, type Run, type RunEvent, saga, step, transact } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { recordingLog } from './recording-log.ts'
import { makeThing, world } from './world.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A hook that keeps what it is told. */
function listener() {
  const told: { readonly event: RunEvent; readonly run: Run }[] = []
  return {
    told,
    hooks: { onEvent: (event: RunEvent, run: Run) => void told.push({ event, run }) },
    of: (id: string) => told.filter(({ run }) => run.id === id).map(({ event }) => event),
  }
}

describe('a hook', () => {
  it('is told of the whole history of a run, as it is stored, in its order, once', async () => {
    const { hooks, of, told } = listener()
    const thing = makeThing(world())
    const sql = transact('sql', { do: () => ({ sql: 1 }), undo: () => {} })
    const { engine } = simulatedEngine(database, { steps: [thing, sql, echo, fail], hooks })
    const { id } = await engine.startAdHoc([thing, sql, echo, fail], {}, { actor: 'ada' })
    await engine.createWorker().tick()
    expect(of(id)).toEqual(await engine.events(id))
    expect(told[0]).toMatchObject({
      event: { seq: 1, type: 'run_created', detail: { kind: 'ad_hoc' }, actor: 'ada' },
      run: { id, status: 'pending' },
    })
    expect(told.at(-1)).toMatchObject({
      event: { type: 'run_rolled_back' },
      run: { id, status: 'rolled_back', eventSeq: told.length, endedAt: expect.any(Number) },
    })
  })

  it('is told of children, and of a run that was parked since nobody can go on with it', async () => {
    const { hooks, of, told } = listener()
    const own = saga('own', z.object({})).step(echo)
    const parent = saga('parent', z.object({})).step(child(own))
    const { engine, clock, store } = simulatedEngine(database, { sagas: [parent], hooks })
    const { id } = await engine.start(parent, {})
    const worker = engine.createWorker()
    for (let n = 0; n < 3; n += 1) await worker.tick()
    const [of_child] = (await engine.list({ kind: 'own' })).data
    for (const run of [id, of_child?.id ?? '']) expect(of(run)).toEqual(await engine.events(run))
    expect(told.at(-1)).toMatchObject({ event: { type: 'run_completed' }, run: { id } })

    const broken = simulatedEngine(database, { sagas: [parent], hooks, clock })
    const transient = store.isTransient
    broken.store.acquireLocks = async () => {
      throw new Error('no such table')
    }
    expect(transient(new Error('no such table'))).toBe(false)
    const locked = saga('locked', z.object({}), { locks: () => ['k'] }).step(echo)
    const stuck = simulatedEngine(database, { sagas: [locked], hooks, clock })
    stuck.store.acquireLocks = broken.store.acquireLocks
    const parked = await stuck.engine.start(locked, {})
    const other = stuck.engine.createWorker()
    for (let n = 0; n < 10; n += 1) {
      await other.tick()
      clock.advance(5_000)
    }
    expect(of(parked.id)).toEqual(await stuck.engine.events(parked.id))
    expect(of(parked.id).at(-1)).toMatchObject({
      type: 'run_parked',
      detail: { reason: 'stalled:no such table', step: 0 },
    })
  })

  it('hears nothing of what was not committed', async () => {
    const { hooks, told } = listener()
    const { engine } = simulatedEngine(database, { steps: [echo], hooks })
    const tx = await database.pool.connect()
    try {
      await tx.query('begin')
      await engine.startAdHoc([echo], {}, { tx })
      await tx.query('rollback')
    } finally {
      tx.release()
    }
    await engine.startAdHoc([echo], {}, { key: 'once' })
    await engine.startAdHoc([echo], {}, { key: 'once' })
    expect(told.map(({ event }) => event.type)).toEqual(['run_created'])
  })

  it('of a worker that was fenced hears nothing of what it could not write', async () => {
    const { hooks, of } = listener()
    const hang = Promise.withResolvers<void>()
    const acting = Promise.withResolvers<void>()
    const slow = step('slow', {
      idempotent: true,
      do: async ({ epoch }) => {
        acting.resolve()
        if (epoch === 1) await hang.promise
      },
      undo: () => {},
    })
    const { engine, clock } = simulatedEngine(database, { steps: [slow], hooks })
    const { id } = await engine.startAdHoc([slow], {})
    const first = engine.createWorker().tick()
    await acting.promise
    clock.advance(10_001)
    await engine.createWorker().tick()
    hang.resolve()
    await first
    expect(of(id)).toEqual(await engine.events(id))
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the hook broke')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the hook broke'))],
    ['never ends', () => new Promise<never>(() => {})],
  ])('that %s changes nothing', async (how, onEvent) => {
    const log = recordingLog()
    const { engine, run } = simulatedEngine(database, { steps: [echo], hooks: { onEvent }, log })
    const { id } = await engine.startAdHoc([echo], {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    const errors = log.lines.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(how === 'never ends' ? 0 : (await engine.events(id)).length)
    for (const { fields, message } of errors) {
      expect(message).toBe('the hook onEvent failed; the run goes on as if it had not')
      expect(fields).toMatchObject({ saga: id, kind: 'ad_hoc', err: { message: 'the hook broke' } })
    }
  })
})
