import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { type MatrixName, matrices } from '../test/matrix-sagas.ts'
import { preparedPool } from '../test/prepared-pool.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await engineDatabase()
  pool = preparedPool(database, 14)
})
afterAll(async () => {
  // What a lost process holds never comes back: it goes with the database.
  void pool.end()
  await database.drop()
})

/** Ways that go as another of the same saga does, for their steps are alike. */
const alike = ['fails:at_once.0', 'fails:at_once.2', 'fails:for_each.1', 'fails:whole.2']

/** Every single fault of a saga, and some pairs. */
async function prove(name: MatrixName): Promise<void> {
  const isBeside = name.startsWith('a run beside it')
  const report = await matrices(pool)[name]({
    doubles: { seed: 20_300_101, cases: 50 },
    variants: (variant) => (isBeside ? variant === 'beside' : !alike.includes(variant)),
  })
  expect(report.byFaults[2]).toBe(50)
}

it.each<MatrixName>([
  'one step after the other',
  'several at once',
  'one for each of a list, two at a time',
  'a child, and a step after it',
  'a point of no return',
  'an approval, a signal and a sleep',
  'locks that another run wants too',
  'locks that a child has of its parent',
  'a run beside it whose rows the database refuses',
  "a step in the program's own database",
])('%s', prove)

/** Each has found a fault of the engine, or of the matrix, once. */
it.each<[MatrixName, readonly string[]]>([
  [
    'a child, and a step after it',
    [
      'completes/notify#1:before:stale+part.1.copy.until.isReady#1:before:hang',
      'completes/notify#1:after:stale+part.0.disk.do.create#1:after:slow',
    ],
  ],
  [
    'a point of no return',
    [
      'completes/past_return.1.payment.do.create#1:before:slow+renewLease#4:before:cancel',
      'completes/commitRuns#2:before:cancel+past_return.1.payment.do.create#1:before:slow',
    ],
  ],
  [
    'locks that a child has of its parent',
    ['completes/part.0.disk.do.create#1:before:slow+commitRuns#12:before:cancel'],
  ],
  [
    'a run beside it whose rows the database refuses',
    [
      'beside/commitRuns#4:before:stale+neighbours.1.server.do.create#3:before:crash_late',
      'beside/commitRuns#5:before:poison+claimRuns#12:after:crash',
    ],
  ],
])('%s: pairs that found something', async (name, only) => {
  const report = await matrices(pool)[name]({ only })
  expect(report.cases).toBe(only.length)
})
