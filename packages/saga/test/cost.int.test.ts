import pg from 'pg'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, type SagaOf, saga, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { simulatedClock } from '../src/testing/index.ts'
import { engineDatabase } from './harness.ts'

// What the README says that a saga costs.

const noop = (name: string) => step(name, { idempotent: true, do: () => {}, undo: () => {} })
const plan = (kind: string, locks: string[]) =>
  saga(kind, z.object({}), { locks: () => locks })
    .step(noop('one'))
    .step(noop('two'))
    .step(noop('three'))
const free = plan('free', [])
const locked = plan('locked', ['a'])

/** Statements that are about one saga and what commits them, from its start to its end. */
async function costOf(kind: SagaOf<string, object>, where: 'here' | 'elsewhere') {
  const database = await engineDatabase()
  const sent: string[] = []
  class Client extends pg.Client {
    override query(statement: string | { text: string }, ...rest: never[]) {
      sent.push(typeof statement === 'string' ? statement : statement.text)
      return super.query(statement, ...rest)
    }
  }
  const pool = new pg.Pool({ ...database.connection, max: 10, Client })
  try {
    const clock = simulatedClock()
    const engine = createEngine({ store: postgresStore({ pool }), clock, sagas: [free, locked] })
    const worker = engine.createWorker({ leaseMs: 1e9 })
    if (where === 'here') {
      worker.start()
      // It begins nothing before it has heard that nothing is due.
      await expect.poll(async () => (await engine.start(free, {})).run.epoch).toBe(1)
      await expect.poll(async () => (await engine.list({ status: 'running' })).data).toEqual([])
    }
    sent.length = 0
    const { id } = await engine.start(kind, {})
    if (where === 'elsewhere') {
      // A lease is made for all that a worker does.
      await worker.tick()
    }
    await engine.settled(id)
    const trips = sent.filter(
      (text) => !isUpkeep(text) && (where === 'elsewhere' || !isClaim(text)),
    )
    await worker.stop({ graceMs: 0 })
    return { commits: trips.filter(isCommit).length, trips: trips.length }
  } finally {
    await pool.end()
    await database.drop()
  }
}

/** A worker that begins what is started here also looks for what else is due. */
const isClaim = (text: string) => text.startsWith('with recursive')
/** Of the worker, whatever it runs; and the question whether it has ended. */
const isUpkeep = (text: string) =>
  /saga_workers \(id|update saga.saga_workers|listen|pg_notify\('saga_wake', ''\)$|saga_schedules|where worker_id = \$1/i.test(
    text,
  ) || /^select (\* from saga.saga_step_results|r\.id)/.test(text)
/** Not in a transaction, it is its own; what only reads commits nothing. */
const isCommit = (text: string) => /^commit$|^with /i.test(text)

it('a saga of three steps takes four commits where it is started', async () => {
  expect(await costOf(free, 'here')).toEqual({ commits: 4, trips: 4 })
})

it('and six, with seven round trips, where it is not', async () => {
  expect(await costOf(free, 'elsewhere')).toEqual({ commits: 6, trips: 7 })
})

it('and two commits and eight round trips more with locks', async () => {
  expect(await costOf(locked, 'here')).toEqual({ commits: 6, trips: 12 })
})
