import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { findProcess } from './process-view.ts'
import { exists } from './reach.ts'
import {
  holderIn,
  makeSeededFolder,
  makeTestFolder,
  query,
  serverPid,
  startIn,
  until,
} from './testing/test-folder.ts'

const isGone = async (pid: number) => (await findProcess(pid)) === undefined

describe('a server whose program was killed', () => {
  it('is adopted by the next start: the same process, the same data', async () => {
    const folder = await makeSeededFolder()
    const holder = holderIn(folder)
    expect(await holder.nextReport()).toMatchObject({ adopted: false, answers: true })
    const orphan = await serverPid(folder)
    await holder.kill()

    const server = await startIn(folder)
    expect(server.adopted).toBe(true)
    expect(await serverPid(folder)).toBe(orphan)
    await server.stop()
    expect(await isGone(orphan)).toBe(true)
  })
})

describe('two programs on one data directory', () => {
  it('use one server, which the last of them stops: first the adopter, then the starter', async () => {
    const folder = await makeSeededFolder()
    const holder = holderIn(folder)
    await holder.nextReport()
    const pid = await serverPid(folder)
    const adopter = await startIn(folder)
    expect(adopter.adopted).toBe(true)

    await adopter.stop()
    expect(await isGone(pid)).toBe(false)
    await holder.stop()
    expect(await isGone(pid)).toBe(true)
  })

  it('use one server, which the last of them stops: first the starter, then the adopter', async () => {
    const folder = await makeSeededFolder()
    const holder = holderIn(folder)
    await holder.nextReport()
    const pid = await serverPid(folder)
    const adopter = await startIn(folder)

    await holder.stop()
    expect((await query(adopter, 'select 1')).rowCount).toBe(1)
    await adopter.stop()
    expect(await isGone(pid)).toBe(true)
  })

  it('may begin at the same time, on nothing', async () => {
    const folder = await makeTestFolder()
    const servers = await Promise.all([startIn(folder), startIn(folder), startIn(folder)])
    expect(servers.filter((server) => !server.adopted)).toHaveLength(1)
    const pid = await serverPid(folder)
    await Promise.all(servers.map((server) => server.stop()))
    expect(await isGone(pid)).toBe(true)
  })

  it('may start while the other stops', async () => {
    const folder = await makeSeededFolder()
    const first = await startIn(folder)
    const [second] = await Promise.all([startIn(folder), first.stop()])
    expect((await query(second, 'select 1')).rowCount).toBe(1)
  })
})

describe('a server that is killed', () => {
  it('has all committed rows at the next start', async () => {
    const folder = await makeSeededFolder()
    const holder = holderIn(folder)
    await holder.nextReport()
    const writer = await startIn(folder)
    await query(writer, 'create table rows as select generate_series(1, 1000) as id')
    const pid = await serverPid(folder)
    await writer.stop()
    await holder.kill()
    process.kill(pid, 'SIGKILL')

    const server = await startIn(folder)
    expect(server.adopted).toBe(false)
    expect(await serverPid(folder)).not.toBe(pid)
    expect((await query(server, 'table rows')).rowCount).toBe(1000)
  })

  it('is started again under the program that uses it, and its pool goes on', async () => {
    const folder = await makeSeededFolder()
    const server = await startIn(folder)
    const pool = new pg.Pool(server.connection)
    pool.on('error', () => undefined)
    await pool.query('create table rows (id int)')
    const pid = await serverPid(folder)
    process.kill(pid, 'SIGKILL')

    await until(async () => {
      const answer = await pool.query('table rows').catch(() => undefined)
      // A session of the killed server may still answer for a moment, and the lock be gone already.
      return answer !== undefined && (await serverPid(folder).catch(() => pid)) !== pid
    }, 'the server is back')
    await pool.end()
    const successor = await serverPid(folder)
    await server.stop()
    expect(await isGone(successor)).toBe(true)
  })
})

describe('Ctrl-C', () => {
  it('reaches the whole process group, but not the server, which ends when it is told to', async () => {
    const folder = await makeSeededFolder()
    const holder = holderIn(folder)
    await holder.nextReport()
    const pid = await serverPid(folder)

    process.kill(-holder.pid, 'SIGINT')
    expect(await holder.nextReport()).toMatchObject({ answers: true })
    expect(await isGone(pid)).toBe(false)
    await holder.stop()
    expect(await isGone(pid)).toBe(true)
  })
})

describe('stopping', () => {
  it('may be asked for twice, and leaves neither a socket nor a lock', async () => {
    const folder = await makeSeededFolder()
    const server = await startIn(folder)
    await Promise.all([server.stop(), server.stop()])
    expect(await exists(join(folder, 'data/postgres/data/postmaster.pid'))).toBe(false)
    expect(await exists(join(server.connection.host, '.s.PGSQL.5432'))).toBe(false)
  })

  it('does not wait for sessions that are still open', async () => {
    const folder = await makeSeededFolder()
    const server = await startIn(folder)
    const client = new pg.Client(server.connection)
    client.on('error', () => undefined)
    await client.connect()
    await server.stop()
    await expect(client.query('select 1')).rejects.toThrow()
  })
})
