import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  createEngine,
  DefinitionError,
  echo,
  fail,
  InvalidInput,
  type RetentionOptions,
  saga,
  sleep,
  step,
} from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { pruneRuns } from '../src/postgres/queries/prune-runs.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { recordingLog } from './recording-log.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const hour = 3_600_000
const day = 24 * hour

const kind = (name: string) => saga(name, z.object({})).step(echo)
const stuck = (name: string, onExhausted: 'park' | 'continue') =>
  step(name, {
    do: () => ({ made: name }),
    find: () => undefined,
    undo: () => {
      throw new Error('it does not go away')
    },
    undoOptions: { retry: { attempts: 1 }, onExhausted },
  })
const heartbeat = kind('heartbeat')
const audit = kind('audit')
const order = kind('order')
const parking = saga('parking', z.object({})).step(stuck('stays', 'park')).step(fail)
const failing = saga('failing', z.object({})).step(stuck('is_left', 'continue')).step(fail)
const sleeping = saga('sleeping', z.object({})).step(sleep('nap', '3000d'))
const sagas = [heartbeat, audit, order, parking, failing, sleeping]

function setUp(retention: RetentionOptions = { after: '90d' }) {
  const log = recordingLog()
  const simulated = simulatedEngine(database, { sagas, retention, log })
  const { engine, store, clock } = simulated
  const worker = engine.createWorker()
  return {
    ...simulated,
    log,
    worker,
    /** Starts a run of a kind and lets it end, if it does. */
    async ended(name: string, key?: string): Promise<string> {
      const { id } = await engine.startKind(name, {}, key === undefined ? {} : { key })
      await worker.tick()
      return id
    },
    /** Inserts a child of a run, of its kind or another. */
    async child(root: string, kindName: string): Promise<string> {
      const { id, run } = await engine.startKind(kindName, {})
      await database.pool.query('delete from saga.saga_runs where id = $1', [id])
      await database.pool.query('delete from saga.saga_history where saga_id = $1', [id])
      await store.insertRun({
        run: { ...run, inputHash: '', parent: { id: root, step: 0, rootId: root } },
      })
      await worker.tick()
      return id
    },
    /** Tells the worker to stop, and moves time on until it has. */
    async stopped(): Promise<void> {
      let over = false
      void worker.stop().then(() => {
        over = true
      })
      await expect
        .poll(() => {
          clock.advance(100)
          return over
        })
        .toBe(true)
    },
    /** Which kinds are there still. */
    async left(): Promise<string[]> {
      return (await engine.list({ limit: 200 })).data.map((run) => run.kind).sort()
    },
  }
}

async function countRows(table: string): Promise<number> {
  const { rows } = await database.pool.query(`select count(*)::int as n from saga.${table}`)
  return rows[0]?.n
}

/** Many runs that ended at a moment. */
async function insertEnded(count: number, kindName: string, at: number): Promise<void> {
  await database.pool.query(
    `insert into saga.saga_runs (id, tag, kind, version, plan, status, inputs, input_hash, root_id,
       created_at, ended_at)
     select id, 'x', $2, 1, '[]', 'completed', '{}', '', id, $3::timestamptz, $3::timestamptz
     from (select gen_random_uuid() as id from generate_series(1, $1::int)) n`,
    [count, kindName, new Date(at).toISOString()],
  )
}

