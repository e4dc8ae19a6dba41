import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, sleep, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { simulatedClock } from '../src/testing/index.ts'
import { engineDatabase } from './harness.ts'

// Clocks that jump: a worker's own, which counts for nothing, and the database's, which all go by.

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const hour = 3_600_000
const nap = sleep('nap', '10m')

/** An engine whose workers' monotonic time and database's time go on together, until one jumps. */
function jumping(steps: Parameters<typeof createEngine>[0]['steps'] & object) {
  const clock = simulatedClock()
  let ahead = 0
  const store = postgresStore({ pool: database.pool, now: () => clock.now() + ahead })
  const engine = createEngine({ store, clock, steps, random: () => 0 })
  return {
    engine,
    clock,
    /** The database's clock is set. */
    jump(ms: number) {
      ahead += ms
    },
    status: async (id: string) => (await engine.get(id)).run.status,
    epoch: async (id: string) => (await engine.get(id)).run.epoch,
  }
}

/** A step that hangs in its first attempt, until it is let go or aborted. */
function hanging() {
  const begun = Promise.withResolvers<AbortSignal>()
  const go = Promise.withResolvers<void>()
  const hang = step('hang', {
    idempotent: true,
    timeout: '1d',
    do: async ({ attempt, signal }) => {
      if (attempt > 1) return
      begun.resolve(signal)
      signal.addEventListener('abort', () => go.resolve())
      await go.promise
      // What returned would be reported as an effect, and its run claimed once more for it.
      signal.throwIfAborted()
    },
    undo: () => {},
  })
  return { step: hang, begun: begun.promise, letGo: go.resolve }
}

describe("a worker's own clock", () => {
  it.each([hour, -hour])(
    'that jumps by %i ms changes nothing: no lease, no wait, no order',
    async (ms) => {
      vi.useFakeTimers({ toFake: ['Date'] })
      onTestFinished(() => {
        vi.useRealTimers()
      })
      const { step: hang, begun, letGo } = hanging()
      const engine = createEngine({
        store: postgresStore({ pool: database.pool }),
        steps: [hang, nap, echo],
      })
      const first = await engine.startAdHoc([hang], {})
      const waiting = await engine.startAdHoc([nap], {})
      const worker = engine.createWorker({ leaseMs: 60_000 })
      const ticking = worker.tick()
      const signal = await begun
      const before = (await engine.get(waiting.id)).run.wakeAt
      vi.setSystemTime(Date.now() + ms)
      const rival = engine.createWorker({ leaseMs: 60_000 })
      expect(await rival.tick()).toEqual({ claimed: 0 })
      expect(signal.aborted).toBe(false)
      letGo()
      await ticking
      const { id } = await engine.startAdHoc([echo], {})
      expect(await worker.tick()).toEqual({ claimed: 1 })
      expect((await engine.get(first.id)).run).toMatchObject({ status: 'completed', epoch: 1 })
      expect((await engine.get(waiting.id)).run).toMatchObject({
        status: 'waiting',
        wakeAt: before,
      })
      const { data } = await engine.list()
      expect(data.map((run) => run.id)).toEqual([id, waiting.id, first.id])
      await Promise.all([worker.stop(), rival.stop()])
    },
  )
})

describe("the database's clock", () => {
  it('that jumps ahead ends every lease: what is under way is taken over, and fenced', async () => {
    const { step: hang, begun } = hanging()
    const { engine, clock, jump, status, epoch } = jumping([hang])
    const { id } = await engine.startAdHoc([hang], {})
    const worker = engine.createWorker()
    const ticking = worker.tick()
    const signal = await begun
    jump(hour)
    await engine.createWorker().tick()
    expect([await status(id), await epoch(id)]).toEqual(['completed', 2])
    // The next heartbeat tells the first one: it has none any more.
    clock.advance(2_500)
    await worker.tick()
    expect(signal.aborted).toBe(true)
    await ticking
    // It leaves word that nobody knows how its call ended, and for that the run is claimed once more.
    const told = (await engine.events(id)).filter(({ type }) => type === 'stray_doubted').length
    expect([await status(id), await epoch(id)]).toEqual(['completed', 2 + told])
  })

  it('that jumps ahead lets waits be over, and deadlines pass, that much sooner', async () => {
    const { engine, jump, status } = jumping([nap])
    const { id } = await engine.startAdHoc([nap], {})
    const worker = engine.createWorker()
    await worker.tick()
    jump(10 * 60_000)
    await engine.createWorker().tick()
    expect(await status(id)).toBe('completed')
  })

  it('that jumps back leaves the living their leases', async () => {
    const { step: hang, begun, letGo } = hanging()
    const { engine, clock, jump, status, epoch } = jumping([hang])
    const { id } = await engine.startAdHoc([hang], {})
    const worker = engine.createWorker()
    const ticking = worker.tick()
    const signal = await begun
    jump(-hour)
    for (let beat = 1; beat <= 6; beat += 1) {
      clock.advance(2_500)
      // A heartbeat goes with every round, and by the time as it is now.
      void worker.tick()
      await expect.poll(leaseUntil).toBe(clock.now() - hour + 10_000)
    }
    expect(signal.aborted).toBe(false)
    letGo()
    await ticking
    expect([await status(id), await epoch(id)]).toEqual(['completed', 1])
  })

  it('that jumps back makes whoever waits wait so much longer, for a lost lease too; nothing is forgotten', async () => {
    const { step: hang, begun } = hanging()
    const { engine, clock, jump, status, epoch } = jumping([hang, nap])
    const waiting = await engine.startAdHoc([nap], {})
    const held = await engine.startAdHoc([hang], {})
    const lost = engine.createWorker()
    void lost.tick()
    await begun
    jump(-hour)
    // Nobody beats for the lost one any more.
    clock.advance(10 * 60_000)
    const worker = engine.createWorker()
    expect(await worker.tick()).toEqual({ claimed: 0 })
    clock.advance(hour)
    await engine.createWorker().tick()
    expect([await status(held.id), await epoch(held.id)]).toEqual(['completed', 2])
    expect(await status(waiting.id)).toBe('completed')
  })
})

async function leaseUntil(): Promise<number> {
  const { rows } = await database.pool.query('select lease_until from saga.saga_workers')
  expect(rows).toHaveLength(1)
  return rows[0].lease_until.getTime()
}
