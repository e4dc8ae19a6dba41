import { defineConfig } from 'vitest/config'

const conditions = ['@arcadia-cloud/source']

const every = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts']
/** Tests that are about processes of their own: servers, signals, the environment. */
const processes = [
  'packages/arcadia/src/{database,serve}/**/*.int.test.ts',
  'packages/arcadia/src/main.int.test.ts',
  'packages/arcadia/test/**/*.test.ts',
  'packages/digitalocean-simulator/**/*.int.test.ts',
  'test/**/*.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['test/postgres/global-setup.ts'],
    pool: 'forks',
    // The longest of them wait for programs they have started, not for a processor: twice as fast
    // with four on two cores as with two.
    maxWorkers: 4,
    // Tests marked concurrent wait for other processes, not for this one.
    maxConcurrency: 8,
    // What is waited for comes; on a busy machine later.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      // The rest share nothing but what they import: read once, that takes a quarter off the whole.
      {
        extends: true,
        test: { name: 'shared', include: every, exclude: processes, isolate: false },
      },
      { extends: true, test: { name: 'alone', include: processes } },
    ],
    // `npm run coverage`: of the engine's pure core alone, by the core's own tests.
    coverage: {
      provider: 'v8',
      include: ['packages/saga/src/core/**/*.ts'],
      exclude: ['packages/saga/src/core/**/*.test.ts', 'packages/saga/src/core/testing/**'],
      reporter: ['text'],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
})
