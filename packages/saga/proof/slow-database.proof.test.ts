import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createEngine, saga, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { recordingLog } from '../test/recording-log.ts'
import { layWire } from '../test/wire.ts'

const leaseMs = 4_000
const runs = 20

/** A worker that is far from its database, with runs under way, and a rival that is near. */
async function farAndNear() {
  const database = await engineDatabase()
  onTestFinished(() => database.drop())
  let away = 0
  const wire = await layWire(database.connection, { delayMs: () => away })
  const pool = new pg.Pool({ ...wire.connection, max: 4 })
  pool.on('error', () => {})
  onTestFinished(async () => {
    await pool.end()
    await wire.close()
  })
  const effects = new Map<string, number>()
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const make = step('make', {
    settles: 0,
    every: '200ms',
    timeout: '1m',
    do: async ({ key }) => {
      effects.set(key, (effects.get(key) ?? 0) + 1)
      if (effects.size === runs) begun.resolve()
      await go.promise
    },
    find: ({ key }) => (effects.has(key) ? null : undefined),
    undo: ({ key }) => void effects.delete(key),
  })
  const read = step('read', { effect: 'read', do: () => undefined })
  const making = saga('making', z.object({})).step(make).step(read)
  const log = recordingLog()
  const far = createEngine({ store: postgresStore({ pool }), sagas: [making], log })
  const near = createEngine({ store: postgresStore({ pool: database.pool }), sagas: [making] })
  const ids: string[] = []
  for (let n = 0; n < runs; n += 1) ids.push((await near.start(making, {})).id)
  const worker = far.createWorker({ leaseMs, pollMs: 50 })
  worker.start()
  await begun.promise
  const rival = near.createWorker({ leaseMs, pollMs: 50 })
  onTestFinished(async () => {
    away = 0
    await Promise.all([worker.stop(), rival.stop()])
  })
  const all = () => Promise.all(ids.map(async (id) => (await near.get(id)).run))
  return {
    log,
    effects,
    letGo: go.resolve,
    rival,
    /** From now on the far database hears everything so much later. */
    moveAway(ms: number) {
      away = ms
    },
    worker,
    async heartbeats(): Promise<number> {
      const { rows } = await database.pool.query(
        `select extract(epoch from lease_until) * 1000 as until from saga.saga_workers where name = $1`,
        [worker.name],
      )
      return Math.max(...rows.map(({ until }) => Number(until)))
    },
    async epochs(): Promise<number[]> {
      const statuses = async () => (await all()).map(({ status }) => status)
      await expect.poll(statuses, { timeout: 60_000 }).toEqual(ids.map(() => 'completed'))
      return (await all()).map(({ epoch }) => epoch)
    },
  }
}

describe('a database that is slow', () => {
  it('but answers within a fifth of the lease costs no run: nobody takes over', async () => {
    const { log, effects, letGo, rival, moveAway, heartbeats, epochs } = await farAndNear()
    rival.start()
    moveAway(leaseMs / 5)
    const before = await heartbeats()
    // Several leases long.
    await expect.poll(heartbeats, { timeout: 60_000 }).toBeGreaterThan(before + 3 * leaseMs)
    letGo()
    expect(new Set(await epochs())).toEqual(new Set([1]))
    expect([...effects.values()]).toEqual(Array(runs).fill(1))
    expect(log.lines).toEqual([])
  })

  it('for longer than the lease loses its worker the runs: they are taken over, and no effect is made twice', async () => {
    const { log, effects, letGo, rival, moveAway, epochs } = await farAndNear()
    rival.start()
    moveAway(2 * leaseMs)
    letGo()
    expect(new Set(await epochs())).toEqual(new Set([2]))
    expect([...effects.values()]).toEqual(Array(runs).fill(1))
    await expect
      .poll(() => new Set(log.said('warn')), { timeout: 30_000 })
      .toContain('lost to another worker; nothing more is written')
    expect(log.said('error')).toEqual([])
  })
})
