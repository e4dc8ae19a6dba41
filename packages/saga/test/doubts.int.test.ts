import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { StepFailed, saga, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const leaseMs = 10_000
const settlesMs = 30_000

/**
 * A worker that is stopped in the middle of a `do`, and resumed when its run is another's. It sends
 * then what it had begun, or does not, hears of the abort, and throws.
 */
async function resumed({
  sends = true,
  gives = (signal: AbortSignal) => signal.throwIfAborted(),
  effect = 'reversible' as 'reversible' | 'read',
} = {}) {
  const standing: number[] = []
  const stopped = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let made = 0
  const create = async ({ signal }: { signal: AbortSignal }) => {
    made += 1
    const id = made
    if (id === 1) {
      begun.resolve()
      await stopped.promise
      if (sends) standing.push(id)
      gives(signal)
    }
    standing.push(id)
    return { id }
  }
  const common = { settles: settlesMs, every: '10s', timeout: '1d', do: create } as const
  const make =
    effect === 'read'
      ? step('make', { ...common, effect })
      : step('make', {
          ...common,
          find: () => (standing[0] === undefined ? undefined : { id: standing[0] }),
          undo: () => void standing.splice(0),
        })
  const reports = async () => {
    const strays = `select from saga.saga_signals where type = 'stray_effect'`
    return (await database.pool.query(strays)).rowCount
  }
  const making = saga('making', z.object({})).step(make)
  const simulated = simulatedEngine(database, { sagas: [making] })
  const { engine, clock } = simulated
  const { id } = await engine.startKind('making', {})
  const lost = engine.createWorker({ leaseMs })
  const ticking = lost.tick()
  await begun.promise
  return {
    ...simulated,
    id,
    standing,
    made: () => made,
    worker: engine.createWorker(),
    /** The first worker goes on, and its call ends. */
    async resume() {
      stopped.resolve()
      await ticking
      await lost.stop({ graceMs: 0 })
    },
    reports,
    async resumeAndTell() {
      stopped.resolve()
      // Nobody waits for the call any more.
      await expect.poll(reports).toBe(1)
      await lost.stop({ graceMs: 0 })
    },
    later: (ms: number) => clock.advance(ms),
  }
}

describe('a call of a lost worker that ends without an answer', () => {
  it('when another has done it again parks the run: nothing tells whether there are two', async () => {
    const { later, worker, resumeAndTell, run, id, standing, history, engine } = await resumed()
    later(leaseMs + 1)
    await worker.tick()
    later(settlesMs)
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
    await resumeAndTell()
    expect(standing).toEqual([2, 1])
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'stray_effect:make', step: 0 },
    })
    expect(await history(id)).toContain('stray_doubted 0')
    standing.splice(1)
    await engine.resolve(id, { reason: 'removed the older one', actor: 'ada' })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })

  it('and is taken back with the other, when it has had its time to show, if cancelled', async () => {
    const { later, worker, resumeAndTell, run, id, standing, engine } = await resumed()
    later(leaseMs + 1)
    await worker.tick()
    later(settlesMs)
    await worker.tick()
    await resumeAndTell()
    await worker.tick()
    await engine.cancel(id)
    await worker.tick()
    later(settlesMs - 1)
    await worker.tick()
    expect(standing).toEqual([2, 1])
    later(1)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(standing).toEqual([])
  })

  it('lets its absence count anew where it is looked for', async () => {
    const { later, worker, resumeAndTell, run, id, made } = await resumed({ sends: false })
    later(leaseMs + 1)
    await worker.tick()
    later(settlesMs - 2)
    await resumeAndTell()
    await worker.tick()
    later(settlesMs - 1)
    await worker.tick()
    expect(made()).toBe(1)
    later(1)
    await worker.tick()
    expect(made()).toBe(2)
    expect((await run(id)).status).toBe('completed')
  })

  it('when the run was rolled back has it looked for once more, by word of an operator', async () => {
    const { later, worker, resumeAndTell, run, id, standing, engine, ledger } = await resumed()
    later(leaseMs + 1)
    await worker.tick()
    await engine.cancel(id)
    later(settlesMs)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    await resumeAndTell()
    await worker.tick()
    expect((await run(id)).parked?.reason).toBe('stray_effect:make')
    expect(await ledger(id)).toEqual(['make: unknown'])
    await engine.retry(id, { actor: 'ada' })
    await worker.tick()
    later(settlesMs)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(await ledger(id)).toEqual(['make: compensated'])
    expect(standing).toEqual([])
  })
})

describe('nothing is told of a call of a lost worker', () => {
  it('that ended within the lease: absences count from the end of that', async () => {
    const { later, resume, reports } = await resumed()
    later(leaseMs - 1)
    await resume()
    expect(await reports()).toBe(0)
  })

  it('whose error proves that there was no effect', async () => {
    const { later, resume, reports } = await resumed({
      sends: false,
      gives: () => {
        throw new StepFailed('refused')
      },
    })
    later(leaseMs + 1)
    await resume()
    expect(await reports()).toBe(0)
  })

  it('that has none', async () => {
    const { later, resume, reports } = await resumed({ effect: 'read' })
    later(leaseMs + 1)
    await resume()
    expect(await reports()).toBe(0)
  })
})

it('nothing is told of a call that a holder could not tell the end of', async () => {
  const { resume, reports, ledger, id } = await resumed({
    gives: () => {
      throw new Error('no answer')
    },
  })
  await resume()
  expect(await ledger(id)).toEqual(['make: completed'])
  expect(await reports()).toBe(0)
})
