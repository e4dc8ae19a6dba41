import { defineConfig } from 'vitest/config'

const conditions = ['@arcadia-cloud/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
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
