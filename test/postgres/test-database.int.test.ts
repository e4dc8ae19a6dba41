import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabaseOptions } from './index.ts'

async function database(options: TestDatabaseOptions = {}) {
  const made = await createTestDatabase(options)
  onTestFinished(() => made.drop())
  return made
}

async function migrateWidgets(connection: pg.PoolConfig): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query('create table widgets (id int primary key); insert into widgets values (1)')
  await client.end()
}

describe('createTestDatabase', () => {
  it('gives an empty database without migrations', async () => {
    const { pool } = await database()
    const tables = await pool.query("select from pg_tables where schemaname = 'public'")
    expect(tables.rowCount).toBe(0)
  })

  it('is in the folder that the next run sweeps, should this one be killed', async () => {
    const { connection } = await database()
    expect(connection.host).toMatch(/\/arcadia-test-\d+-\w+\/postgres\/run$/)
  })

  it('migrates once for callers at the same time, and gives each a copy of its own', async () => {
    let migrations = 0
    const options = {
      name: `widgets_${randomUUID()}`,
      migrate: (connection: pg.PoolConfig) => {
        migrations += 1
        return migrateWidgets(connection)
      },
    }
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => database(options)))
    await one?.pool.query('delete from widgets')
    const counts = [one, two, three].map(
      async (db) => (await db?.pool.query('table widgets'))?.rowCount,
    )
    expect(await Promise.all(counts)).toEqual([0, 1, 1])
    expect(migrations).toBe(1)
  })

  it('leaves no template behind when a migration fails', async () => {
    const name = `broken_${randomUUID()}`
    const migrate = async () => {
      throw new Error('no such column')
    }
    await expect(createTestDatabase({ name, migrate })).rejects.toThrow('no such column')
    const { pool } = await database({ name, migrate: migrateWidgets })
    expect((await pool.query('table widgets')).rowCount).toBe(1)
  })

  it('gives a connection string that other processes can use', async () => {
    const { connectionString, connection } = await database()
    const client = new pg.Client({ connectionString })
    await client.connect()
    const { rows } = await client.query('select current_database() as name')
    await client.end()
    expect(rows).toEqual([{ name: connection.database }])
  })

  it('drops the database under sessions that are still open, and may be asked twice', async () => {
    const { pool, drop, connection } = await database()
    await Promise.all([pool.query('select 1'), pool.query('select 1')])
    await Promise.all([drop(), drop()])
    const other = await database()
    const found = await other.pool.query('select from pg_database where datname = $1', [
      connection.database,
    ])
    expect(found.rowCount).toBe(0)
  })
})
