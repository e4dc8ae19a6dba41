import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findPostgresPrograms, no15 } from '../programs.ts'
import { startOwnServer } from './own-server.ts'
import { serveRun, runSettings as settings } from './test-run.ts'

/** The whole test run on an installed PostgreSQL 15, the oldest that the engine is for. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  const bin = findPostgresPrograms(15)
  if (bin === undefined) throw new Error(no15)
  return serveRun(project, (folder) =>
    startOwnServer({ bin, folder, data: join(folder, 'postgres', 'data'), settings }),
  )
}
