import { rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a chaos run keeps its database, its logs and its diaries. */
export interface Folder {
  readonly path: string
  remove(): Promise<void>
  /** For a process that ends at once, and can wait for nothing. */
  removeNow(): void
}

/** Nothing can be written to the folder that was given; the message is for the user. */
export class FolderError extends Error {
  override readonly name = 'FolderError'
}

/** @throws {@link FolderError} */
export async function makeFolder(parent: string): Promise<Folder> {
  const path = await mkdtemp(join(parent, 'arcadia-chaos-')).catch((cause: unknown) => {
    throw new FolderError(`nothing can be written to ${parent}: give another --folder`, { cause })
  })
  // Open to the unprivileged user that root runs the server as.
  await chmod(path, 0o711)
  const options = { recursive: true, force: true, maxRetries: 5 } as const
  return {
    path,
    remove: () => rm(path, options),
    removeNow() {
      // The server writes until its last process has ended, a moment after it was told.
      for (let tries = 0; tries < 20; tries += 1) {
        try {
          return rmSync(path, options)
        } catch {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
        }
      }
      process.stderr.write(`${path} could not be removed: remove it by hand\n`)
    },
  }
}
