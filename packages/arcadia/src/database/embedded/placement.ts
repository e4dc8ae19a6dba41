import { createHash, randomUUID } from 'node:crypto'
import { chmod, chown, link, mkdir, readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import type { EmbeddedPostgresLog } from './log.ts'
import { exists, ownerOf, reaches } from './reach.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'

/** Where the parts of an embedded PostgreSQL are. All paths are real (no symbolic links). */
export type Placement = Readonly<{
  user: ServerUser
  /** Holds all the others; owned by whoever starts the server, not by the server's user. */
  home: string
  /** PostgreSQL's data folder; its lock file `postmaster.pid` is in it. */
  data: string
  /** Where the socket is put when its path is short enough. */
  run: string
  /** The server's output. Beside the data, not in it, so that root never opens a path the server's user controls. */
  logFile: string
  /** Where copies of the runtime go, for a server that cannot use the installed one. */
  copies: string
}>

const record = z.object({ home: z.string() })
const recordName = 'postgres-location.json'

/**
 * Decides where the server's files live: in `<dataDir>/postgres`; or, when we are root and the
 * unprivileged user of the server cannot pass through to there (a checkout in root's 0700 home), in
 * a folder of `systemRoot`, whose place is recorded in the data directory.
 * @throws EmbeddedPostgresError `data_unreachable`, `data_lost` or `no_server_user`
 */
export async function placeCluster(
  dataDir: string,
  log: EmbeddedPostgresLog,
  systemRoot = '/var/lib/arcadia',
): Promise<Placement> {
  const base = await makeDataDir(resolve(dataDir))
  const inside = join(base, 'postgres')
  const copiesOutside = join(systemRoot, 'runtime')
  const recorded = await readRecord(base)
  if (recorded !== undefined) return placeOutside(recorded, base, copiesOutside)

  const owner = await ownerOf(join(inside, 'data'))
  const user = await chooseServerUser(owner)
  if (await reaches(user, inside)) {
    return furnish(inside, user, user.switched ? copiesOutside : join(base, 'runtime'))
  }
  if (owner !== undefined || !user.switched) {
    throw new EmbeddedPostgresError(
      'data_unreachable',
      `User ${user.name}, who owns the embedded database in ${inside}, cannot reach it. Open the folders above it to that user (chmod o+x), or choose another DATA_DIR.`,
    )
  }
  return placeOutside(await recordHome(base, systemRoot, log), base, copiesOutside)
}

/**
 * 0711 and not 0700: the server's unprivileged user must be able to pass through. Nothing in it is
 * readable by others, for each file in it guards itself.
 */
async function makeDataDir(dataDir: string): Promise<string> {
  const created = await mkdir(dataDir, { recursive: true })
  if (created !== undefined) await chmod(dataDir, 0o711)
  return realpath(dataDir)
}

async function readRecord(base: string): Promise<string | undefined> {
  const path = join(base, recordName)
  try {
    return record.parse(JSON.parse(await readFile(path, 'utf8'))).home
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(
      'data_unreachable',
      `Cannot read ${path}, which says where the embedded database is.`,
      { cause: error },
    )
  }
}

/**
 * Makes a home in `systemRoot` and records it, before anything is in it. Of two programs at once
 * the first to record wins, and the other takes its answer. A home left by a data directory that
 * was since deleted is not taken over: to delete `.arcadia` is to begin with an empty database.
 */
async function recordHome(
  base: string,
  systemRoot: string,
  log: EmbeddedPostgresLog,
): Promise<string> {
  const stable = join(systemRoot, createHash('sha256').update(base).digest('hex').slice(0, 16))
  let home = stable
  for (let n = 2; await exists(join(home, 'data')); n += 1) home = `${stable}-${n}`
  if (home !== stable) {
    log.warn({ earlier: stable, home }, 'an earlier database of this data directory is left alone')
  }
  await makeFolder(systemRoot, 0o755)
  await makeFolder(home, 0o711)
  const unfinished = join(base, `${recordName}.${randomUUID()}`)
  await writeFile(unfinished, `${JSON.stringify({ home })}\n`)
  try {
    await link(unfinished, join(base, recordName))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return (await readRecord(base)) ?? home
  } finally {
    await unlink(unfinished)
  }
  log.info({ base, home }, 'the data is put where the unprivileged user of the server reaches it')
  return home
}

async function placeOutside(home: string, base: string, copies: string): Promise<Placement> {
  if (!(await exists(home))) {
    throw new EmbeddedPostgresError(
      'data_lost',
      `The embedded database of ${base} was in ${home}, and that folder is gone. Put it back; or, to begin with an empty database, delete ${join(base, recordName)}.`,
    )
  }
  const user = await chooseServerUser(await ownerOf(join(home, 'data')))
  return furnish(home, user, copies)
}

async function furnish(home: string, user: ServerUser, copies: string): Promise<Placement> {
  await makeFolder(home, user.switched ? 0o711 : 0o700)
  const run = join(home, 'run')
  await makeFolder(run, 0o700, user)
  return { user, home, data: join(home, 'data'), run, logFile: join(home, 'server.log'), copies }
}

/** Makes a folder with exactly this mode (mkdir's is cut by the umask), owned by the server's user if given. */
async function makeFolder(folder: string, mode: number, user?: ServerUser): Promise<void> {
  const created = await mkdir(folder, { recursive: true })
  if (created === undefined) return
  if (user?.switched) await chown(folder, user.uid, user.gid)
  await chmod(folder, mode)
}
