import { access, constants, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { stopServerOf } from '../../packages/arcadia/src/database/embedded/index.ts'

/** Data of a test run is in folders of this prefix, a process id of the run and a random part. */
export const runPrefix = 'arcadia-test-'

/** Where files live in memory, or undefined on a system without such a place. */
export async function memoryFolder(): Promise<string | undefined> {
  return access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => undefined,
  )
}

/**
 * Stops the servers, and removes the data, of runs that were killed before their teardown. Runs
 * still going on are left alone, and so are those of other users (unless we are root).
 */
export async function sweepDeadRuns(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const run = /^arcadia-test-(\d+)-/.exec(name)?.[1]
    if (run === undefined || isAlive(Number(run))) continue
    await sweep(join(parent, name)).catch((error: unknown) => {
      // Another run, begun at the same time, is sweeping the same folder.
      if (!isMissing(error)) throw error
    })
  }
}

async function sweep(folder: string): Promise<void> {
  const user = process.geteuid?.()
  if (user !== 0 && (await stat(folder)).uid !== user) return
  for (const file of await readdir(folder, { recursive: true })) {
    if (basename(file) === 'postmaster.pid') await stopServerOf(join(folder, dirname(file)))
  }
  await rm(folder, { recursive: true, force: true })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
