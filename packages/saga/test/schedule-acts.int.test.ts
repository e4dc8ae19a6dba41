import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  createEngine,
  echo,
  InvalidInput,
  ScheduleNotFound,
  StartKeyConflict,
  saga,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { recordingLog } from './recording-log.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const minute = 60_000
const hour = 60 * minute
const ticking = saga('ticking', z.object({ message: z.string() })).step(echo)
const hourly = { name: 'hourly', cron: '15 * * * *', kind: 'ticking', input: { message: 'tick' } }
const start = Date.UTC(2030, 0, 1)

function setUp() {
  const log = recordingLog()
  const simulated = simulatedEngine(database, { sagas: [ticking], log })
  const { engine } = simulated
  const worker = engine.createWorker()
  return {
    ...simulated,
    log,
    worker,
    schedule: async () => (await engine.listSchedules())[0],
    /** What was started, and for what, the oldest first. */
    starts: async () =>
      (await engine.list({ kind: 'ticking' })).data.map(({ startKey }) => startKey).reverse(),
  }
}

const key = (time: string) => `schedule:hourly:2030-01-01T${time}:00.000Z`

describe('a tick that is late', () => {
  it('by less than a minute fires, whatever becomes of missed ones', async () => {
    const { engine, clock, worker, starts } = setUp()
    await engine.ensureSchedule({ ...hourly, missed: 'skip' })
    clock.advance(16 * minute - 1)
    await worker.tick()
    expect(await starts()).toEqual([key('00:15')])
  })

  it('by a minute is skipped where that is wanted, and the log says so', async () => {
    const { engine, clock, worker, starts, schedule, log } = setUp()
    await engine.ensureSchedule({ ...hourly, missed: 'skip' })
    clock.advance(16 * minute)
    await worker.tick()
    expect(await starts()).toEqual([])
    expect(await schedule()).toMatchObject({ nextAt: start + 75 * minute, lastAt: null })
    expect(log.said('warn')).toEqual(['the schedule was missed; what was missed is skipped'])
    clock.advance(59 * minute)
    await worker.tick()
    expect(await starts()).toEqual([key('01:15')])
  })

  it('is not skipped with those before it, if it is less than a minute late itself', async () => {
    const { engine, clock, worker, starts, schedule, log } = setUp()
    await engine.ensureSchedule({ ...hourly, cron: '* * * * *', missed: 'skip' })
    clock.advance(10 * minute + 30_000)
    await worker.tick()
    expect(await starts()).toEqual([key('00:10')])
    expect(await schedule()).toMatchObject({ nextAt: start + 11 * minute })
    expect(log.said('warn')).toHaveLength(1)
  })

  it('fires once for all that were missed, where nothing else is said', async () => {
    const { engine, clock, worker, starts, schedule } = setUp()
    await engine.ensureSchedule({ ...hourly, cron: '* * * * *' })
    clock.advance(10 * minute + 30_000)
    await worker.tick()
    await worker.tick()
    expect(await starts()).toEqual([key('00:01')])
    expect(await schedule()).toMatchObject({ missed: 'once', nextAt: start + 11 * minute })
  })
})

