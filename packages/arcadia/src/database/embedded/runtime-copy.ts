import { chmod, cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './errors.ts'
import { findMissingLinks, makeLinks } from './library-links.ts'

/**
 * Copies the runtime to where any user may run it, with its library links made. The copy is made
 * under a temporary name, so whoever finds the folder finds all of it. (Not hard links: they would
 * share the modes of a package that a strict umask closed to others.)
 */
export async function copyRuntime(from: string, to: string): Promise<void> {
  const unfinished = `${to}.copying-${process.pid}`
  await makePublicFolder(dirname(to))
  await rm(unfinished, { recursive: true, force: true })
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true })
  await makeLinks(await findMissingLinks(unfinished))
  await openToAll(unfinished)
  try {
    await rename(unfinished, to)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error
  }
}

/** Made with an explicit mode after the fact, because a umask would take bits away from mkdir's. */
async function makePublicFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true })
  if (created !== undefined) await chmod(folder, 0o755)
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith('/bin') ? 0o755 : 0o644)
  }
}
