import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { echo, saga } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

const kinds = [{ kind: 'ad_hoc', version: 1 }]
const steps = ['echo']

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase({ poolSize: 16 })
})
afterAll(() => database.drop())

describe('runs that many workers claim at once', () => {
  it('have one worker each, whether they are due, signalled or both', async () => {
    const { engine, store } = simulatedEngine(database, { steps: [echo] })
    const started = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const { id } = await engine.startAdHoc([echo], {})
        if (n % 2 === 0) await engine.cancel(id)
        return id
      }),
    )
    const workers = Array.from({ length: 8 }, (_, n) => `worker ${n}`)
    for (const worker of workers) {
      await store.renewLease({ worker, name: worker, leaseMs: 1_000_000, first: true })
    }
    const seen: string[] = []
    let claimed: number
    do {
      const claims = await Promise.all(
        workers.map((worker) => store.claimRuns({ worker, name: worker, kinds, steps, limit: 7 })),
      )
      const ids = claims.flatMap(({ runs }) => runs.map(({ run }) => run.id))
      seen.push(...ids)
      claimed = ids.length
    } while (claimed > 0)
    expect(seen.sort()).toEqual(started.sort())
    const { rows } = await database.pool.query(
      'select distinct epoch, worker_id is null as free from saga.saga_runs',
    )
    expect(rows).toEqual([{ epoch: 1, free: false }])
  })
})

describe('a schedule that is fired twice for the same time', () => {
  it('starts one run, whatever their start keys', async () => {
    const ticking = saga('ticking', z.object({})).step(echo)
    const { engine, store, clock } = simulatedEngine(database, { sagas: [ticking] })
    await engine.ensureSchedule({ name: 'hourly', cron: '0 * * * *', kind: 'ticking', input: {} })
    const [schedule] = await engine.listSchedules()
    const dueAt = schedule?.nextAt ?? Number.NaN
    // Late enough that it is due again at its next time.
    clock.advance(3 * 3_600_000)
    const fire = (startKey: string, id: string) =>
      store.fireSchedule({
        name: 'hourly',
        dueAt,
        nextAt: dueAt + 3_600_000,
        run: {
          id,
          tag: id.slice(-8),
          kind: 'ticking',
          version: 1,
          plan: [{ name: 'echo' }],
          inputs: {},
          inputHash: '',
          startKey,
          lockKeys: [],
          priority: 0,
          reservedFor: null,
          startedBy: null,
        },
      })
    expect(await fire('one', '01900000-0000-7000-8000-000000000001')).toBe(true)
    expect(await fire('other', '01900000-0000-7000-8000-000000000002')).toBe(false)
    expect((await engine.list({ kind: 'ticking' })).data).toMatchObject([{ startKey: 'one' }])
    expect(await engine.listSchedules()).toMatchObject([{ nextAt: dueAt + 3_600_000 }])
  })
})
