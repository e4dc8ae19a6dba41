import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { type Queryable, StartKeyConflict, saga, sleep } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase({ poolSize: 10 })
})
afterAll(() => database.drop())

const nap = saga('nap', z.object({ bed: z.string() })).step(sleep('nap_well', '1h'))

async function transaction(isolation = 'read committed'): Promise<PoolClient> {
  const client = await database.pool.connect()
  onTestFinished(() => client.release())
  await client.query(`begin isolation level ${isolation}`)
  return client
}

async function runsOfKey(key: string): Promise<number> {
  const runs = 'select from saga.saga_runs where start_key = $1'
  return (await database.pool.query(runs, [key])).rowCount ?? 0
}

/** Resolves when a connection waits for a lock that another holds. */
async function waitsForALock({ pool }: TestDatabase): Promise<void> {
  const waiting = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await pool.query(waiting)).rowCount).toBe(1)
}

describe("a start in the caller's transaction", () => {
  it('whose key is repeated in it gives the same run, and hints at nothing', async () => {
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const listener = await database.pool.connect()
    onTestFinished(() => listener.release(true))
    const heard: (string | undefined)[] = []
    listener.on('notification', ({ payload }) => void heard.push(payload))
    await listener.query('listen saga_wake')
    const tx = await transaction()
    const first = await engine.start(nap, { bed: 'a' }, { tx, key: 'twice' })
    const second = await engine.start(nap, { bed: 'a' }, { tx, key: 'twice' })
    expect([first.created, second.created, second.id]).toEqual([true, false, first.id])
    await tx.query('commit')
    const third = await engine.start(nap, { bed: 'a' }, { key: 'twice' })
    expect([third.created, third.id]).toEqual([false, first.id])
    await tx.query(`select pg_notify('saga_wake', 'last')`)
    await expect.poll(() => heard.at(-1)).toBe('last')
    expect(heard).toEqual(['last'])
    expect(await runsOfKey('twice')).toBe(1)
  })

  it('whose key started something else is refused, and the transaction goes on', async () => {
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const { id } = await engine.start(nap, { bed: 'a' }, { key: 'taken' })
    const tx = await transaction()
    const start = engine.start(nap, { bed: 'b' }, { tx, key: 'taken' })
    await expect(start).rejects.toThrow(new StartKeyConflict('taken', id))
    const other = await engine.start(nap, { bed: 'b' }, { tx, key: 'free' })
    await tx.query('commit')
    expect((await engine.get(other.id)).run.inputs).toEqual({ bed: 'b' })
  })

  it('waits for another of the same key, and gives its run when that commits', async () => {
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const [one, two] = [await transaction(), await transaction()]
    const first = await engine.start(nap, { bed: 'a' }, { tx: one, key: 'race' })
    const starting = engine.start(nap, { bed: 'a' }, { tx: two, key: 'race' })
    await waitsForALock(database)
    await one.query('commit')
    expect(await starting).toMatchObject({ id: first.id, created: false })
    await two.query('commit')
    expect(await runsOfKey('race')).toBe(1)
  })

  it('waits for another of the same key, and starts its own when that is rolled back', async () => {
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const [one, two] = [await transaction(), await transaction()]
    const first = await engine.start(nap, { bed: 'a' }, { tx: one, key: 'lost' })
    const starting = engine.start(nap, { bed: 'a' }, { tx: two, key: 'lost' })
    await waitsForALock(database)
    await one.query('rollback')
    const second = await starting
    expect(second.created).toBe(true)
    expect(second.id).not.toBe(first.id)
    await two.query('commit')
    expect(await runsOfKey('lost')).toBe(1)
  })

  it('that may see nothing newer than itself is told to be repeated, when the key was taken since', async () => {
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const tx = await transaction('repeatable read')
    await tx.query('select 1')
    await engine.start(nap, { bed: 'a' }, { key: 'newer' })
    const start = engine.start(nap, { bed: 'a' }, { tx, key: 'newer' })
    await expect(start).rejects.toMatchObject({ code: '40001' })
    await tx.query('rollback')
    expect(await runsOfKey('newer')).toBe(1)
  })

  it('joins a transaction of Kysely, put into the shape of query(text, values)', async () => {
    interface Tables {
      readonly guests: { readonly name: string }
    }
    await database.pool.query('create table guests (name text primary key)')
    const { engine } = simulatedEngine(database, { sagas: [nap] })
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: database.pool }) })
    const joined = (trx: Transaction<Tables>): Queryable => ({
      async query(text, values = []) {
        const { rows } = await trx.executeQuery(CompiledQuery.raw(text, values))
        return { rows, rowCount: rows.length }
      },
    })
    const checkIn = (name: string, willStay: boolean) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('guests').values({ name }).execute()
        const { id } = await engine.start(nap, { bed: name }, { tx: joined(trx), key: name })
        if (!willStay) throw new Error('left again')
        return id
      })
    await expect(checkIn('ada', false)).rejects.toThrow('left again')
    expect(await runsOfKey('ada')).toBe(0)
    const id = await checkIn('ada', true)
    expect((await engine.get(id)).run).toMatchObject({ status: 'pending', startKey: 'ada' })
    expect((await database.pool.query('select name from guests')).rows).toEqual([{ name: 'ada' }])
  })
})
