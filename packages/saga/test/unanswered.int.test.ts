import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

it('a statement that is not answered is given up with its connection, and may be asked again', async () => {
  const { pool } = database
  const store = postgresStore({ pool, answerMs: 100 })
  const beat = () => store.renewLease({ worker: 'w', name: 'w', leaseMs: 10_000, first: true })
  const blocker = await pool.connect()
  try {
    await blocker.query('begin')
    await blocker.query('lock table saga.saga_workers')
    const refused = await beat().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    expect(store.isTransient(refused)).toBe(true)
    await blocker.query('rollback')
  } finally {
    blocker.release()
  }
  // The one that was given up may have come through meanwhile, as any whose answer is lost.
  await pool.query('delete from saga.saga_workers')
  expect(
    await postgresStore({ pool }).renewLease({ worker: 'v', name: 'v', leaseMs: 1, first: true }),
  ).toBe(true)
})
