import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, saga, sleep, transact } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

describe('the end of a run that holds a lock', () => {
  it('wakes who is next in line at once', async () => {
    const hold = saga('hold', z.object({}), { locks: () => ['one'] }).step(sleep('keep', '1h'))
    const { engine, clock, run } = simulatedEngine(database, { sagas: [hold] })
    const worker = engine.createWorker()
    await engine.start(hold, {})
    await worker.tick()
    clock.advance(3_599_900)
    const { id } = await engine.start(hold, {})
    await worker.tick()
    expect(await run(id)).toMatchObject({ waitsFor: 'lock', wakeAt: clock.now() + 250 })
    // The holder ends now; the other would look for itself only later.
    clock.advance(100)
    await worker.tick()
    await worker.tick()
    expect(await run(id)).toMatchObject({ locksHeld: true, waitsFor: 'time' })
  })
})

describe('the SQL of a step and its ledger row', () => {
  beforeAll(async () => {
    await database.pool.query(`
      create table written (key text primary key);
      create table checked_at_commit (
        id int primary key,
        other int references checked_at_commit deferrable initially deferred
      )`)
  })

  it('are both refused when the transaction is refused at its very end', async () => {
    const insert = transact('insert', {
      do: async (tx, { key }) => {
        await tx.query('insert into written values ($1)', [key])
        await tx.query('insert into checked_at_commit values (1, 2)')
      },
    })
    const { engine, ledger, run } = simulatedEngine(database, { steps: [insert] })
    const { id } = await engine.startAdHoc([insert], {})
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['insert: waiting'])
    expect(await run(id)).toMatchObject({ status: 'waiting', currentStep: 0 })
    expect((await database.pool.query('select key from written')).rows).toEqual([])
  })

  it('are both refused when the ledger row is', async () => {
    const insert = transact('insert', {
      do: async (tx, { key }) => {
        await tx.query('insert into written values ($1)', [key])
      },
    })
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [insert] })
    const fenced = createEngine({
      clock,
      steps: [insert],
      store: {
        ...store,
        transactRun: ({ work, signal }) =>
          store.transactRun({
            signal,
            async work(tx) {
              const commit = await work(tx)
              return { ...commit, run: { ...commit.run, epoch: commit.run.epoch - 1 } }
            },
          }),
      },
    })
    const { id } = await engine.startAdHoc([insert], {})
    await fenced.createWorker().tick()
    expect(await run(id)).toMatchObject({ status: 'running', currentStep: 0 })
    expect((await database.pool.query('select key from written')).rows).toEqual([])
  })
})
