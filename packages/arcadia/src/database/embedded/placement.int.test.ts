import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { placeCluster } from './placement.ts'
import { reaches } from './reach.ts'
import { chooseServerUser, parsePasswordFile } from './server-user.ts'
import { fitsSocket } from './socket-folder.ts'
import { optionsFor } from './testing/holder.ts'
import {
  holderIn,
  makeSeededFolder,
  makeTestFolder,
  query,
  serverPid,
  startIn,
} from './testing/test-folder.ts'

const isRoot = process.geteuid?.() === 0
const silent = { info() {}, warn() {} }

/** Root's server user is another than root, and cannot pass through a closed folder of root's. */
describe.skipIf(!isRoot)('as root in a folder closed to others (skipped unless root)', () => {
  async function makeClosedFolder(): Promise<string> {
    const folder = await makeTestFolder()
    await mkdir(join(folder, 'data'), { mode: 0o700 })
    return folder
  }

  it('the data is put where the server reaches it, and the next start finds it there', async () => {
    const folder = await makeClosedFolder()
    const first = await startIn(folder)
    await query(first, 'create table rows as select 1 as id')
    expect(first.connection.host.startsWith(join(folder, 'system'))).toBe(true)
    await first.stop()

    const second = await startIn(folder)
    expect((await query(second, 'table rows')).rowCount).toBe(1)
    const record = await readFile(join(folder, 'data/postgres-location.json'), 'utf8')
    expect(second.connection.host).toBe(join(JSON.parse(record).home, 'run'))
  })

  it('a deleted data directory means an empty database; the old one is left alone', async () => {
    const folder = await makeClosedFolder()
    const place = () => placeCluster(join(folder, 'data'), silent, join(folder, 'system'))
    const first = await place()
    await mkdir(first.data)
    await rm(join(folder, 'data'), { recursive: true })
    await mkdir(join(folder, 'data'), { mode: 0o700 })

    expect((await place()).home).toBe(`${first.home}-2`)
    expect((await stat(first.data)).isDirectory()).toBe(true)
  })

  it('data that is gone is reported, and not replaced by an empty database', async () => {
    const folder = await makeClosedFolder()
    const place = () => placeCluster(join(folder, 'data'), silent, join(folder, 'system'))
    await rm((await place()).home, { recursive: true })
    await expect(place()).rejects.toMatchObject({ code: 'data_lost' })
  })

  it('two programs at once agree on the place', async () => {
    const folder = await makeClosedFolder()
    const place = () => placeCluster(join(folder, 'data'), silent, join(folder, 'system'))
    const places = await Promise.all([place(), place(), place()])
    expect(new Set(places.map(({ home }) => home)).size).toBe(1)
  })
})

describe.skipIf(!isRoot)('as root (skipped unless root)', () => {
  it('the server runs as an unprivileged user, who owns its data', async () => {
    const folder = await makeSeededFolder()
    await startIn(folder)
    const { uid, mode } = await stat(join(folder, 'data/postgres/data'))
    expect(uid).toBe((await chooseServerUser(undefined)).uid)
    expect(uid).not.toBe(0)
    expect(mode & 0o777).toBe(0o700)
    expect((await stat(`/proc/${await serverPid(folder)}`)).uid).toBe(uid)
  })

  it('data restored by root is given back to the user of the server', async () => {
    const folder = await makeSeededFolder()
    const data = join(folder, 'data/postgres/data')
    for (const name of await readdir(data, { recursive: true })) await chown(join(data, name), 0, 0)
    await chown(data, 0, 0)
    await chmod(data, 0o755)
    expect((await query(await startIn(folder), 'select 1')).rowCount).toBe(1)
  })
})

describe('an ordinary user', async () => {
  const nobody = parsePasswordFile(await readFile('/etc/passwd', 'utf8')).find(
    ({ name }) => name === 'nobody',
  )
  const account = isRoot && nobody ? { uid: nobody.uid, gid: nobody.gid } : undefined
  const mayRun =
    account === undefined ||
    (await reaches({ ...account, name: 'nobody', switched: true }, import.meta.dirname))

  it.skipIf(!mayRun)(
    'runs the server as himself, and keeps his data when root starts one on it (skipped when nobody cannot reach this checkout)',
    async () => {
      const folder = await makeTestFolder()
      if (account !== undefined) await chown(folder, account.uid, account.gid)
      const first = holderIn(folder, account)
      const host = join(folder, 'data/postgres/run')
      expect(await first.nextReport()).toEqual({ adopted: false, answers: true, host })
      await first.stop()
      const ownerOfData = async () => (await stat(join(folder, 'data/postgres/data'))).uid
      expect(await ownerOfData()).toBe(account?.uid ?? process.geteuid?.())
      if (account === undefined) return

      await (await startIn(folder)).stop()
      expect(await ownerOfData()).toBe(account.uid)
      expect(await holderIn(folder, account).nextReport()).toMatchObject({ answers: true })
    },
  )
})

describe('the socket', () => {
  it('is beside the data, whatever characters the path has', async () => {
    const folder = join(await makeTestFolder(), 'a strange, folder’s')
    const server = await startEmbeddedPostgres(optionsFor(folder))
    try {
      expect(server.connection.host).toBe(join(folder, 'data/postgres/run'))
      expect((await query(server, 'select 1')).rowCount).toBe(1)
    } finally {
      await server.stop()
    }
  })

  it('is in a short private folder when the path is too long, and is found again', async () => {
    const folder = join(await makeTestFolder(), 'long'.repeat(25))
    const server = await startEmbeddedPostgres(optionsFor(folder))
    try {
      const { host } = server.connection
      expect(fitsSocket(join(folder, 'data/postgres/run'))).toBe(false)
      expect(fitsSocket(host)).toBe(true)
      expect((await stat(host)).mode & 0o777).toBe(0o700)
      const second = await startEmbeddedPostgres(optionsFor(folder))
      expect([second.adopted, second.connection.host]).toEqual([true, host])
      await second.stop()
    } finally {
      await server.stop()
      await rm(server.connection.host, { recursive: true })
    }
  })
})

describe('a data directory reached by a symbolic link', () => {
  it('is the same as the one it points to', async () => {
    const folder = await makeSeededFolder()
    await symlink('data', join(folder, 'link'))
    const one = await startIn(folder)
    const other = await startEmbeddedPostgres({
      ...optionsFor(folder),
      dataDir: join(folder, 'link'),
    })
    expect([other.adopted, other.connection]).toEqual([true, one.connection])
    await other.stop()
  })
})