describe('an ended run', () => {
  it('is pruned at the age of its kind, with all that is kept about it', async () => {
    const { engine, store, clock, ended, left } = setUp({
      after: '90d',
      kinds: { heartbeat: '2d', audit: 'keep' },
    })
    for (const name of ['heartbeat', 'audit', 'order']) {
      const id = await ended(name)
      await store.insertSignal({ runId: id, type: 'roll_back', actor: null })
    }
    await database.pool.query('update saga.saga_signals set read_at = now()')
    clock.advance(2 * day)
    expect(await engine.prune()).toEqual({ pruned: 0 })
    clock.advance(1)
    expect(await engine.prune()).toEqual({ pruned: 1 })
    expect(await left()).toEqual(['audit', 'order'])
    clock.advance(88 * day)
    expect(await engine.prune()).toEqual({ pruned: 1 })
    clock.advance(3_000 * day)
    expect(await engine.prune()).toEqual({ pruned: 0 })
    expect(await left()).toEqual(['audit'])
    expect(await countRows('saga_step_results')).toBe(1)
    expect(await countRows('saga_signals')).toBe(1)
    const { rows } = await database.pool.query('select distinct saga_id from saga.saga_events')
    expect(rows).toHaveLength(1)
  })

  it('that failed goes as well; one that is parked, waits or was never begun stays', async () => {
    const { engine, clock, ended, left, run } = setUp()
    const statuses = []
    for (const name of ['parking', 'failing', 'sleeping']) {
      statuses.push((await run(await ended(name))).status)
    }
    expect(statuses).toEqual(['parked', 'failed', 'waiting'])
    clock.advance(1_000 * day)
    await engine.startKind('order', {}, { reservedFor: 'nobody' })
    clock.advance(1_000 * day)
    expect(await engine.prune()).toEqual({ pruned: 1 })
    expect(await left()).toEqual(['order', 'parking', 'sleeping'])
  })

  it('is kept where nothing is said', async () => {
    for (const retention of [{}, { kinds: { heartbeat: '30d' } }] as const) {
      const { engine, clock, ended, left } = setUp(retention)
      await ended('order')
      clock.advance(3_000 * day)
      expect(await engine.prune()).toEqual({ pruned: 0 })
      expect(await left()).toContain('order')
    }
  })

  it('of a kind that has no saga any more is pruned if it is named, and only then', async () => {
    const { engine, clock, ended, left } = setUp()
    await ended('order')
    clock.advance(100 * day)
    const later = (retention: RetentionOptions) =>
      simulatedEngine(database, { sagas: [audit], retention, clock }).engine
    expect(await later({ after: '90d' }).prune()).toEqual({ pruned: 0 })
    expect(await later({ kinds: { order: '90d' } }).prune()).toEqual({ pruned: 1 })
    expect(await left()).toEqual([])
    expect(await engine.prune()).toEqual({ pruned: 0 })
  })

  it('keeps its start key as long as it is there, and frees it then', async () => {
    const { engine, clock, ended } = setUp({ after: '24h' })
    const id = await ended('order', 'request-1')
    clock.advance(day)
    await engine.prune()
    expect(await engine.startKind('order', {}, { key: 'request-1' })).toMatchObject({
      id,
      created: false,
    })
    clock.advance(1)
    await engine.prune()
    const again = await engine.startKind('order', {}, { key: 'request-1' })
    expect(again.created).toBe(true)
    expect(again.id).not.toBe(id)
  })

  it('stays while somebody asks for it to be taken back', async () => {
    const { engine, store, clock, ended } = setUp()
    const ids = [await ended('order'), await ended('order')]
    const root = await ended('audit')
    clock.advance(100 * day)
    for (const [index, type] of (['roll_back', 'stray_effect'] as const).entries()) {
      await store.insertSignal({ runId: ids[index] ?? '', type, actor: 'ann' })
    }
    expect(await engine.prune({ limit: 10 })).toEqual({ pruned: 1 })
    await expect(engine.get(root)).rejects.toMatchObject({ code: 'run_not_found' })
    await database.pool.query('update saga.saga_signals set read_at = now()')
    expect(await engine.prune()).toEqual({ pruned: 2 })
  })
})

