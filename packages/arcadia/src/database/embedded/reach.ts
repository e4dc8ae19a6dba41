import { access, constants, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'
import type { ServerUser } from './server-user.ts'

const readBit = 4
const executeBit = 1

/** Whether the user may pass through every folder down to `folder` (or to where it would be made). */
export async function reaches(user: ServerUser, folder: string): Promise<boolean> {
  let place = await nearestExisting(folder)
  for (;;) {
    if (!(await mayExecute(user, place))) return false
    if (place === dirname(place)) return true
    place = dirname(place)
  }
}

/** Whether the user may read this file. */
export async function mayRead(user: ServerUser, path: string): Promise<boolean> {
  return allows(user, path, readBit, constants.R_OK)
}

/** Whether the user may execute this file, or pass through this folder. */
export async function mayExecute(user: ServerUser, path: string): Promise<boolean> {
  return allows(user, path, executeBit, constants.X_OK)
}

/** Whether anything is at this path. */
export async function exists(path: string): Promise<boolean> {
  return (await ownerOf(path)) !== undefined
}

/** The uid of the file's owner; undefined when there is no such file. */
export async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** For ourselves the system answers; for the user that root switches to, the mode's bits do. */
async function allows(
  user: ServerUser,
  path: string,
  bit: number,
  ownMode: number,
): Promise<boolean> {
  if (!user.switched) {
    return access(path, ownMode).then(
      () => true,
      () => false,
    )
  }
  const { uid, gid, mode } = await stat(path)
  if (uid === user.uid) return (mode & (bit << 6)) !== 0
  if (gid === user.gid) return (mode & (bit << 3)) !== 0
  return (mode & bit) !== 0
}

async function nearestExisting(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return nearestExisting(dirname(path))
  }
}
