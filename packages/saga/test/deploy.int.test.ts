import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, type SagaDefinition, saga, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase, startCopies } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase({ poolSize: 24 })
})
afterEach(() => database.drop())

const oldRuns = 10_000
const youngRuns = 500

/** Two versions of a saga, and how often each of their steps was run for each run. */
function versions() {
  const calls = new Map<string, number>()
  const counted = (name: string) =>
    step(name, {
      idempotent: true,
      do({ run }) {
        const call = `${name} ${run.id}`
        calls.set(call, (calls.get(call) ?? 0) + 1)
      },
      undo: () => {},
    })
  const v1 = saga('provision', z.object({})).step(counted('old'))
  const v2 = saga('provision', z.object({}), { version: 2 })
    .step(counted('first'))
    .step(counted('last'))
  return { v1, v2, calls }
}

const engineOf = (...sagas: readonly SagaDefinition[]) =>
  createEngine({ store: postgresStore({ pool: database.pool }), sagas })

async function completed(version: number): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as n from saga.saga_runs where version = $1 and status = 'completed'`,
    [version],
  )
  return rows[0].n
}

it('a deploy in the middle of thousands of runs loses none, and runs none twice', async () => {
  const { v1, v2, calls } = versions()
  const before = engineOf(v1)
  await startCopies(database, (await before.start(v1, {})).id, oldRuns - 1)
  const old = before.createWorker({ concurrency: 200 })
  old.start()
  await expect.poll(() => calls.size, { timeout: 60_000 }).toBeGreaterThan(oldRuns / 10)
  await old.stop()
  expect(await completed(1)).toBeLessThan(oldRuns)

  // The new release, at first with the old version still in it, then without.
  const during = engineOf(v1, v2)
  const after = engineOf(v2)
  await startCopies(database, (await during.start(v2, {})).id, youngRuns - 1)
  const workers = [
    during.createWorker({ concurrency: 200 }),
    after.createWorker({ concurrency: 50 }),
  ]
  for (const worker of workers) worker.start()
  try {
    await expect.poll(() => completed(2), { timeout: 60_000 }).toBe(youngRuns)
    await expect.poll(() => completed(1), { timeout: 120_000, interval: 250 }).toBe(oldRuns)
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }

  const { rows } = await database.pool.query(
    `select version, string_agg(l.name, ',' order by l.step_idx) as steps, r.id
     from saga.saga_runs r join saga.saga_step_results l on l.saga_id = r.id
     where l.status = 'completed' group by r.id`,
  )
  expect(rows).toHaveLength(oldRuns + youngRuns)
  const stepsOf = (version: number) =>
    new Set(rows.filter((row) => row.version === version).map(({ steps }) => steps))
  expect([...stepsOf(1)]).toEqual(['old'])
  expect([...stepsOf(2)]).toEqual(['first,last'])
  expect(calls.size).toBe(oldRuns + 2 * youngRuns)
  expect([...calls.values()].filter((times) => times !== 1)).toEqual([])
  expect(await after.stranded()).toEqual([])
}, 240_000)
