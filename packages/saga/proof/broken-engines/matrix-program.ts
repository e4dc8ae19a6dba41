import { breakSource, Misfit } from './broken-source.ts'
import { type Cases, mutants } from './mutants.ts'

/**
 * Runs cases of a matrix on an engine that is broken as the first argument says (`-`: not at all),
 * over the database of `DATABASE_URL`, and writes what it found as JSON.
 */
const [, , name = '-', given = '{}'] = process.argv

/** What the test gets back. Where the cases are not named, they run until one fails. */
export interface Found {
  /** The cases that ran. */
  readonly names: readonly string[]
  /** Cases that did not come by the point of their fault. */
  readonly unstruck: readonly string[]
  readonly failures: readonly { readonly name: string; readonly breaches: readonly string[] }[]
}

async function found(): Promise<Found> {
  const mutant = mutants.find((known) => known.name === name)
  const isLoaded = mutant === undefined ? () => true : breakSource(mutant)
  // Only now: the engine is loaded through the hook.
  const { matrices } = await import('../../test/matrix-sagas.ts')
  const { CrashMatrixFailed } = await import('../../src/testing/index.ts')
  const { preparing } = await import('../../test/prepared-pool.ts')
  if (mutant !== undefined && !isLoaded()) throw new Misfit(mutant, 'nothing loads that file')
  const order: Cases = JSON.parse(given)
  const { saga, faults, variants, only } = order
  const pool = preparing({ connectionString: process.env['DATABASE_URL'], max: 8 })
  try {
    return await matrices(pool)[saga]({
      atOnce: 2,
      stopAtFirst: only === undefined,
      print: () => {},
      ...(only === undefined ? {} : { only }),
      ...(faults === undefined ? {} : { faults }),
      ...(variants === undefined
        ? {}
        : { variants: (variant) => variants.some((one) => variant.startsWith(one)) }),
    })
  } catch (error) {
    if (error instanceof CrashMatrixFailed) return error.report
    throw error
  } finally {
    void pool.end()
  }
}

const { names, unstruck, failures } = await found()
const said = failures.map(({ name: failed, breaches }) => ({ name: failed, breaches }))
// What was lost in a case never comes back, and is not waited for.
process.stdout.write(JSON.stringify({ names, unstruck, failures: said }), () => process.exit())
