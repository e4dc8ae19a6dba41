import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/index.ts'
import { MigrationError, migrate, migrateSaga } from '../src/postgres/index.ts'

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await cp(new URL('../src/postgres/migrations/', import.meta.url), folder, { recursive: true })
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const shipped = (await readdir(new URL('../src/postgres/migrations/', import.meta.url))).sort()
const numbered = (number: number) => String(number).padStart(4, '0')

const fromFolder = () =>
  migrate({ pool: database.pool, schema: 'saga', directory: pathToFileURL(`${folder}/`) })

describe('migrations', () => {
  it('are applied once, by however many programs start together', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrateSaga(database.pool)))
    expect(results.flatMap(({ applied }) => applied)).toEqual(shipped)
    expect(await migrateSaga(database.pool)).toEqual({ version: shipped.length, applied: [] })
  })

  it('of a newer release make an older one stop, and change nothing', async () => {
    await writeFile(
      join(folder, `${numbered(shipped.length + 1)}-later.sql`),
      'create table saga.later ()',
    )
    expect(await fromFolder()).toMatchObject({ version: shipped.length + 1 })
    await expect(migrateSaga(database.pool)).rejects.toThrow('newer than this program')
  })

  it('that were edited after they were applied are refused', async () => {
    await fromFolder()
    await writeFile(join(folder, '0001-engine.sql'), 'select 1')
    await expect(fromFolder()).rejects.toThrow(MigrationError)
  })

  it('are all or nothing', async () => {
    await writeFile(
      join(folder, `${numbered(shipped.length + 1)}-broken.sql`),
      'create table saga.half (); select 1 / 0',
    )
    await expect(fromFolder()).rejects.toThrow('division by zero')
    const { rows } = await database.pool.query(
      `select nspname from pg_namespace where nspname = 'saga'`,
    )
    expect(rows).toEqual([])
  })

  it('are numbered without a gap', async () => {
    const [expected, next] = [shipped.length + 1, shipped.length + 2]
    await writeFile(join(folder, `${numbered(next)}-gap.sql`), 'select 1')
    await expect(fromFolder()).rejects.toThrow(
      `"${numbered(next)}-gap.sql" should be number ${expected}`,
    )
  })
})
