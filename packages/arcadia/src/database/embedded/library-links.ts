import { readFile, stat, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { errorCode } from './errors.ts'

/** A library's short name (`libpq.so.5`) and the file it stands for. */
export type LibraryLink = Readonly<{ path: string; target: string }>

const listing = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * The library links that the runtime lacks. npm packages cannot hold symbolic links, so a
 * post-install script makes them from `pg-symlinks.json`; where scripts are disabled, nobody does,
 * and PostgreSQL ends with `libicuuc.so.60: cannot open shared object file`.
 */
export async function findMissingLinks(folder: string): Promise<LibraryLink[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8')
  const missing: LibraryLink[] = []
  for (const { source, target } of listing.parse(JSON.parse(text))) {
    const link = { path: join(folder, inRuntime(target)), target: basename(source) }
    if (!(await resolves(link.path))) missing.push(link)
  }
  return missing
}

/** Makes the links; one that another program made meanwhile is as good. */
export async function makeLinks(links: readonly LibraryLink[]): Promise<void> {
  for (const { path, target } of links) {
    await symlink(target, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  }
}

/** The listing names paths from the package's root; a copy of `native/` has another name. */
function inRuntime(path: string): string {
  return path.replace(/^native\//, '')
}

async function resolves(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
