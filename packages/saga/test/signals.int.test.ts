import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { InvalidInput, saga, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: a run that is left behind would be claimed by the next test's workers.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A step whose call ends when the test says. */
function held(name: string) {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const undone: number[] = []
  const hold = step(name, {
    idempotent: true,
    do: () => {
      begun.resolve()
      return end.promise
    },
    undo: ({ idx }) => void undone.push(idx),
  })
  return { step: hold, begun: begun.promise, end: end.resolve, undone }
}

describe('a cancel that was accepted', () => {
  it('is not passed over by a run that would have completed after it', async () => {
    const last = held('last')
    const { engine, run } = simulatedEngine(database, { steps: [last.step] })
    const { id } = await engine.startAdHoc([last.step], {})
    const ticking = engine.createWorker().tick()
    await last.begun
    // No hint reaches the worker, and it does not look again before the call has ended.
    const accepted = await engine.cancel(id, { actor: 'somebody' })
    expect(accepted).toMatchObject({ endedAt: null })
    last.end()
    await ticking
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      cancelRequestedBy: 'somebody',
      error: { reason: 'cancelled' },
    })
    expect(last.undone).toEqual([0])
  })
})

describe('a run that has ended', () => {
  it('has no unread signal left, which every claim would have to pass over', async () => {
    const work = held('work')
    const locked = saga('locked', z.object({ key: z.string() }), {
      locks: ({ key }) => [key],
    }).step(work.step)
    const { engine, run } = simulatedEngine(database, { sagas: [locked] })
    const holder = await engine.start(locked, { key: 'k' })
    const ticking = engine.createWorker().tick()
    await work.begun
    const waiting = await engine.start(locked, { key: 'k' })
    const other = engine.createWorker()
    await other.tick()
    expect(await run(waiting.id)).toMatchObject({ status: 'waiting', waitsFor: 'lock' })
    await engine.cancel(waiting.id)
    await other.tick()
    expect((await run(waiting.id)).status).toBe('rolled_back')
    work.end()
    await ticking
    expect((await run(holder.id)).status).toBe('completed')
    const { rows } = await database.pool.query(
      `select type from saga.saga_signals join saga.saga_runs r on r.id = run_id
       where read_at is null and r.ended_at is not null`,
    )
    expect(rows).toEqual([])
  })
})

describe('the start key of a scheduled run', () => {
  it('cannot be taken by somebody else, who would swallow that run', async () => {
    const nap = sleep('nap', '1s')
    const ticking = saga('ticking', z.object({})).step(nap)
    const { engine, clock } = simulatedEngine(database, { sagas: [ticking], steps: [nap] })
    await engine.ensureSchedule({ name: 'hourly', cron: '15 * * * *', kind: 'ticking', input: {} })
    const key = 'schedule:hourly:2030-01-01T00:15:00.000Z'
    await expect(engine.startAdHoc([nap], {}, { key })).rejects.toBeInstanceOf(InvalidInput)
    await expect(engine.start(ticking, {}, { key })).rejects.toThrow(
      'keys that begin with "schedule:" are those of the schedules',
    )
    clock.advance(15 * 60_000)
    await engine.createWorker().tick()
    expect((await engine.list({ kind: 'ticking' })).data).toMatchObject([{ startKey: key }])
  })
})