describe('a paused schedule', () => {
  it('does not fire; it shows since when, and by whom', async () => {
    const { engine, clock, worker, starts, schedule } = setUp()
    await engine.ensureSchedule(hourly)
    expect(await engine.pauseSchedule('hourly', { actor: 'ann' })).toMatchObject({
      pausedAt: start,
      pausedBy: 'ann',
    })
    clock.advance(hour)
    // Another pause, or the set-up at the next start of the program, leaves it as it is.
    await engine.pauseSchedule('hourly', { actor: 'bob' })
    await engine.ensureSchedule(hourly)
    await worker.tick()
    expect(await starts()).toEqual([])
    expect(await schedule()).toMatchObject({ pausedAt: start, pausedBy: 'ann', resumedAt: null })
    expect(await engine.nextFireTimes('hourly', 3)).toEqual([])
  })

  it.each(['once', 'skip'] as const)(
    'makes up for nothing when it is taken up again (missed: %s)',
    async (missed) => {
      const { engine, clock, worker, starts, schedule } = setUp()
      await engine.ensureSchedule({ ...hourly, missed })
      await engine.pauseSchedule('hourly', { actor: 'ann' })
      clock.advance(2 * hour + 15 * minute + 30_000)
      await engine.resumeSchedule('hourly', { actor: 'bob' })
      await engine.resumeSchedule('hourly', { actor: 'eve' })
      await worker.tick()
      expect(await starts()).toEqual([])
      expect(await schedule()).toMatchObject({
        pausedAt: null,
        pausedBy: null,
        resumedAt: clock.now(),
        resumedBy: 'bob',
        nextAt: start + 3 * hour + 15 * minute,
      })
      clock.advance(hour)
      await worker.tick()
      expect(await starts()).toEqual([key('03:15')])
    },
  )

  it('goes by the times that it was given meanwhile', async () => {
    const { engine, store, clock, schedule } = setUp()
    await engine.ensureSchedule(hourly)
    await engine.pauseSchedule('hourly')
    await engine.ensureSchedule({ ...hourly, cron: '30 * * * *' })
    // As one who resumes it, and read it before it was changed, would.
    const old = { name: 'hourly', cron: '15 * * * *', timeZone: 'UTC', actor: null }
    expect(await store.resumeSchedule({ ...old, nextAt: clock.now() + 1 })).toBe(false)
    await engine.resumeSchedule('hourly')
    // And as one who was slower than another would.
    expect(await store.resumeSchedule({ ...old, cron: '30 * * * *', nextAt: 0 })).toBe(false)
    expect(await schedule()).toMatchObject({ pausedAt: null, nextAt: start + 30 * minute })
  })
})

describe('a schedule that is run by hand', () => {
  it('starts its saga at once, paused or not, and keeps its time', async () => {
    const { engine, worker, run, schedule } = setUp()
    await engine.ensureSchedule(hourly)
    const before = await schedule()
    const { id, created } = await engine.runSchedule('hourly', { actor: 'ann' })
    await engine.pauseSchedule('hourly')
    const paused = await engine.runSchedule('hourly')
    await worker.tick()
    expect(created).toBe(true)
    expect(await run(id)).toMatchObject({
      status: 'completed',
      startedBy: 'ann',
      startKey: `schedule:hourly:${id}:now`,
      context: { echoed_at_step_0: 'tick' },
    })
    expect(await run(paused.id)).toMatchObject({
      status: 'completed',
      startedBy: 'schedule:hourly',
    })
    expect(await schedule()).toMatchObject({ nextAt: before?.nextAt, lastAt: null })
  })

  it('starts once for each key, and refuses the key when it means something else now', async () => {
    const { engine, starts } = setUp()
    await engine.ensureSchedule(hourly)
    const asked = await Promise.all(
      [1, 2, 3].map(() => engine.runSchedule('hourly', { key: 'request-1' })),
    )
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(asked.filter(({ created }) => created)).toHaveLength(1)
    await engine.ensureSchedule({ ...hourly, name: 'other' })
    await engine.runSchedule('other', { key: 'request-1' })
    expect(await starts()).toHaveLength(2)
    await engine.ensureSchedule({ ...hourly, input: { message: 'changed' } })
    await expect(engine.runSchedule('hourly', { key: 'request-1' })).rejects.toBeInstanceOf(
      StartKeyConflict,
    )
    await expect(engine.runSchedule('hourly', { key: '' })).rejects.toBeInstanceOf(InvalidInput)
  })

  it('does so beside a tick of that moment', async () => {
    const { engine, clock, worker, starts, schedule } = setUp()
    await engine.ensureSchedule(hourly)
    clock.advance(15 * minute)
    await Promise.all([
      worker.tick(),
      engine.createWorker().tick(),
      engine.runSchedule('hourly', { key: 'k' }),
    ])
    expect((await starts()).sort()).toEqual([key('00:15'), 'schedule:hourly:k:now'])
    expect(await schedule()).toMatchObject({ nextAt: start + 75 * minute })
  })
})

