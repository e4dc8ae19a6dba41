import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import type { Limits } from '../src/engine/limits.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { type ClaimCost, claimCost } from './claim-plan.ts'
import { engineDatabase } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase({ poolSize: 4 })
  const store = postgresStore({ pool: database.pool })
  await store.renewLease({ worker: 'w', name: 'w', leaseMs: 3_600_000, first: true })
})
afterEach(() => database.drop())

const known = {
  worker: 'w',
  name: 'w',
  kinds: [...['a', 'b', 'c'].map((kind) => ({ kind, version: 1 })), { kind: 'ad_hoc', version: 1 }],
  steps: ['echo'],
}

const sleeping = { status: 'waiting', wake: `now() + interval '1 day'` }

/** Inserts that many runs alike. */
async function runs(
  count: number,
  {
    kind = 'a',
    version = 1,
    status = 'pending',
    wake = 'now()',
    ended = 'null',
    reserved = 'null',
    plan = '[]',
  },
): Promise<void> {
  await database.pool.query(
    `insert into saga.saga_runs (id, tag, kind, version, plan, status, inputs, input_hash, root_id,
       created_at, wake_at, ended_at, reserved_for, reserved, shape)
     select gen_random_uuid(), 'x', $1, $2, $3, $4, '{}', '', gen_random_uuid(), now(), ${wake},
       ${ended}, ${reserved}, coalesce(${reserved}, ''),
       case when $1 = 'ad_hoc' then saga.plan_shape($3::jsonb) else '' end
     from generate_series(1, ${count})`,
    [kind, version, plan, status],
  )
}

const ended = { status: 'completed', wake: 'null', ended: 'now()' }

/** Of a claim that is made for the second time, when all that it reads is known to be good. */
async function cost(limit = 50, limits?: Limits): Promise<ClaimCost> {
  await database.pool.query('vacuum analyze saga.saga_runs, saga.saga_signals')
  const params = { ...known, limit, ...(limits === undefined ? {} : { limits }) }
  await claimCost(database, params)
  return claimCost(database, params)
}

describe('a claim', () => {
  it('touches as much with many runs that are not for it as with few', async () => {
    await runs(1_000, ended)
    await runs(100, { kind: 'b' })
    const few = await cost()
    await runs(20_000, ended)
    await runs(20_000, sleeping)
    await runs(10_000, { kind: 'unknown' })
    await runs(10_000, { kind: 'a', version: 2 })
    await runs(10_000, { kind: 'a', reserved: `'somebody else'` })
    await runs(10_000, { kind: 'ad_hoc', plan: '[{"name": "gone"}, {"name": "echo"}]' })
    const many = await cost()
    expect(many.sequential).toBe(0)
    expect(many.rows).toBeLessThan(few.rows + 10)
    // Each of the fifty that it writes goes down trees that are a level higher.
    expect(many.buffers).toBeLessThan(few.buffers + 10 * 50)
  }, 60_000)

  it('that finds nothing touches next to nothing', async () => {
    await runs(20_000, ended)
    await runs(20_000, sleeping)
    await runs(10_000, { kind: 'unknown' })
    const nothing = await cost()
    expect(nothing).toMatchObject({ sequential: 0, rows: 0 })
    expect(nothing.buffers).toBeLessThan(150)
  }, 60_000)

  it('passes over no early signal, however many there are', async () => {
    await runs(5_000, sleeping)
    await runs(1_000, ended)
    await signals('signal')
    const early = await cost()
    expect(early.rows).toBe(0)
    expect(early.buffers).toBeLessThan(150)
  }, 60_000)

  it('is expected to cost little, so that no server compiles its plan, which takes far longer', async () => {
    await runs(5_000, {})
    await database.pool.query('vacuum analyze saga.saga_runs')
    const more = Array.from({ length: 40 }, (_, n) => ({ kind: `kind_${n}`, version: 1 }))
    const kinds = [...known.kinds, ...more]
    const { expected, sequential } = await claimCost(database, { ...known, kinds, limit: 500 })
    // PostgreSQL's jit_above_cost, as it comes, is 100,000.
    expect(expected).toBeLessThan(50_000)
    expect(sequential).toBe(0)
  }, 60_000)

  it('looks at so many signalled runs as it may need, not at all', async () => {
    await runs(5_000, sleeping)
    await signals('cancel')
    const storm = await cost(10)
    expect(storm.sequential).toBe(0)
    expect(storm.rows).toBeLessThan(300)
  }, 60_000)

  it('by limits looks at no more of them, and at none of a kind that has no place left', async () => {
    await runs(5_000, sleeping)
    await runs(5, { ...sleeping, kind: 'b' })
    await signals('cancel')
    const open = await cost(10, { kinds: { a: 3 } })
    expect(open.rows).toBeLessThan(300)
    await holdOne('w')
    const full = await cost(10, { kinds: { a: 1 } })
    expect(full.rows).toBeLessThan(50)
    const { runs: claimed } = await claimNow({ kinds: { a: 1 } })
    expect(claimed.map(({ run }) => run.kind)).toEqual(['b', 'b', 'b', 'b', 'b'])
  }, 60_000)

  it('looks at so many runs of a lost worker as it may need, those of higher priority first', async () => {
    await runs(5_000, {})
    await database.pool.query(
      `insert into saga.saga_workers (id, name, started_at, lease_until)
       values ('lost', 'lost', now(), now() - interval '1 s')`,
    )
    await database.pool.query(
      `update saga.saga_runs set worker_id = 'lost', wake_at = null, status = 'running', epoch = 1`,
    )
    await database.pool.query(
      `update saga.saga_runs set priority = 1 where id in (select id from saga.saga_runs limit 7)`,
    )
    const takeover = await cost(10)
    expect(takeover.sequential).toBe(0)
    expect(takeover.rows).toBeLessThan(100)
    const { runs: claimed } = await claimNow()
    const priorities = claimed.map(({ run }) => run.priority).sort()
    expect(priorities).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
  }, 60_000)
})

