import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  holderIn,
  makeSeededFolder,
  makeTestFolder,
  query,
  startIn,
  until,
} from './testing/test-folder.ts'

describe('a program killed in the middle of initdb', () => {
  it('leaves nothing half-made: the next start makes a whole database, and tidies up', async () => {
    const folder = await makeTestFolder()
    const home = join(folder, 'data/postgres')
    const unfinished = async () =>
      (await readdir(home).catch(() => [])).find((name) => name.startsWith('initdb-'))
    const holder = holderIn(folder)
    await until(async () => {
      const name = await unfinished()
      if (name === undefined) return false
      return (await readdir(join(home, name))).includes('PG_VERSION')
    }, 'initdb is at work')
    process.kill(-holder.pid, 'SIGKILL')
    await holder.kill()
    expect(await unfinished()).toBeDefined()
    expect(await readdir(home)).not.toContain('data')

    const server = await startIn(folder)
    expect((await query(server, 'select 1')).rowCount).toBe(1)
    expect(await unfinished()).toBeUndefined()
  })
})

describe('a data folder that cannot be served', () => {
  it('made by another major version: says which, and what to do', async () => {
    const folder = await makeSeededFolder()
    await writeFile(join(folder, 'data/postgres/data/PG_VERSION'), '15\n')
    await expect(startIn(folder)).rejects.toMatchObject({
      code: 'other_major_version',
      message: expect.stringMatching(/made by PostgreSQL 15.*carries PostgreSQL 18.*DATABASE_URL/),
    })
  })

  it('made by no PostgreSQL: is left as it is', async () => {
    const folder = await makeTestFolder()
    const data = join(folder, 'data/postgres/data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'thesis.txt'), 'chapter one')
    await expect(startIn(folder)).rejects.toMatchObject({ code: 'data_unrecognised' })
    expect(await readdir(data)).toEqual(['thesis.txt'])
  })
})

describe('a server that does not start', () => {
  it('says why, in the words of its log', async () => {
    const folder = await makeSeededFolder()
    await rm(join(folder, 'data/postgres/data/global/pg_control'))
    await expect(startIn(folder)).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringMatching(/could not find the database system/),
    })
  })
})

describe('the log', () => {
  it('is for its owner alone, and has no statement in it', async () => {
    const folder = await makeSeededFolder()
    const server = await startIn(folder)
    await expect(query(server, 'select 1 / 0 as hunter2')).rejects.toThrow('division by zero')
    const path = join(folder, 'data/postgres/server.log')
    const text = await readFile(path, 'utf8')
    expect(text).toContain('division by zero')
    expect(text).not.toContain('hunter2')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})
