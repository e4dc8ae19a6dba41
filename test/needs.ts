import { describe, it } from 'vitest'
import { requireAll } from './programs.ts'

/**
 * A suite that needs what not every machine has. Where that is missing it is skipped, and its name
 * and the output say why; with `REQUIRE_ALL=1` it fails instead.
 * @param missing what is missing and how to get it; undefined: nothing
 */
export function describeWith(name: string, missing: string | undefined, suite: () => void): void {
  if (missing === undefined) {
    describe(name, suite)
  } else if (requireAll) {
    it(name, () => {
      throw new Error(`REQUIRE_ALL=1, but ${missing}`)
    })
  } else {
    process.stderr.write(`skipped "${name}": ${missing}\n`)
    it.skip(`${name} (skipped: ${missing})`, () => {})
  }
}