describe('a tree of runs', () => {
  it('goes whole, when the last of it has been ended for long enough', async () => {
    const { engine, clock, ended, child, left } = setUp({ after: '90d', kinds: { audit: '2d' } })
    const root = await ended('order')
    clock.advance(30 * day)
    // Its own kind has a shorter time, which is that of roots.
    await child(root, 'audit')
    clock.advance(90 * day)
    expect(await engine.prune()).toEqual({ pruned: 0 })
    clock.advance(1)
    expect(await engine.prune({ limit: 1 })).toEqual({ pruned: 2 })
    expect(await left()).toEqual([])
  })

  it('stays whole while one of it goes on, is parked, or is to be taken back', async () => {
    const { engine, store, clock, ended, child, left } = setUp()
    await child(await ended('order'), 'sleeping')
    await child(await ended('order'), 'parking')
    const asked = await child(await ended('order'), 'audit')
    const unfinished = await ended('sleeping')
    await child(unfinished, 'heartbeat')
    clock.advance(1_000 * day)
    await store.insertSignal({ runId: asked, type: 'roll_back', actor: null })
    expect(await engine.prune()).toEqual({ pruned: 0 })
    expect(await left()).toHaveLength(8)
  })
})

describe('pruning', () => {
  it('by several at once takes each run once', async () => {
    const { engine, clock } = setUp()
    await insertEnded(1_200, 'order', clock.now())
    clock.advance(91 * day)
    const answers = await Promise.all([1, 2, 3].map(() => engine.prune()))
    expect(answers.reduce((sum, { pruned }) => sum + pruned, 0)).toBe(1_200)
    expect(await countRows('saga_runs')).toBe(0)
  })

  it('is left to the one who is at it, where nobody waits for it', async () => {
    const { store, clock } = setUp()
    await insertEnded(3, 'order', clock.now())
    clock.advance(91 * day)
    const batch = { kind: 'order', olderThanMs: 90 * day, limit: 2 }
    const other = await database.pool.connect()
    await other.query('begin')
    await other.query(`select pg_advisory_xact_lock(hashtextextended('saga-prune', 0))`)
    expect(await store.pruneRuns({ ...batch, wait: false })).toBe('busy')
    await other.query('rollback')
    other.release()
    expect(await store.pruneRuns({ ...batch, wait: false })).toEqual({ runs: 2 })
  })

  it('goes on until so many are gone as were asked for', async () => {
    const { engine, clock } = setUp()
    await insertEnded(7, 'order', clock.now())
    clock.advance(91 * day)
    expect(await engine.prune({ limit: 3 })).toEqual({ pruned: 3 })
    await expect(engine.prune({ limit: 0 })).rejects.toBeInstanceOf(InvalidInput)
    expect(await engine.prune()).toEqual({ pruned: 4 })
  })

  it('waits for nobody: what another transaction has is passed over', async () => {
    const { engine, store, clock, ended, child, left } = setUp()
    const [locked, asked] = [await ended('audit'), await ended('heartbeat')]
    const member = await child(await ended('order'), 'failing')
    await ended('failing')
    clock.advance(91 * day)
    const other = await database.pool.connect()
    await other.query('begin')
    await other.query('select from saga.saga_runs where id = any($1) for update', [
      [locked, member],
    ])
    // Not yet committed, so that nobody sees it but by its lock.
    await store.insertSignal({ runId: asked, type: 'roll_back', actor: null, tx: other })
    expect(await engine.prune()).toEqual({ pruned: 1 })
    expect(await left()).toEqual(['audit', 'failing', 'heartbeat', 'order'])
    await other.query('commit')
    other.release()
    expect(await engine.prune()).toEqual({ pruned: 3 })
    expect(await left()).toEqual(['heartbeat'])
  })

  it('looks again at what it has locked, for what came in just before', async () => {
    const { clock, ended, child, left } = setUp()
    const [asked] = [await ended('order'), await ended('order')]
    const member = await child(await ended('order'), 'audit')
    clock.advance(91 * day)
    const others = await Promise.all([1, 2, 3].map(() => database.pool.connect()))
    const [client, holder, writer] = others
    if (client === undefined || holder === undefined || writer === undefined) throw new Error()
    await client.query('begin')
    let statements = 0
    const between = async (text: string, values: readonly unknown[] = []) => {
      const answer = await client.query(text, [...values])
      statements += 1
      if (statements === 2) {
        await holder.query('begin')
        await holder.query('select from saga.saga_runs where id = $1 for share', [member])
        // Without the lock that the signal's own statement would wait for now.
        await writer.query('set session_replication_role = replica')
        await writer.query(
          `insert into saga.saga_signals (run_id, type, created_at) values ($1, 'roll_back', now())`,
          [asked],
        )
      }
      return answer
    }
    const batch = { kind: 'order', olderThanMs: 90 * day, limit: 10, wait: true }
    expect(await pruneRuns({ now: clock.now, query: between }, batch)).toEqual({ runs: 1 })
    await client.query('commit')
    await holder.query('rollback')
    for (const other of others) other.release(true)
    expect(await left()).toEqual(['audit', 'order', 'order'])
  })

  it('takes old releases of locks and workers that are long gone with it', async () => {
    const { engine, clock, ended } = setUp({ after: '2d', kinds: { order: '5d' } })
    const locking = saga('locking', z.object({ key: z.string(), message: z.string() }), {
      locks: ({ key }) => [key],
    }).step(echo)
    const locker = simulatedEngine(database, { sagas: [locking], clock })
    const locks = async () => (await engine.lockReleases(0)).map(({ key }) => key)
    const release = async (key: string) => {
      await locker.engine.startKind('locking', { key, message: '' })
      const worker = locker.engine.createWorker()
      await worker.tick()
    }
    await release('old')
    clock.advance(1)
    await release('young')
    await ended('audit')
    const workers = await countRows('saga_workers')
    clock.advance(5 * day)
    await engine.prune()
    expect(await locks()).toEqual(['young'])
    expect(workers).toBe(3)
    expect(await countRows('saga_workers')).toBe(0)
  })

  it('finds what it looks for by indexes', async () => {
    const single = await engineDatabase({ poolSize: 1 })
    try {
      const clock = simulatedEngine(single).clock
      const store = postgresStore({ pool: single.pool, now: clock.now })
      await single.pool.query(
        `with run as (
           insert into saga.saga_runs (id, tag, kind, version, plan, status, inputs, input_hash,
             root_id, created_at, ended_at)
           select id, 'x', 'order', 1, '[]', 'completed', '{}', '', id, $1::timestamptz,
             case when n % 100 = 0 then $1::timestamptz end
           from (select gen_random_uuid() as id, n from generate_series(1, 20000) n) n returning id)
         insert into saga.saga_signals (run_id, type, created_at, read_at)
         select id, 'roll_back', $1::timestamptz, $1::timestamptz from run`,
        [new Date(clock.now()).toISOString()],
      )
      await single.pool.query('vacuum analyze saga.saga_runs, saga.saga_signals')
      const scans = async () => {
        await single.pool.query('select pg_stat_force_next_flush()')
        const { rows } = await single.pool.query(
          `select relname, seq_scan, idx_tup_fetch::int as fetched from pg_stat_user_tables
           where relname in ('saga_runs', 'saga_signals') order by relname`,
        )
        return z.array(z.object({ seq_scan: z.coerce.number(), fetched: z.number() })).parse(rows)
      }
      clock.advance(91 * day)
      const before = await scans()
      const batch = { kind: 'order', olderThanMs: 90 * day, limit: 500, wait: true }
      expect(await store.pruneRuns(batch)).toEqual({ runs: 200 })
      const after = await scans()
      expect(after.map((now, n) => now.seq_scan - (before[n]?.seq_scan ?? 0))).toEqual([0, 0])
      // Some look-ups for each that goes, none for the 19,800 that live.
      expect((after[0]?.fetched ?? 0) - (before[0]?.fetched ?? 0)).toBeLessThan(200 * 6)
    } finally {
      await single.drop()
    }
  })
})

