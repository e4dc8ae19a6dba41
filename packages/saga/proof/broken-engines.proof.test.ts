import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { engineDatabase } from '../test/harness.ts'
import { runScript } from '../test/program.ts'
import { brokenSource } from './broken-engines/broken-source.ts'
import type { Found } from './broken-engines/matrix-program.ts'
import { type Cases, type Mutant, mutants } from './broken-engines/mutants.ts'

const program = fileURLToPath(new URL('broken-engines/matrix-program.ts', import.meta.url))
const notBroken = '-'

/** Not what the matrix looks for: the engine itself came to grief, as any test would have seen. */
const grief = /^(a defect of the engine|a round of a worker failed|a client was answered): /

/** Runs cases in a process of its own, over a database of its own. */
async function run(name: string, order: Cases): Promise<Found> {
  const database = await engineDatabase()
  try {
    const env = { DATABASE_URL: database.connectionString }
    const { code, signal, stdout, stderr } = await runScript(
      program,
      [name, JSON.stringify(order)],
      env,
    )
    if (code !== 0) throw new Error(`ended with ${signal ?? code}: ${stderr}`)
    return JSON.parse(stdout)
  } finally {
    await database.drop()
  }
}

const lanes = Math.max(2, availableParallelism())
let free = lanes
const waiting: (() => void)[] = []

/** As many processes as there are processors. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
}

const table: string[] = []
afterAll(() => {
  process.stdout.write(`${['engines broken on purpose:', ...table.sort()].join('\n')}\n`)
})

async function isCaught({ name, cases }: Mutant): Promise<void> {
  const { names, failures } = await run(name, cases)
  const [first] = failures
  expect(first, `nothing was found in ${names.length} cases`).toBeDefined()
  if (first === undefined) return
  expect(first.breaches.filter((breach) => grief.test(breach))).toEqual([])
  table.push(`  ${name}: case ${names.length}, ${first.name}: ${first.breaches.join('; ')}`)

  const { failures: ofItself, unstruck } = await run(notBroken, { ...cases, only: names })
  expect(ofItself).toEqual([])
  // The case that found it is one in the engine as it is, too.
  expect(unstruck).not.toContain(first.name)
}

describe.concurrent('the crash matrix finds the engine broken:', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s', (_, mutant) =>
    inTurn(() => isCaught(mutant)),
  )
})

describe('a mutant', () => {
  const mutant: Mutant = {
    name: 'late',
    breaks: 'in time',
    file: 'clock.ts',
    is: 'return now',
    broken: 'return now + 1',
    cases: { saga: 'one step after the other' },
  }

  it('is its one line', () => {
    expect(brokenSource('a\n  return now\nb', mutant)).toBe('a\nreturn now + 1\nb')
  })

  it('says when its line is not there any more, or more than once', () => {
    expect(() => brokenSource('a\nb', mutant)).toThrow(
      '"late" cannot be broken in src/clock.ts: the line "return now" is not there',
    )
    expect(() => brokenSource('return now\nreturn now', mutant)).toThrow('is there 2 times')
    const after = { ...mutant, after: 'b' }
    expect(brokenSource('return now\nb\nreturn now', after)).toBe('return now\nb\nreturn now + 1')
    expect(() => brokenSource('return now\nb\nb', after)).toThrow('"b" is there twice')
  })
})
