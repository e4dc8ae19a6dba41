import { open, readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Another process works on the data folder. */
export class DataFolderBusyError extends Error {
  readonly code = 'DATA_FOLDER_BUSY'
  override readonly name = 'DataFolderBusyError'
}

/** What this very process holds: its own number in a lock file says nothing about it. */
const heldHere = new Set<string>()

/**
 * Makes sure that one process writes to a data folder.
 * @returns what gives it free again
 * @throws DataFolderBusyError when a living process holds it; the lock of a dead one is taken over
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = resolve(folder, 'lock')
  if (heldHere.has(file))
    throw new DataFolderBusyError(`${folder} is in use by this process already.`)
  if (!(await tryLock(file))) {
    const holder = Number((await readFile(file, 'utf8')).trim())
    if (isAlive(holder)) {
      throw new DataFolderBusyError(
        `${folder} is in use by process ${holder}. Stop that one, or choose another folder with --data.`,
      )
    }
    await rm(file, { force: true })
    if (!(await tryLock(file)))
      throw new DataFolderBusyError(`${folder} was just taken by another process.`)
  }
  heldHere.add(file)
  return async () => {
    heldHere.delete(file)
    await rm(file, { force: true })
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.writeFile(`${process.pid}\n`)
    await handle.close()
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

/** Our own number in a lock is that of an earlier life: in a container every process may be number 1. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}
