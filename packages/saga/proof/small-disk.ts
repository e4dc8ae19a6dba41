import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of a few megabytes that a test can fill up. */
export type SmallDisk = Readonly<{
  folder: string
  /** Takes what room there is. */
  fill(): Promise<void>
  /** Gives it back. */
  makeRoom(): Promise<void>
  unmount(): Promise<void>
}>

/** Why no file system can be mounted here, or undefined. */
export function cannotMount(): string | undefined {
  if (process.platform !== 'linux') return 'a small file system (tmpfs) is mounted on Linux alone'
  if (process.geteuid?.() !== 0) return 'mounting a small file system takes root: run it as root'
  return undefined
}

/** Mounts one of so many megabytes; every user can pass through to it. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder)
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder])
  const ballast = join(folder, 'ballast')
  return {
    folder,
    async fill() {
      const file = await open(ballast, 'a')
      try {
        for (;;) {
          const { bavail, bsize } = await statfs(folder)
          if (bavail === 0) return
          await file.write(Buffer.alloc(bavail * bsize))
        }
      } catch (error) {
        // Others write too: what is full is full.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    async makeRoom() {
      await rm(ballast)
    },
    async unmount() {
      await run('umount', [folder])
    },
  }
}
