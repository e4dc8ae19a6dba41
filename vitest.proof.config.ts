import { mergeConfig, type TestProjectConfiguration } from 'vitest/config'
import { findPostgresPrograms, no15 } from './test/programs.ts'
import config from './vitest.config.ts'

/**
 * `npm run proof`: what takes longer than the tests, or needs programs that not every machine has.
 * Says what it skipped, and why; with `REQUIRE_ALL=1` it skips nothing.
 */
const { projects: _, ...shared } = config.test ?? {}
const patience = { testTimeout: 300_000, hookTimeout: 300_000 }

const proofs: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'proof',
    include: ['packages/*/proof/**/*.proof.test.ts', 'tools/*/proof/**/*.proof.test.ts'],
    ...patience,
  },
}

/** What the engine asks of its database, asked of the oldest PostgreSQL that it is for. */
const oldest: TestProjectConfiguration = {
  extends: true,
  test: {
    name: 'postgres 15',
    include: ['packages/saga/test/**/*.int.test.ts'],
    // About packages and texts, not about the database.
    exclude: ['packages/saga/test/{packed,readme,examples}.int.test.ts'],
    globalSetup: ['test/postgres/global-setup-15.ts'],
    isolate: false,
  },
}

const has15 = findPostgresPrograms(15) !== undefined
// That a proof fails where nothing may be skipped is a test's to say: see oldest-postgres.proof.test.ts.
if (!has15) process.stderr.write(`skipped the engine's tests on PostgreSQL 15: ${no15}\n`)

export default mergeConfig(
  { ...config, test: shared },
  { test: { maxWorkers: 2, projects: has15 ? [proofs, oldest] : [proofs] } },
)
