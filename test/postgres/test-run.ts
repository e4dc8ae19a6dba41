import { readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { EmbeddedConnection } from '../../packages/arcadia/src/database/embedded/index.ts'
import { memoryFolder, runPrefix, sweepDeadRuns } from './dead-runs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's PostgreSQL; tests take databases of their own with `createTestDatabase`. */
    postgres: EmbeddedConnection
  }
}

/** Nothing here outlives the run, so nothing needs to survive a power cut. */
export const runSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
}

export type RunServer = Readonly<{ connection: EmbeddedConnection; stop(): Promise<void> }>

/**
 * Gives a test run one PostgreSQL, in memory where there is some; returns the teardown.
 * @param start starts it with its data in `<folder>/postgres/data`
 */
export async function serveRun(
  project: TestProject,
  start: (folder: string) => Promise<RunServer>,
): Promise<() => Promise<void>> {
  const parent = (await memoryFolder()) ?? tmpdir()
  await sweepDeadRuns(parent)
  const folder = await mkdtemp(join(parent, `${runPrefix}${process.pid}-`))
  try {
    // Open to the unprivileged user that root runs the server as; else the data would be put
    // elsewhere, on a disk, and stay there.
    await chmod(folder, 0o711)
    const server = await start(folder)
    project.provide('postgres', { ...server.connection, database: 'postgres' })
    const abandon = () => abandonServer(folder)
    process.once('exit', abandon)
    return async () => {
      process.off('exit', abandon)
      try {
        await server.stop()
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * For Ctrl-C, at which vitest exits without a teardown. Nothing can be awaited any more; what does
 * not succeed is left to the next run's sweep.
 */
function abandonServer(folder: string): void {
  try {
    const lock = readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')
    process.kill(Number.parseInt(lock, 10), 'SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // No server any more, or one that still writes while it ends.
  }
}