function claimNow(limits?: Limits) {
  const store = postgresStore({ pool: database.pool })
  return store.claimRuns({ ...known, limit: 10, ...(limits === undefined ? {} : { limits }) })
}

/** Has a worker hold a run of the kind a. */
async function holdOne(worker: string): Promise<void> {
  await database.pool.query(
    `update saga.saga_runs set worker_id = $1, wake_at = null, status = 'running'
     where id = (select id from saga.saga_runs where kind = 'a' limit 1)`,
    [worker],
  )
}

async function signals(type: 'signal' | 'cancel'): Promise<void> {
  await database.pool.query(
    `insert into saga.saga_signals (run_id, type, step_idx, created_at)
     select id, $1, 3, now() from saga.saga_runs where status = 'waiting'`,
    [type],
  )
}

describe('the search for what is stranded', () => {
  it('does not touch what is merely in line', async () => {
    await database.pool.query(
      `update saga.saga_workers set kinds = '[{"kind": "a", "version": 1}]'`,
    )
    await runs(20_000, {})
    await runs(20_000, sleeping)
    await runs(20_000, ended)
    await runs(3, { kind: 'unknown' })
    await database.pool.query('vacuum analyze saga.saga_runs')
    const store = postgresStore({ pool: database.pool })
    expect(await touched(() => store.listStranded())).toBeLessThan(200)
    expect(await store.listStranded()).toMatchObject([{ kind: 'unknown', count: 3 }])
  }, 60_000)

  /** Rows of runs that were fetched through their indexes, or by reading the whole table. */
  async function touched(work: () => Promise<unknown>): Promise<number> {
    const read = async () => {
      const { rows } = await database.pool.query(
        `select idx_tup_fetch + seq_tup_read as n from pg_stat_user_tables
         where schemaname = 'saga' and relname = 'saga_runs'`,
      )
      return Number(rows[0]?.n)
    }
    const flush = () => database.pool.query('select pg_stat_force_next_flush()')
    await flush()
    const before = await read()
    await work()
    await flush()
    return (await read()) - before
  }
})
