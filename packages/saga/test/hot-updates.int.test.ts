import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { saga, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  // One connection: what it has counted can be flushed before it is read.
  database = await engineDatabase({ poolSize: 1 })
})
afterEach(() => database.drop())

interface Updates {
  readonly all: number
  /** In place: no index has heard of them. */
  readonly hot: number
  /** Moved to another page, for there was no room on theirs. PostgreSQL counts them from 16 on. */
  readonly moved: number | null
}

async function countUpdates(): Promise<Updates> {
  await database.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await database.pool.query(
    `select n_tup_upd::int as all, n_tup_hot_upd::int as hot,
       (to_jsonb(s) ->> 'n_tup_newpage_upd')::int as moved
     from pg_stat_user_tables s where schemaname = 'saga' and relname = 'saga_runs'`,
  )
  return rows[0]
}

/** Lets go of all when so many have come. */
function gate(count: number, open: () => Promise<void>): () => Promise<void> {
  const opened = Promise.withResolvers<void>()
  let missing = count
  return async () => {
    missing -= 1
    if (missing === 0) {
      await open()
      opened.resolve()
    }
    await opened.promise
  }
}

/** What is updated of so many runs side by side, from when all are claimed until the first ends. */
async function updatesOf({ runs, steps }: { runs: number; steps: number }): Promise<Updates> {
  const counts: Updates[] = []
  const count = async () => void counts.push(await countUpdates())
  const idempotent = { idempotent: true, undo: () => {} } as const
  let long = saga('long', z.object({})).step(
    step('first', { ...idempotent, do: gate(runs, count) }),
  )
  for (let n = 0; n < steps; n += 1) {
    long = long.step(step(`step_${n}`, { ...idempotent, do: () => undefined }))
  }
  long = long.step(step('last', { ...idempotent, do: gate(runs, count) }))
  const { engine } = simulatedEngine(database, { sagas: [long] })
  const ids: string[] = []
  for (let n = 0; n < runs; n += 1) ids.push((await engine.start(long, {})).id)
  await engine.createWorker({ leaseMs: 1e9 }).tick()
  for (const id of ids) expect((await engine.get(id)).run.status).toBe('completed')
  const [before, after] = counts
  if (before === undefined || after === undefined) throw new Error('a gate was not reached')
  const all = after.all - before.all
  expect(all).toBe(runs * (steps + 1))
  const counted = before.moved !== null && after.moved !== null
  const moved = counted ? after.moved - before.moved : null
  return { all, hot: after.hot - before.hot, moved }
}

describe('while a run runs', () => {
  it('no write of its row changes an indexed column', async () => {
    // Where those that moved are not counted there have to be few: one run has a page for itself.
    const { moved: counted } = await countUpdates()
    const { all, hot, moved } = await updatesOf({ runs: counted === null ? 1 : 10, steps: 40 })
    if (moved === null) expect(hot / all).toBeGreaterThanOrEqual(0.9)
    else expect(all - hot - moved).toBe(0)
  })

  it('nine of ten writes of its row, and more, are made in place', async () => {
    // Short runs, one at a time: many versions of such a row go on a page, so that it does not depend
    // on how soon the old ones may go, which sessions beside this test have a say in.
    const sum = { all: 0, hot: 0 }
    for (let n = 0; n < 60; n += 1) {
      const { all, hot } = await updatesOf({ runs: 1, steps: 4 })
      sum.all += all
      sum.hot += hot
    }
    expect(sum.all).toBe(300)
    expect(sum.hot / sum.all).toBeGreaterThanOrEqual(0.9)
  })
})
