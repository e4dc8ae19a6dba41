import { execFile } from 'node:child_process'
import { chmod, cp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findMissingLinks } from './library-links.ts'
import { placeCluster } from './placement.ts'
import { findRuntime, prepareRuntime, type Runtime } from './runtime.ts'
import { leaseServer } from './server.ts'
import { stopServer } from './server-stop.ts'
import { chooseServerUser } from './server-user.ts'
import { optionsFor } from './testing/holder.ts'
import { makeTestFolder } from './testing/test-folder.ts'

const isRoot = process.geteuid?.() === 0

/** A copy of the installed runtime, without the links that the package's script makes. */
async function copyWithoutLinks(folder: string): Promise<Runtime> {
  const runtime = await findRuntime()
  const copy = { ...runtime, folder: join(folder, 'native') }
  await cp(runtime.folder, copy.folder, { recursive: true, verbatimSymlinks: true })
  for (const entry of await readdir(join(copy.folder, 'lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(copy.folder, 'lib', entry.name))
  }
  return copy
}

async function versionOf(runtime: Runtime): Promise<string> {
  const { stdout } = await promisify(execFile)(join(runtime.folder, 'bin/postgres'), ['--version'])
  return stdout
}

/** Whether a first start, initdb included, works with this runtime. */
async function startFromNothing(folder: string, runtime: Runtime): Promise<boolean> {
  const { dataDir, log, settings, systemRoot } = optionsFor(folder)
  const placement = await placeCluster(dataDir, log, systemRoot)
  const plan = { placement, runtime, settings: settings ?? {}, startTimeoutMs: 10_000, log }
  const { lease } = await leaseServer(plan)
  await lease.end()
  return stopServer(placement.data)
}

describe('prepareRuntime', () => {
  it('makes the library links that an install without scripts lacks', async () => {
    const folder = await makeTestFolder()
    const bare = await copyWithoutLinks(folder)
    await expect(versionOf(bare)).rejects.toThrow(/cannot open shared object|not loaded/)

    const user = await chooseServerUser(undefined)
    const ready = await prepareRuntime(bare, user, join(folder, 'copies'))
    expect(ready.folder).toBe(bare.folder)
    expect(await findMissingLinks(bare.folder)).toEqual([])
    expect(await versionOf(ready)).toContain(`PostgreSQL) ${ready.major}`)
  })

  it.skipIf(!isRoot)(
    'copies a runtime that the user of the server cannot reach, and all run from it (skipped unless root)',
    async () => {
      const folder = await makeTestFolder()
      const closed = await copyWithoutLinks(folder)
      await chmod(closed.folder, 0o700)
      await chmod(join(closed.folder, 'bin/postgres'), 0o700)
      const user = await chooseServerUser(undefined)
      const ready = await prepareRuntime(closed, user, join(folder, 'copies'))

      expect(ready.folder.startsWith(join(folder, 'copies'))).toBe(true)
      expect(await findMissingLinks(ready.folder)).toEqual([])
      expect(await startFromNothing(folder, closed)).toBe(true)

      const before = await stat(ready.folder)
      await prepareRuntime(closed, user, join(folder, 'copies'))
      expect((await stat(ready.folder)).ino).toBe(before.ino)
    },
  )
})

describe('findRuntime', () => {
  it('finds the PostgreSQL of this platform', async () => {
    expect(await findRuntime()).toMatchObject({ major: expect.stringMatching(/^\d+$/) })
  })

  it.each([
    ['win32-x64', 'unsupported_platform'],
    [process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64', 'package_missing'],
  ])('says for %s what to do instead', async (platform, code) => {
    await expect(findRuntime(platform)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`${platform}.*DATABASE_URL`)),
    })
  })
})
