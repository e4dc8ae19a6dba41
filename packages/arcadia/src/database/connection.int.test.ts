import { silentLog } from '@arcadia-cloud/saga'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../test/postgres/index.ts'
import { databaseOver, inTransaction, migrateDatabase, openDatabase } from './index.ts'

let made: TestDatabase

beforeAll(async () => {
  made = await createTestDatabase()
})
afterAll(() => made.drop())

test('migrating twice is migrating once, the engine’s schema included', async () => {
  await migrateDatabase(made.pool)
  await migrateDatabase(made.pool)
  const { rows } = await made.pool.query('select count(*)::int as count from arcadia.migrations')
  expect(rows).toEqual([{ count: 1 }])
  const engine = await made.pool.query(`select to_regclass('saga.saga_runs')::text as name`)
  expect(engine.rows[0].name).not.toBeNull()
})

test('programs that start at once on an empty database migrate it in turn', async () => {
  const empty = await createTestDatabase()
  const programs = Array.from({ length: 4 }, () => openDatabase(empty.connection, silentLog))
  await Promise.all(programs.map(({ pool }) => migrateDatabase(pool)))
  await Promise.all(programs.map(({ close }) => close()))
  const { rows } = await empty.pool.query('select count(*)::int as count from arcadia.migrations')
  expect(rows).toEqual([{ count: 1 }])
  await empty.drop()
})

test('a database newer than the program is refused', async () => {
  const newer = await createTestDatabase()
  await migrateDatabase(newer.pool)
  await newer.pool.query(
    `insert into arcadia.migrations (version, name, checksum) values (9999, 'later', '')`,
  )
  await expect(migrateDatabase(newer.pool)).rejects.toThrow(/newer than this program/)
  await newer.drop()
})

test('ids made by the database are of version 7, in the order in which they were made', async () => {
  const { rows } = await made.pool.query<{ id: string }>(
    'select arcadia.uuid_v7() as id, pg_sleep(0.002) from generate_series(1, 20)',
  )
  const ids = rows.map(({ id }) => id)
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids.map((id) => id.slice(14, 15)))).toEqual(new Set(['7']))
  expect(ids.every((id) => /^[89ab]$/.test(id.slice(19, 20)))).toBe(true)
})

test('a connection that the server ends is replaced, and ends nothing else', async () => {
  const { db, pool, close } = openDatabase(made.connection, silentLog)
  const idle = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  const lost = new Promise((resolve) => pool.once('error', resolve))
  await made.pool.query('select pg_terminate_backend($1)', [idle.rows[0]?.pid])
  await lost
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
  await close()
})

const audit = { actor: 'test', action: 'tried' }

async function auditCount(): Promise<number> {
  const { rows } = await made.pool.query('select count(*)::int as count from arcadia.audit_log')
  return rows[0].count
}

test('queries in a borrowed transaction come and go with it', async () => {
  const client = await made.pool.connect()
  const db = databaseOver(client)
  await client.query('begin')
  await db.insertInto('audit_log').values(audit).execute()
  expect(await db.selectFrom('audit_log').select('action').execute()).toEqual([{ action: 'tried' }])
  expect(await auditCount()).toBe(0)
  await client.query('rollback')
  client.release()
  expect(await auditCount()).toBe(0)
})

test('a transaction in a borrowed one takes back only itself', async () => {
  const client = await made.pool.connect()
  const db = databaseOver(client)
  await client.query('begin')
  await db.insertInto('audit_log').values(audit).execute()
  const failing = inTransaction(db, async (inner) => {
    await inner.insertInto('audit_log').values(audit).execute()
    await sql`select 1 / 0`.execute(inner)
  })
  await expect(failing).rejects.toThrow(/division by zero/)
  await client.query('commit')
  client.release()
  expect(await auditCount()).toBe(1)
})
