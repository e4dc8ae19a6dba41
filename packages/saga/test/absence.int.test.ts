import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const leaseMs = 10_000

/** A run whose first worker is lost in the middle of a call that never arrives. */
async function lostCall() {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const calls: string[] = []
  const unseen = step('unseen', {
    timeout: '1h',
    every: '7s',
    settles: '30s',
    do: async ({ attempt }) => {
      calls.push(`do ${attempt}`)
      begun.resolve()
      if (attempt === 1) {
        await release.promise
        throw new Error('it never arrived')
      }
      return { attempt }
    },
    find: () => void calls.push('find'),
    undo: () => {},
  })
  const simulated = simulatedEngine(database, { steps: [unseen] })
  const { engine, clock } = simulated
  const { id } = await engine.startAdHoc([unseen], {})
  const startedAt = clock.now()
  const ticking = engine.createWorker({ leaseMs }).tick()
  await begun.promise
  clock.advance(leaseMs)
  release.resolve()
  await ticking
  const next = engine.createWorker()
  return {
    ...simulated,
    id,
    calls,
    /** Moves time to so long after the call, and lets the next worker look. */
    async at(ms: number) {
      clock.advance(startedAt + ms - clock.now())
      await next.tick()
    },
  }
}

describe('the absence of an effect whose worker was lost', () => {
  it('is not believed before it has settled since the end of the lost lease', async () => {
    const { at, calls, ledger, id } = await lostCall()
    await at(leaseMs)
    expect(calls).toEqual(['do 1'])
    await at(leaseMs + 1)
    expect(calls).toEqual(['do 1', 'find'])
    await at(leaseMs + 29_999)
    expect(calls).toEqual(['do 1', 'find', 'find'])
    expect(await ledger(id)).toEqual(['unseen: unknown'])
  })

  it('is believed at once when it has, and the attempt made again', async () => {
    const { at, calls, run, id } = await lostCall()
    await at(leaseMs + 29_999)
    expect(calls).toEqual(['do 1', 'find'])
    await at(leaseMs + 30_000)
    expect(calls).toEqual(['do 1', 'find', 'find', 'do 2'])
    expect(await run(id)).toMatchObject({ status: 'completed', context: { attempt: 2 } })
  })

  it('had settled when the run is taken over late', async () => {
    const { at, calls, run, id } = await lostCall()
    await at(leaseMs + 30_000)
    expect(calls).toEqual(['do 1', 'find', 'do 2'])
    expect((await run(id)).status).toBe('completed')
  })
})