describe('a worker', () => {
  it('prunes in small batches when it starts, and again every five minutes, until it stops', async () => {
    const { engine, clock, worker, log, stopped } = setUp()
    await insertEnded(1_100, 'order', clock.now())
    clock.advance(91 * day)
    worker.start()
    const moved = (ms: number) => async () => {
      clock.advance(ms)
      return countRows('saga_runs')
    }
    await expect.poll(() => countRows('saga_runs')).toBe(600)
    await expect.poll(moved(250)).toBe(0)
    const said = async () => {
      await moved(250)()
      return log.lines.some(({ message }) => /pruned/.test(message))
    }
    await expect.poll(said).toBe(true)
    expect(log.lines.find(({ message }) => /pruned/.test(message))).toMatchObject({
      fields: { pruned: 1_100 },
    })
    await insertEnded(1, 'order', clock.now() - 91 * day)
    await expect.poll(moved(60_000)).toBe(0)
    await stopped()
    await insertEnded(1, 'order', clock.now() - 91 * day)
    clock.advance(hour)
    expect(await countRows('saga_runs')).toBe(1)
    expect(await engine.prune()).toEqual({ pruned: 1 })
  })

  it('cancels what it is pruning when it stops, and what was not pruned is whole', async () => {
    const { clock, worker, log, stopped } = setUp()
    await insertEnded(3, 'order', clock.now())
    await database.pool.query(
      `create function saga.hang() returns trigger language plpgsql as
         $$ begin perform pg_sleep(60); return old; end $$;
       create trigger hang before delete on saga.saga_runs
         for each row execute function saga.hang()`,
    )
    clock.advance(91 * day)
    worker.start()
    const deleting = async () =>
      (
        await database.pool.query(
          `select from pg_stat_activity
           where datname = current_database() and wait_event = 'PgSleep'`,
        )
      ).rowCount
    await expect.poll(deleting).toBe(1)
    await stopped()
    expect(await deleting()).toBe(0)
    expect(await countRows('saga_runs')).toBe(3)
    expect(log.said('warn')).toEqual([])
  })

  it('leaves a running run on its page: only its claim and its end change an index', async () => {
    const single = await engineDatabase({ poolSize: 1 })
    try {
      const { engine, run } = simulatedEngine(single, { steps: [echo] })
      const { id } = await engine.startAdHoc(
        Array.from({ length: 6 }, () => echo),
        {},
      )
      await engine.createWorker().tick()
      expect((await run(id)).status).toBe('completed')
      await single.pool.query('select pg_stat_force_next_flush()')
      const { rows } = await single.pool.query(
        // What found no room, for others still look at the old rows of the page, changed no index.
        // PostgreSQL counts it from 16 on; before, one or two may be such.
        `select n_tup_upd::int as updates,
           n_tup_hot_upd::int + coalesce((to_jsonb(s) ->> 'n_tup_newpage_upd')::int, 2) as hot
         from pg_stat_user_tables s
         where schemaname = 'saga' and relname = 'saga_runs'`,
      )
      const { updates, hot } = z.object({ updates: z.number(), hot: z.number() }).parse(rows[0])
      expect(updates).toBeGreaterThan(6)
      expect(updates - hot).toBeLessThanOrEqual(2)
    } finally {
      await single.drop()
    }
  })
})

describe('a retention', () => {
  const define = (retention: RetentionOptions) => () =>
    createEngine({ store: postgresStore({ pool: database.pool }), sagas, retention })

  it('of less than a day is refused, and says why', () => {
    expect(define({ after: '23h' })).toThrow(DefinitionError)
    expect(define({ after: '23h' })).toThrow('a start key lives as long as its run')
    expect(define({ kinds: { order: '2h' } })).toThrow('kinds.order')
    expect(define({ after: '24h' })).not.toThrow()
  })

  it('that is no duration is refused', () => {
    expect(define({ after: -1 })).toThrow(DefinitionError)
  })

  it('that keeps what there is no saga for is taken for a slip of the pen', () => {
    expect(define({ after: '90d', kinds: { odrer: 'keep' } })).toThrow('"odrer"')
  })
})
