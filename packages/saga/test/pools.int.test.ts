import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, fail, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { simulatedClock } from '../src/testing/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const heartbeatMs = 2_500

/** A pool that fails whoever waits long for one of its few connections. */
function smallPool(max: number): pg.Pool {
  const pool = new pg.Pool({ ...database.connection, max, connectionTimeoutMillis: 3_000 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  onTestFinished(async () => {
    await pool.end()
  })
  return pool
}

/** A worker under way on simulated time, over a pool of its own. */
function onPool(pool: pg.Pool, steps: NonNullable<Parameters<typeof createEngine>[0]['steps']>) {
  const clock = simulatedClock()
  const store = postgresStore({ pool, now: clock.now })
  let heartbeats = 0
  const engine = createEngine({
    store,
    steps,
    random: () => 0,
    clock: {
      ...clock,
      after(ms, callback) {
        if (ms === heartbeatMs) heartbeats += 1
        return clock.after(ms, callback)
      },
    },
  })
  const worker = engine.createWorker({ leaseMs: 4 * heartbeatMs })
  return {
    clock,
    worker,
    /** How often the lease was seen to, and the next time waited for. */
    heartbeats: () => heartbeats,
    /** Starts runs and reads them over other connections than the worker's. */
    host: createEngine({
      store: postgresStore({ pool: database.pool, now: clock.now }),
      clock,
      steps,
    }),
    /** Tells the worker to stop, and moves time on until it has. */
    async stopped(): Promise<void> {
      let over = false
      void worker.stop({ graceMs: 100 }).then(() => {
        over = true
      })
      await expect
        .poll(() => {
          clock.advance(1_000)
          return over
        })
        .toBe(true)
    },
  }
}

describe('a pool of few connections', () => {
  it('gets back the one over which LISTEN was refused', async () => {
    const pool = smallPool(1)
    pool.once('connect', (client) => {
      // As a standby says after a failover, and some poolers always do.
      vi.spyOn(client, 'query').mockImplementationOnce(async () => {
        throw Object.assign(new Error('cannot execute LISTEN during recovery'), { code: '25006' })
      })
    })
    const stop = await postgresStore({ pool }).listen(() => {})
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await stop()
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  it('is never taken whole by transact steps: the lease of their worker is kept up', async () => {
    const end = Promise.withResolvers<void>()
    let inside = 0
    const slow = transact('slow', {
      timeout: '1h',
      do: async () => {
        inside += 1
        await end.promise
      },
    })
    const { clock, worker, host, stopped, heartbeats } = onPool(smallPool(4), [slow])
    const ids: string[] = []
    for (let n = 0; n < 6; n += 1) ids.push((await host.startAdHoc([slow], {})).id)
    worker.start()
    await expect.poll(() => inside).toBeGreaterThan(0)
    for (let beat = 1; beat <= 6; beat += 1) {
      await expect.poll(heartbeats).toBe(beat)
      clock.advance(heartbeatMs)
    }
    end.resolve()
    const runs = async () => {
      const ledgers = await Promise.all(ids.map((id) => host.get(id)))
      return ledgers.map(({ run, steps }) => [run.status, run.epoch, steps[0]?.attempts])
    }
    await expect.poll(runs, { timeout: 5_000 }).toEqual(ids.map(() => ['completed', 1, 1]))
    await stopped()
  })

  it('does not keep a worker from stopping when it gives no connection at all', async () => {
    const pool = smallPool(1)
    const held = await pool.connect()
    const { worker, stopped } = onPool(pool, [])
    worker.start()
    await stopped()
    held.release()
  })
})

describe('a transact step', () => {
  it('whose connection is cut between two statements is made again; its process lives on', async () => {
    const program = new URL('cut-connection.ts', import.meta.url).pathname
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@arcadia-cloud/source', program],
      { env: { ...process.env, DATABASE_URL: database.connectionString } },
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'completed in attempt 2\n', stderr: '' })
  })

  it('that takes too long leaves no statement running in the server', async () => {
    const statement = 'select pg_sleep(60)'
    const stuck = transact('stuck', {
      timeout: '10s',
      retry: { attempts: 1 },
      do: async (tx) => {
        await tx.query(statement)
      },
    })
    const { clock, worker, host, stopped, heartbeats } = onPool(smallPool(4), [stuck])
    const { id } = await host.startAdHoc([stuck], {})
    worker.start()
    const running = async () =>
      (
        await database.pool.query(
          `select from pg_stat_activity
           where datname = current_database() and state = 'active' and query = $1`,
          [statement],
        )
      ).rowCount
    await expect.poll(running).toBe(1)
    for (let beat = 1; beat <= 4; beat += 1) {
      await expect.poll(heartbeats).toBe(beat)
      clock.advance(heartbeatMs)
    }
    await expect.poll(running).toBe(0)
    await expect.poll(async () => (await host.get(id)).run.status).toBe('rolled_back')
    expect((await host.get(id)).steps[0]).toMatchObject({ status: 'failed', attempts: 1 })
    await stopped()
  })

  it('is undone within the time limit of its undo, not that of its do', async () => {
    const undoing = Promise.withResolvers<AbortSignal>()
    const insert = transact('insert', {
      timeout: '1h',
      undoOptions: { timeout: '1s', retry: { attempts: 1 } },
      do: () => undefined,
      undo: (_tx, { signal }) => {
        undoing.resolve(signal)
        const over = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => over.reject(signal.reason))
        return over.promise
      },
    })
    const { engine, clock, run } = simulatedEngine(database, { steps: [insert, fail] })
    const { id } = await engine.startAdHoc([insert, fail], {})
    const ticking = engine.createWorker().tick()
    const signal = await undoing.promise
    clock.advance(999)
    expect(signal.aborted).toBe(false)
    clock.advance(1)
    expect(signal.aborted).toBe(true)
    await ticking
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'undo_exhausted:insert', step: 0 },
    })
  })
})