describe('a schedule that is removed', () => {
  it('fires no more; what it started goes on', async () => {
    const { engine, clock, worker, run } = setUp()
    await engine.ensureSchedule(hourly)
    const { id } = await engine.runSchedule('hourly')
    expect(await engine.removeSchedule('hourly')).toBe(true)
    expect(await engine.removeSchedule('hourly')).toBe(false)
    clock.advance(hour)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    expect((await engine.list()).data).toHaveLength(1)
    expect(await engine.listSchedules()).toEqual([])
  })
})

describe('the next times of a schedule', () => {
  it('begin with the one it is set to', async () => {
    const { engine, clock, worker } = setUp()
    await engine.ensureSchedule({ ...hourly, cron: '0 12 * * *', timeZone: 'Australia/Sydney' })
    const [first, second, third] = [1, 2, 3].map((day) => Date.UTC(2030, 0, day, 1))
    expect(await engine.nextFireTimes('hourly', 2)).toEqual([first, second])
    clock.advance(hour)
    // Due, and fired by nobody yet.
    expect(await engine.nextFireTimes('hourly', 2)).toEqual([first, second])
    await worker.tick()
    expect(await engine.nextFireTimes('hourly', 2)).toEqual([second, third])
  })

  it('leave out what was missed and will be skipped', async () => {
    const { engine, clock } = setUp()
    await engine.ensureSchedule({ ...hourly, missed: 'skip' })
    clock.advance(5 * hour)
    expect(await engine.nextFireTimes('hourly', 1)).toEqual([start + 5 * hour + 15 * minute])
  })
})

describe('an act on a schedule that is not there', () => {
  it('says so', async () => {
    const { engine } = setUp()
    const none = { code: 'schedule_not_found', message: expect.stringContaining('"nightly"') }
    for (const act of [
      () => engine.pauseSchedule('nightly'),
      () => engine.resumeSchedule('nightly'),
      () => engine.runSchedule('nightly'),
      () => engine.nextFireTimes('nightly', 1),
    ]) {
      const error = await act().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(ScheduleNotFound)
      expect(error).toMatchObject(none)
    }
  })
})

describe('a schedule that an engine cannot fire', () => {
  it('because it does not know its kind, is left in silence for one that does', async () => {
    const { engine, clock, worker, starts, schedule } = setUp()
    const log = recordingLog()
    const other = saga('other', z.object({})).step(echo)
    const stranger = simulatedEngine(database, { sagas: [other], clock, log })
    await engine.ensureSchedule({ ...hourly, name: 'a first' })
    await stranger.engine.ensureSchedule({ ...hourly, name: 'b', kind: 'other', input: {} })
    clock.advance(15 * minute)
    const strangerWorker = stranger.engine.createWorker()
    await strangerWorker.tick()
    await strangerWorker.tick()
    expect((await engine.list()).data).toMatchObject([{ kind: 'other' }])
    expect(log.said('error').concat(log.said('warn'))).toEqual([])
    expect(await schedule()).toMatchObject({ name: 'a first', nextAt: clock.now(), lastAt: null })
    await worker.tick()
    expect(await starts()).toHaveLength(1)
  })

  it('because its input does not fit any more, is reported once and fires when it fits', async () => {
    const { engine, clock, starts } = setUp()
    for (const name of ['a', 'b']) await engine.ensureSchedule({ ...hourly, name })
    const log = recordingLog()
    const stricter = saga('ticking', z.object({ message: z.string().max(3) })).step(echo)
    const next = simulatedEngine(database, { sagas: [stricter], clock, log })
    await engine.ensureSchedule({ ...hourly, name: 'b', input: { message: 'fit' } })
    clock.advance(15 * minute)
    const worker = next.engine.createWorker()
    for (let round = 0; round < 3; round += 1) await worker.tick()
    expect(await starts()).toEqual(['schedule:b:2030-01-01T00:15:00.000Z'])
    expect(log.said('error')).toHaveLength(1)
    await next.engine.ensureSchedule({ ...hourly, name: 'a', input: { message: 'fit' } })
    await worker.tick()
    expect(await starts()).toHaveLength(2)
  })
})

