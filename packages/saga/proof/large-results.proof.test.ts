import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { echo, StepFailed, saga, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from '../test/harness.ts'
import { recordingLog } from '../test/recording-log.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const megabyte = 1_048_576
const nothing = z.object({})

/** A step that gives so much, beside runs that have nothing to do with it. */
async function giving(give: () => unknown) {
  const undone: string[] = []
  const large = step('large', {
    idempotent: true,
    retry: { attempts: 1 },
    do: () => ({ given: give() }),
    undo: ({ key }) => void undone.push(key),
  })
  const largely = saga('largely', nothing).step(large)
  const small = saga('small', nothing).step(echo)
  const log = recordingLog()
  const simulated = simulatedEngine(database, { sagas: [largely, small], log })
  const { engine } = simulated
  const { id } = await engine.start(largely, {})
  const neighbours: string[] = []
  for (let n = 0; n < 10; n += 1) neighbours.push((await engine.start(small, {})).id)
  await engine.createWorker().tick()
  const statuses = await Promise.all(
    neighbours.map(async (neighbour) => (await engine.get(neighbour)).run.status),
  )
  expect(statuses).toEqual(Array(10).fill('completed'))
  const { run, steps } = await engine.get(id)
  return { run, step: steps[0], undone, log }
}

/** The most that a row of any table takes. */
async function largestRow(): Promise<number> {
  const { rows } = await database.pool.query(
    `select max(octet_length(row)) as most from (
       select r::text as row from saga.saga_runs r union all
       select s::text from saga.saga_step_results s union all
       select e::text from saga.saga_events e) every`,
  )
  return rows[0].most
}

describe('a step that returns', () => {
  it('a megabyte, all that is allowed, has it kept; its neighbours are none the worse', async () => {
    // With `{"given":""}` around it.
    const most = 'x'.repeat(megabyte - 12)
    const { run } = await giving(() => most)
    expect(run).toMatchObject({ status: 'completed', context: { given: most } })
  })

  it('a hundred megabytes has its effect taken back, and nothing of them is kept or told', async () => {
    const { run, step, undone, log } = await giving(() => 'x'.repeat(100 * megabyte))
    expect(run.status).toBe('rolled_back')
    expect(step?.error?.message).toContain(`it takes ${100 * megabyte + 12} bytes as JSON`)
    expect(undone).toEqual([step?.key])
    expect(await largestRow()).toBeLessThan(10_000)
    expect(JSON.stringify(log.lines).length).toBeLessThan(10_000)
  })

  it('more than JSON can be made of fails alone, as any value that cannot be kept', async () => {
    const { run, step, undone } = await giving(() =>
      Array.from({ length: 6 }, () => 'x'.repeat(100 * megabyte)),
    )
    expect(run.status).toBe('rolled_back')
    expect(step?.error?.message).toContain('cannot be stored: Invalid string length')
    expect(undone).toHaveLength(1)
  })

  it('nothing, but an error with a megabyte of words, has the first of them kept', async () => {
    const { run, step } = await giving(() => {
      throw new StepFailed('x'.repeat(megabyte))
    })
    expect(run.status).toBe('rolled_back')
    expect(step?.error?.message).toBe('x'.repeat(2_000))
  })
})

describe('many steps that return a megabyte at once', () => {
  it('are all written, together', async () => {
    const most = 'x'.repeat(megabyte - 12)
    const large = step('large', {
      idempotent: true,
      do: () => ({ given: most }),
      undo: () => {},
    })
    const largely = saga('largely', nothing).step(large)
    const { engine } = simulatedEngine(database, { sagas: [largely] })
    const ids: string[] = []
    for (let n = 0; n < 30; n += 1) ids.push((await engine.start(largely, {})).id)
    const sizes: number[] = []
    await engine.createWorker({ onFlush: ({ size }) => sizes.push(size) }).tick()
    const statuses = await Promise.all(ids.map(async (id) => (await engine.get(id)).run.status))
    expect(statuses).toEqual(ids.map(() => 'completed'))
    // Thirty megabytes or so in a statement.
    expect(Math.max(...sizes)).toBeGreaterThan(5)
  })
})
