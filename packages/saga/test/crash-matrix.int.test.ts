import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, type EngineOptions, type Store, saga } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import {
  CrashMatrixFailed,
  type CrashMatrixOptions,
  crashMatrix,
  type MatrixReport,
} from '../src/testing/index.ts'
import { engineDatabase } from './harness.ts'
import { type Cloud, cloud, make, order } from './matrix-world.ts'
import { preparedPool } from './prepared-pool.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await engineDatabase()
  pool = preparedPool(database, 14)
})
afterAll(async () => {
  // What a lost process holds never comes back: it goes with the database.
  void pool.end()
  await database.drop()
})

/** The shortest that has something of everything. */
const ordering = (world: Cloud) => saga('ordering', z.object({})).step(order(world, 'server'))

const making = (world: Cloud) =>
  saga('making', z.object({})).step(make(world, 'disk')).step(order(world, 'server'))

type Options = CrashMatrixOptions<Cloud, Record<string, never>>

const printed: string[] = []

/** Runs it, and gives the report whatever it says. */
async function matrix(options: Partial<Options> = {}): Promise<MatrixReport> {
  try {
    return await crashMatrix({
      store: ({ now }) => postgresStore({ pool, now }),
      world: cloud,
      saga: making,
      input: () => ({}),
      standing: (world) => world.standing(),
      print: (text) => printed.push(text),
      ...options,
    })
  } catch (error) {
    if (error instanceof CrashMatrixFailed) return error.report
    throw error
  }
}

const breachesOf = ({ failures }: MatrixReport) => failures.flatMap(({ breaches }) => breaches)

describe('the crash matrix of a saga', () => {
  it('cuts it at every point of a way, and finds nothing', async () => {
    const report = await matrix({
      saga: ordering,
      variants: (name) => name === 'completes',
      faults: ['crash'],
    })
    expect(report.failures).toEqual([])
    expect(report.unstruck).toEqual([])
    expect(report.ends['crash']).toEqual({ completed: expect.any(Number) })
    expect(report.cases).toBeGreaterThan(15)
    expect(printed.at(-1)).toMatch(/^crash matrix of ordering: \d+ cases \(1 without a fault/)
  })

  it('knows the other ways for it to go', async () => {
    const { variants, ends } = await matrix({ faults: [] })
    expect(Object.keys(variants)).toEqual([
      'completes',
      'fails:making.0',
      'fails:making.1',
      'cancelled:making.1',
      'taken_back',
      'begun',
    ])
    expect(ends).toEqual({ none: { completed: 2, rolled_back: 4 } })
  })

  it('runs a case alone, by its name, and the same every time', async () => {
    const only = 'fails:making.1/making.0.disk.undo.remove#1:before:broken'
    const options: Partial<Options> = { only, variants: (name) => name === 'fails:making.1' }
    const [once, again] = [await matrix(options), await matrix(options)]
    expect(once.cases).toBe(1)
    expect(once.ends).toEqual({ broken: { 'rolled_back by an operator': 1 } })
    expect({ ...again, tookMs: 0 }).toEqual({ ...once, tookMs: 0 })
  })

  it('draws the same pairs of faults by the same seed', async () => {
    const options: Partial<Options> = {
      saga: ordering,
      variants: (name) => name === 'completes',
      faults: ['hang'],
      doubles: { seed: 7, cases: 3 },
    }
    const [once, again] = [await matrix(options), await matrix(options)]
    expect(once.byFaults[2]).toBeGreaterThan(0)
    expect(once.failures).toEqual([])
    expect({ ...again, tookMs: 0 }).toEqual({ ...once, tookMs: 0 })
  })
})

describe('the crash matrix of an engine', () => {
  const alone = (only: string) => ({ only, variants: (name: string) => name === 'completes' })

  it('that believes an absence at once finds what was made twice', async () => {
    const impatient = ({ sagas = [], ...options }: EngineOptions) =>
      createEngine({
        ...options,
        sagas: sagas.map((definition) => ({
          ...definition,
          steps: definition.steps.map(({ step, with: made }) => ({
            step: { ...step, policy: { ...step.policy, settlesMs: 0 } },
            with: made,
          })),
        })),
      })
    const report = await matrix({
      ...alone('completes/making.0.disk.do.create#1:before:late'),
      createEngine: impatient,
    })
    expect(breachesOf(report)).toEqual([
      'making.0.disk.do was repeated, though the call before may have had an effect',
      'completed, and what stands in the world is not what should: should not be there: disk',
    ])
  })

  it('whose cancels are lost finds the run completed', async () => {
    const forgetful = (store: Store): Store => ({
      ...store,
      insertSignal: async (params) => params.type === 'cancel' || store.insertSignal(params),
    })
    const report = await matrix({
      ...alone('completes/commitRuns#2:before:cancel'),
      store: ({ now }) => forgetful(postgresStore({ pool, now })),
    })
    expect(breachesOf(report)).toEqual(['a cancel was accepted, and the run completed'])
  })

  it('whose writes are not fenced finds the zombie that wrote', async () => {
    const unfenced = (store: Store): Store => ({
      ...store,
      async commitRuns({ commits }) {
        const written = await Promise.all(
          commits.map(async (commit) => {
            const last = await store.readWrite({ runId: commit.run.id })
            return { ...commit, run: { ...commit.run, ...last } }
          }),
        )
        return store.commitRuns({ commits: written })
      },
    })
    const report = await matrix({
      ...alone('completes/commitRuns#5:before:stale'),
      store: ({ now }) => unfenced(postgresStore({ pool, now })),
    })
    expect(breachesOf(report)).toEqual([
      'making: its history cannot be: the event "step_completed" is not allowed in the state "step: completed"',
    ])
  })
})
