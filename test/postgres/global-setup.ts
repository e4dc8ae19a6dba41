import { readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import {
  type EmbeddedConnection,
  startEmbeddedPostgres,
} from '../../packages/arcadia/src/database/embedded/index.ts'
import { memoryFolder, runPrefix, sweepDeadRuns } from './dead-runs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's PostgreSQL; tests take databases of their own with `createTestDatabase`. */
    postgres: EmbeddedConnection
  }
}

/** Nothing here outlives the run, so nothing needs to survive a power cut. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
}

const silent = { info() {}, warn() {} }

/** Starts one PostgreSQL for the whole test run, in memory where there is some; returns the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parent = (await memoryFolder()) ?? tmpdir()
  await sweepDeadRuns(parent)
  const dataDir = await mkdtemp(join(parent, `${runPrefix}${process.pid}-`))
  try {
    // Open to the unprivileged user that root runs the server as; else the data would be put
    // elsewhere, on a disk, and stay there.
    await chmod(dataDir, 0o711)
    const systemRoot = join(dataDir, 'system')
    const server = await startEmbeddedPostgres({ dataDir, systemRoot, log: silent, settings })
    project.provide('postgres', { ...server.connection, database: 'postgres' })
    const abandon = () => abandonServer(dataDir)
    process.once('exit', abandon)
    return async () => {
      process.off('exit', abandon)
      try {
        await server.stop()
      } finally {
        await rm(dataDir, { recursive: true, force: true })
      }
    }
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
}

/**
 * For Ctrl-C, at which vitest exits without a teardown. Nothing can be awaited any more; what does
 * not succeed is left to the next run's sweep.
 */
function abandonServer(dataDir: string): void {
  try {
    const lock = readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8')
    process.kill(Number.parseInt(lock, 10), 'SIGQUIT')
    rmSync(dataDir, { recursive: true, force: true })
  } catch {
    // No server any more, or one that still writes while it ends.
  }
}
