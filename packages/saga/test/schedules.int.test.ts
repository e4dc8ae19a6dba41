import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { echo, InvalidInput, saga } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

const tick = saga('ticking', z.object({ message: z.string() })).step(echo)
const hourly = { name: 'hourly', cron: '15 * * * *', kind: 'ticking', input: { message: 'tick' } }

describe('a schedule', () => {
  it('starts its saga on the minute, exactly once among many workers', async () => {
    const { engine, clock } = simulatedEngine(database, { sagas: [tick] })
    await engine.ensureSchedule(hourly)
    const workers = [1, 2, 3].map(() => engine.createWorker())
    const round = () => Promise.all(workers.map((worker) => worker.tick()))
    clock.advance(14 * 60_000)
    await round()
    expect((await engine.list({ kind: 'ticking' })).data).toEqual([])
    clock.advance(60_000)
    await round()
    await round()
    const { data } = await engine.list({ kind: 'ticking' })
    expect(data).toMatchObject([
      {
        status: 'completed',
        startedBy: 'schedule:hourly',
        startKey: 'schedule:hourly:2030-01-01T00:15:00.000Z',
        context: { echoed_at_step_0: 'tick' },
      },
    ])
    expect(await engine.listSchedules()).toMatchObject([
      { name: 'hourly', nextAt: Date.UTC(2030, 0, 1, 1, 15), lastAt: clock.now() },
    ])
  })

  it('that was missed for hours fires once', async () => {
    const { engine, clock } = simulatedEngine(database, { sagas: [tick] })
    await engine.ensureSchedule({ ...hourly, name: 'missed', input: { message: 'late' } })
    clock.advance(10 * 3_600_000)
    const worker = engine.createWorker()
    await worker.tick()
    await worker.tick()
    const { data } = await engine.list({ kind: 'ticking' })
    expect(data.filter(({ startedBy }) => startedBy === 'schedule:missed')).toHaveLength(1)
  })

  it('keeps its place when it is set up again, and moves when its times change', async () => {
    const { engine, clock } = simulatedEngine(database, { sagas: [tick] })
    const next = async () =>
      (await engine.listSchedules()).find(({ name }) => name === 'kept')?.nextAt
    await engine.ensureSchedule({ ...hourly, name: 'kept' })
    const before = await next()
    clock.advance(3_600_000)
    await engine.ensureSchedule({ ...hourly, name: 'kept' })
    expect(await next()).toBe(before)
    await engine.ensureSchedule({
      ...hourly,
      name: 'kept',
      cron: '0 12 * * *',
      timeZone: 'Australia/Sydney',
    })
    expect(await next()).toBe(Date.UTC(2030, 0, 2, 1, 0))
  })

  it('is refused when its times or its input cannot be', async () => {
    const { engine } = simulatedEngine(database, { sagas: [tick] })
    for (const wrong of [
      { ...hourly, cron: 'every hour' },
      { ...hourly, cron: '61 * * * *' },
      { ...hourly, timeZone: 'Mars/Olympus' },
      { ...hourly, input: {} },
      { ...hourly, cron: '0 0 31 2 *' },
    ]) {
      await expect(engine.ensureSchedule(wrong)).rejects.toBeInstanceOf(InvalidInput)
    }
  })
})