describe('a tick', () => {
  it('that meets a pause under way does not fire', async () => {
    const { engine, clock, worker, starts, schedule } = setUp()
    await engine.ensureSchedule(hourly)
    clock.advance(15 * minute)
    const other = await database.pool.connect()
    await other.query('begin')
    await other.query('update saga.saga_schedules set paused_at = now()')
    const round = worker.tick()
    const waiting = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await database.pool.query(waiting)).rowCount).toBe(1)
    await other.query('commit')
    other.release()
    await round
    expect(await starts()).toEqual([])
    expect(await schedule()).toMatchObject({ nextAt: clock.now(), lastAt: null })
  })

  it('that was made ready before a change, a removal or a pause starts nothing', async () => {
    const { engine, store, clock, schedule } = setUp()
    const changes = [
      () => engine.ensureSchedule({ ...hourly, input: { message: 'changed' } }),
      () => engine.removeSchedule('hourly'),
      () => engine.pauseSchedule('hourly'),
    ]
    for (const change of changes) {
      await engine.ensureSchedule(hourly)
      const before = await schedule()
      clock.advance(hour)
      const [due] = await store.listDueSchedules({ kinds: ['ticking'], after: '', limit: 10 })
      expect(due).toMatchObject({ name: 'hourly', nextAt: before?.nextAt })
      await change()
      const { revision = -1, nextAt: dueAt = -1 } = due ?? {}
      const tick = { name: 'hourly', revision, dueAt, nextAt: dueAt + hour, run: null }
      expect(await store.tickSchedule(tick)).toBe(false)
    }
  })

  it('is whole or not at all: what starts no run does not advance', async () => {
    const { engine, clock, worker, starts, schedule, log } = setUp()
    await engine.ensureSchedule(hourly)
    clock.advance(15 * minute)
    await database.pool.query(
      `create function saga.refuse() returns trigger language plpgsql as
         $$ begin raise exception 'no room'; end $$;
       create trigger refuse before insert on saga.saga_runs
         for each row execute function saga.refuse()`,
    )
    await worker.tick()
    expect(log.said('error')).toEqual(['a schedule could not be fired; it stays due'])
    expect(await schedule()).toMatchObject({ nextAt: clock.now(), lastAt: null })
    await database.pool.query('drop trigger refuse on saga.saga_runs')
    await worker.tick()
    expect(await starts()).toEqual([key('00:15')])
  })

  it('whose answer was lost is not repeated', async () => {
    const { engine, store, clock, starts } = setUp()
    await engine.ensureSchedule(hourly)
    clock.advance(15 * minute)
    let answers = 0
    const log = recordingLog()
    const lossy = createEngine({
      sagas: [ticking],
      clock,
      log,
      store: {
        ...store,
        async tickSchedule(params) {
          await store.tickSchedule(params)
          answers += 1
          throw Object.assign(new Error('Connection terminated'), { code: '08006' })
        },
      },
    })
    const worker = lossy.createWorker()
    await worker.tick()
    await worker.tick()
    expect(answers).toBe(1)
    expect(log.said('warn')).toEqual(['the schedules could not be looked at; trying again'])
    expect(log.said('error')).toEqual([])
    expect(await starts()).toEqual([key('00:15')])
  })
})
