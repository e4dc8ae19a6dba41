import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCode } from './errors.ts'
import type { Placement } from './placement.ts'
import { reaches } from './reach.ts'
import type { ServerUser } from './server-user.ts'

/** Part of the socket's file name only: the server listens on no network address. */
export const serverPort = 5432

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing NUL: the lesser serves both. */
const longestSocketPath = 103

/**
 * The folder for the server's socket: `run` beside the data, or, when that path is too long for a
 * socket, a private folder with a short name. It needs no record: a running server's lock file
 * names the folder that it uses.
 */
export async function makeSocketFolder(placement: Placement): Promise<string> {
  if (fitsSocket(placement.run)) return placement.run
  const digest = createHash('sha256').update(placement.home).digest('hex').slice(0, 12)
  for (const base of shortFolders(placement.user)) {
    const folder = join(base, `arcadia-${digest}`)
    if (fitsSocket(`${folder}-XXXXXX`) && (await reaches(placement.user, base))) {
      return makePrivateFolder(folder, placement.user)
    }
  }
  return makePrivateFolder(join('/tmp', `arcadia-${digest}`), placement.user)
}

/** Whether a socket in this folder has a path that the system accepts. */
export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${serverPort}`)) <= longestSocketPath
}

function shortFolders(user: ServerUser): string[] {
  const ofSession = process.env['XDG_RUNTIME_DIR']
  const own = user.switched || ofSession === undefined || ofSession === '' ? [] : [ofSession]
  return [...own, tmpdir()]
}

/** In a folder that others may write to, the name may be taken by a stranger: then a random one. */
async function makePrivateFolder(folder: string, user: ServerUser): Promise<string> {
  try {
    await mkdir(folder, { mode: 0o700 })
    return await own(folder, user)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  const found = await lstat(folder)
  const isOurs = found.isDirectory() && found.uid === user.uid && (found.mode & 0o077) === 0
  return isOurs ? folder : own(await mkdtemp(`${folder}-`), user)
}

async function own(folder: string, user: ServerUser): Promise<string> {
  await chmod(folder, 0o700)
  if (user.switched) await chown(folder, user.uid, user.gid)
  return folder
}
