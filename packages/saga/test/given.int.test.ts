import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

it('a step may give only what is kept as it is, and an until says pending, not nothing', async () => {
  const dated = step('dated', { idempotent: true, do: () => ({ at: new Date(0) }), undo: () => {} })
  const silent = step('silent', {
    idempotent: true,
    do: () => ({ id: 1 }),
    // What a host without types may slip into.
    until: (() => undefined) as unknown as () => null,
    undo: () => {},
  })
  const { engine, run } = simulatedEngine(database, { steps: [dated, silent] })
  const first = await engine.startAdHoc([dated], {})
  const second = await engine.startAdHoc([silent], {})
  await engine.createWorker().tick()
  expect((await run(first.id)).status).toBe('rolled_back')
  expect((await engine.get(first.id)).steps[0]?.error?.message).toContain('it must be plain JSON')
  expect((await run(second.id)).status).toBe('rolled_back')
  expect((await engine.get(second.id)).steps[0]?.error?.message).toContain('give pending while')
})
