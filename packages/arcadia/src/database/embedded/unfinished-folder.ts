import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './errors.ts'
import { findProcess } from './process-view.ts'

const inTheMaking = new Set<string>()

/**
 * Makes a folder under a temporary name beside `target`, fills it, and gives it the name `target`
 * at once: a program killed in between leaves nothing half-made under that name. Of two programs
 * that do so at the same time the second to finish leaves the first one's folder in place.
 * What killed programs left unfinished is removed.
 */
export async function makeWhole(
  target: string,
  prefix: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(target)
  await removeUnfinished(parent, prefix)
  const unfinished = await mkdtemp(join(parent, `${prefix}${process.pid}-`))
  inTheMaking.add(unfinished)
  try {
    await fill(unfinished)
    await rename(unfinished, target)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    const isTaken = errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST'
    if (!isTaken) throw error
  } finally {
    inTheMaking.delete(unfinished)
  }
}

/** Removes what programs that are no more left unfinished. The name says whose it was. */
async function removeUnfinished(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const path = join(parent, name)
    const maker = Number(name.slice(prefix.length).split('-')[0])
    // A folder with our own id may be an earlier process's: in a container, ids come round again.
    const isAlive =
      maker === process.pid ? inTheMaking.has(path) : (await findProcess(maker)) !== undefined
    if (!isAlive) await rm(path, { recursive: true, force: true })
  }
}
