import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import type { Store } from '../src/engine/store.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { millionRuns } from './million-runs.ts'
import { type Planned, preparedTexts, recordingPool } from './plan-recorder.ts'
import { faultsOf } from './plan-rules.ts'
import { workThrough } from './whole-engine.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
  await millionRuns(database.connection, database.pool)
}, 900_000)
afterAll(() => database.drop())

/**
 * The most rows that a statement reads of one table by one index, or sorts. Fifty runs are claimed
 * at once, a claim looks at ten times as many that were signalled, and a flush writes up to 200.
 */
const most = 600

/** What has to be among the statements seen, or the test would say nothing of it. */
const hot: readonly (readonly [name: string, is: RegExp])[] = [
  ['a start', /insert into saga\.saga_runs/],
  ['a start that is repeated', /where r\.start_key = \$1/],
  ['a claim', /in_kind as \(/],
  ['the ledgers of what was claimed', /from saga\.saga_step_results\s+where saga_id = any/],
  ['the signals of runs', /from saga\.saga_signals\s+where run_id = any/],
  ['a commit', /insert into saga\.saga_step_results/],
  ['a commit that ends runs', /update saga\.saga_locks l set released_at/],
  ['the last write of a run', /select epoch, revision, last_write/],
  ['a heartbeat', /update saga\.saga_workers set lease_until/],
  ['what a worker holds', /from saga\.saga_runs where worker_id = \$1/],
  ['asking for locks', /insert into saga\.saga_locks/],
  ['taking locks', /update saga\.saga_locks mine/],
  ['a signal', /insert into saga\.saga_signals \(run_id, kind, type, actor/],
  ['schedules that are due', /saga\.saga_schedules s\s+where s\.kind/],
  ['a run', /from saga\.saga_runs r\s+left join lateral/],
  ['a history', /from saga\.saga_events\s+where saga_id = \$1/],
  ['a list', /\) page join saga\.saga_runs/],
  ['pruning', /for update of r skip locked/],
  ['the queue', /min\(r\.wake_at\) filter/],
  ['what is stranded', /unknown as materialized/],
]

/** What is about more rows than that. */
const larger: readonly (readonly [why: string, is: RegExp, rows: number])[] = [
  // With limits all that is held is counted, 2,000 here and what the engine has claimed itself.
  ['a claim with limits', /in_kind as \(/, 2_500],
  ['what goes with 500 runs that are pruned', /with tree as \(/, 5_000],
  ['the queue', /min\(r\.wake_at\) filter/, 2_000],
  ['what is stranded counts what lost workers hold', /unknown as materialized/, 2_500],
]

function boundOf({ text }: Planned): number {
  return larger.find(([, is]) => is.test(text))?.[2] ?? most
}

/** Each with the statement it was found in. */
function faultsIn(planned: readonly Planned[]): readonly string[] {
  const faults = planned.flatMap((statement) =>
    faultsOf(statement, { rows: boundOf(statement) }).map((fault) => `${fault}: ${statement.text}`),
  )
  return [...new Set(faults)]
}

describe('at a million runs that have ended, and a hundred thousand that wait', () => {
  it('every statement goes by indices, and reads and sorts no more than it is about', async () => {
    const { pool, planned } = recordingPool(database.connection, 'auto')
    await workThrough(pool)
    await pool.end()
    const seen = (is: RegExp) => planned.some(({ text }) => is.test(text))
    expect(hot.filter(([, is]) => !seen(is)).map(([name]) => name)).toEqual([])
    expect(faultsIn(planned)).toEqual([])
  }, 600_000)

  it('so do those that are prepared, by the one plan that is kept for all values', async () => {
    const { pool, planned } = recordingPool(database.connection, 'force_generic_plan')
    await workThrough(pool)
    const prepared = await preparedTexts(pool)
    await pool.end()
    expect(prepared.filter((text) => /in_kind as \(/.test(text))).toHaveLength(1)
    expect(prepared.filter((text) => /insert into saga\.saga_step_results/.test(text)).length).toBe(
      2,
    )
    expect(faultsIn(planned.filter(({ text }) => prepared.includes(text)))).toEqual([])
  }, 600_000)

  it.each<[index: string, ask: (store: Store) => Promise<unknown>]>([
    ['saga_runs_lanes', claim],
    ['saga_signals_waking', claim],
    ['saga_runs_held', (store) => store.listHeldRuns({ worker: 'worker-1' })],
    [
      'saga_schedules_due',
      (store) => store.listDueSchedules({ kinds: ['three'], after: '', limit: 100 }),
    ],
  ])(
    '%s would be missed',
    async (index, ask) => {
      // One connection: what it does is taken back.
      const { pool, planned } = recordingPool(database.connection, 'auto', { connections: 1 })
      await pool.query('begin')
      await pool.query(`drop index saga.${index}`)
      planned.length = 0
      await ask(postgresStore({ pool, answerMs: 600_000 }))
      await pool.query('rollback')
      await pool.end()
      expect(faultsIn(planned)).not.toEqual([])
    },
    600_000,
  )
})

function claim(store: Store): Promise<unknown> {
  const kinds = [{ kind: 'sleeping', version: 1 }]
  return store.claimRuns({ worker: 'worker-1', name: 'n', kinds, steps: [], limit: 50 })
}
