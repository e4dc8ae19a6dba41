import { spawn } from 'node:child_process'
import { chmod, chown, lchown, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import type { Placement } from './placement.ts'
import { exists, ownerOf } from './reach.ts'
import type { Runtime } from './runtime.ts'
import { explainSpawnError, serverEnvironment } from './server-environment.ts'
import type { ServerUser } from './server-user.ts'
import { makeWhole } from './unfinished-folder.ts'

/** The superuser that initdb makes, and every connection uses. */
export const serverRole = 'arcadia'

/**
 * Makes sure that the data folder holds a cluster of this runtime's major version, owned by the
 * server's user. Not to be called while a server runs on it.
 * @param durable false skips the flush to disk at the end of initdb: for tests only
 * @throws EmbeddedPostgresError `initdb_failed`, `other_major_version`, `data_unrecognised`
 */
export async function ensureCluster(
  placement: Placement,
  runtime: Runtime,
  durable: boolean,
): Promise<void> {
  if (!(await holdsFiles(placement.data))) await initialise(placement, runtime, durable)
  await checkVersion(placement.data, runtime.major)
  await giveTo(placement.data, placement.user)
}

async function holdsFiles(folder: string): Promise<boolean> {
  return (await exists(folder)) && (await readdir(folder)).length > 0
}

/**
 * Refuses a data folder that this runtime cannot serve.
 * @throws EmbeddedPostgresError `other_major_version` or `data_unrecognised`
 */
export async function checkVersion(data: string, major: string): Promise<void> {
  const found = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    throw new EmbeddedPostgresError(
      'data_unrecognised',
      `${data} is not empty, but no PostgreSQL made it (it has no readable PG_VERSION). Move it away, or choose another DATA_DIR.`,
      { cause: error },
    )
  })
  if (found.trim() === major) return
  throw new EmbeddedPostgresError(
    'other_major_version',
    `The embedded database in ${data} was made by PostgreSQL ${found.trim()}, and this ArcadiaCloud carries PostgreSQL ${major}, which cannot read it. Either run a PostgreSQL ${found.trim()} on that folder and set DATABASE_URL to it; or dump it with the ArcadiaCloud release that made it (pg_dump), move the folder away, start again and restore the dump.`,
  )
}

async function initialise(placement: Placement, runtime: Runtime, durable: boolean): Promise<void> {
  const { user, data, home } = placement
  await makeWhole(data, 'initdb-', async (unfinished) => {
    if (user.switched) await chown(unfinished, user.uid, user.gid)
    await runInitdb(unfinished, user, runtime, durable)
  })
  await flushFolder(home)
}

async function runInitdb(
  folder: string,
  user: ServerUser,
  runtime: Runtime,
  durable: boolean,
): Promise<void> {
  const program = join(runtime.folder, 'bin/initdb')
  // The C locale for what the C library does, and PostgreSQL's own C.UTF-8 for characters and order:
  // the same on every system, whatever locales it has.
  const locale = ['--locale-provider=builtin', '--locale=C', '--builtin-locale=C.UTF-8']
  const flags = ['-A', 'trust', '-E', 'UTF8', '-U', serverRole, '--no-instructions', ...locale]
  const child = spawn(program, ['-D', folder, ...flags, ...(durable ? [] : ['--no-sync'])], {
    cwd: folder,
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user.switched ? { uid: user.uid, gid: user.gid } : {}),
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const ending = await new Promise<string>((done, fail) => {
    child.once('error', (error) => fail(explainSpawnError(error, program)))
    child.once('close', (code, signal) => done(code === 0 ? '' : `ended by ${signal ?? code}`))
  })
  if (ending === '') return
  const said = Buffer.concat(output).toString('utf8').trim().slice(-2000)
  throw new EmbeddedPostgresError('initdb_failed', `initdb ${ending} in ${folder}:\n${said}`)
}

/** PostgreSQL demands 0700 and its own user; a restore by root, or a stray chmod, undoes either. */
async function giveTo(data: string, user: ServerUser): Promise<void> {
  await chmod(data, 0o700)
  if (!user.switched || (await ownerOf(data)) === user.uid) return
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), user.uid, user.gid)
  }
  await chown(data, user.uid, user.gid)
}

/** So that the new name is still there after a power cut. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
