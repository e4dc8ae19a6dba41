import { chmod, cp, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findMissingLinks, makeLinks } from './library-links.ts'
import { makeWhole } from './unfinished-folder.ts'

/**
 * Copies the runtime to where any user may run it, with its library links made. (Not hard links:
 * they would share the modes of a package that a strict umask closed to others.)
 */
export async function copyRuntime(from: string, to: string): Promise<void> {
  await makePublicFolder(dirname(to))
  await makeWhole(to, 'copying-', async (unfinished) => {
    await cp(from, unfinished, { recursive: true, verbatimSymlinks: true })
    await makeLinks(await findMissingLinks(unfinished))
    await openToAll(unfinished)
  })
}

/** Modes are set after the fact, because a umask would take bits away from mkdir's. */
async function makePublicFolder(folder: string): Promise<void> {
  const topmost = await mkdir(folder, { recursive: true })
  if (topmost === undefined) return
  for (let made = folder; made.startsWith(topmost); made = dirname(made)) await chmod(made, 0o755)
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith('/bin') ? 0o755 : 0o644)
  }
}
