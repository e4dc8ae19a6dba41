import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../packages/arcadia/src/database/embedded/index.ts'
import { serveRun, runSettings as settings } from './test-run.ts'

const log = { info() {}, warn() {} }

/** The whole test run on the PostgreSQL that comes with npm. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return serveRun(project, (dataDir) =>
    startEmbeddedPostgres({ dataDir, systemRoot: join(dataDir, 'system'), log, settings }),
  )
}
