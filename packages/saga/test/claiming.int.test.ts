import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, type Store, saga, step } from '../src/index.ts'
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

describe('a worker without room', () => {
  it('sends no claim, and never claims more than it can run', async () => {
    const gates: (() => void)[] = []
    let most = 0
    let running = 0
    let open = false
    const gated = step('gated', {
      effect: 'read',
      async do() {
        running += 1
        most = Math.max(most, running)
        if (!open) await new Promise<void>((openGate) => gates.push(openGate))
        running -= 1
      },
    })
    const waiting = saga('waiting_in_line', z.object({})).step(gated)
    const { store, clock } = simulatedEngine(database)
    const asked: number[] = []
    let rounds = 0
    const engine = createEngine({
      clock,
      sagas: [waiting],
      store: {
        ...store,
        claimRuns(params) {
          asked.push(params.limit)
          return store.claimRuns(params)
        },
        async listHeldRuns(params) {
          const held = await store.listHeldRuns(params)
          expect(held.length).toBeLessThanOrEqual(3)
          // What the round does after it, it does before the event loop turns.
          setImmediate(() => {
            rounds += 1
          })
          return held
        },
      },
    })
    for (let n = 0; n < 10; n += 1) await engine.start(waiting, {})
    const worker = engine.createWorker({ concurrency: 3 })
    const full = worker.tick()
    await expect.poll(() => gates.length).toBe(3)
    const without = worker.tick()
    await expect.poll(() => rounds).toBe(2)
    expect(asked).toEqual([3])
    gates.shift()?.()
    await expect.poll(() => running).toBe(2)
    // Let go of in the database too, there is room for one.
    await expect.poll(async () => (await held(store, worker.name)).length).toBe(2)
    const withRoom = worker.tick()
    await expect.poll(() => gates.length).toBe(3)
    expect(asked).toEqual([3, 1])
    open = true
    for (const openGate of gates) openGate()
    await Promise.all([full, without, withRoom])
    while ((await worker.tick()).claimed > 0);
    expect(most).toBe(3)
    expect(Math.max(...asked)).toBe(3)
    const { data } = await engine.list({ kind: 'waiting_in_line' })
    expect(data.map(({ status }) => status)).toEqual(Array(10).fill('completed'))
  })

  /** What the live workers of that name hold. */
  async function held(store: Store, name: string): Promise<readonly unknown[]> {
    const { rows } = await database.pool.query('select id from saga.saga_workers where name = $1', [
      name,
    ])
    const each = await Promise.all(rows.map(({ id }) => store.listHeldRuns({ worker: id })))
    return each.flat()
  }
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
      store.tickSchedule({
        name: 'hourly',
        revision: 0,
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
