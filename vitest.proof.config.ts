import { mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

/**
 * `npm run proof`: what takes longer than the tests, or needs programs that not every machine has.
 * Says what it skipped, and why.
 */
const { projects: _, ...shared } = config.test ?? {}

export default mergeConfig(
  { ...config, test: shared },
  {
    test: {
      include: ['packages/*/proof/**/*.proof.test.ts', 'tools/*/proof/**/*.proof.test.ts'],
      maxWorkers: 2,
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  },
)
