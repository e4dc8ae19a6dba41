import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  createEngine,
  InvalidInput,
  type Step,
  StepFailed,
  type Store,
  saga,
  sleep,
  step,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: a run that is left behind would be claimed by the next test's workers.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const halfAFace = '😀'.slice(0, 1)

/** Runs a step alone, minute by minute, until its run has come to rest. */
async function comesToRest(
  only: Step<string, unknown, object>,
  options: Parameters<typeof simulatedEngine>[1] = {},
) {
  const { engine, clock, run, ledger } = simulatedEngine(database, { ...options, steps: [only] })
  const { id } = await engine.startAdHoc([only], {})
  const worker = engine.createWorker()
  const resting = ['completed', 'rolled_back', 'failed', 'parked']
  for (let minute = 0; minute < 100; minute += 1) {
    await worker.tick()
    if (resting.includes((await run(id)).status)) break
    clock.advance(60_000)
  }
  const { steps } = await engine.get(id)
  return { run: await run(id), ledger: await ledger(id), steps }
}

/** A step whose call fails, and whose find then throws what it is given. */
function unfindable(thrown: unknown) {
  return step('unfindable', {
    settles: 0,
    deadline: '1m',
    do: (): undefined => {
      throw new Error('the answer was lost')
    },
    find: () => {
      throw thrown
    },
    undo: () => {},
  })
}

describe('an error that cannot be read or stored as it is', () => {
  it('in the middle of a character where it is cut fails its step as any other', async () => {
    const cut = step('cut', {
      effect: 'read',
      do: (): undefined => {
        throw new StepFailed(`${'x'.repeat(1_999)}😀`)
      },
    })
    const { run, ledger, steps } = await comesToRest(cut)
    expect(run.status).toBe('rolled_back')
    expect(ledger).toEqual(['cut: failed'])
    expect(steps[0]?.error?.message).toBe(`${'x'.repeat(1_999)}\ufffd`)
  })

  it('counts as a failed look-up, and the run is parked when there were too many', async () => {
    const { run, steps } = await comesToRest(unfindable(new Error(`${'x'.repeat(1_999)}😀`)))
    expect(run).toMatchObject({ status: 'parked', parked: { step: 0 } })
    expect(run.parked?.reason).not.toMatch(/^stalled/)
    expect(steps[0]?.failedLookups).toBeGreaterThan(0)
  })

  it('for it has no text at all is told as that', async () => {
    const textless: unknown = Object.create(null)
    const thrower = step('thrower', {
      effect: 'read',
      retry: { attempts: 1 },
      do: (): undefined => {
        throw textless
      },
    })
    const { run, steps } = await comesToRest(thrower)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]?.error).toEqual({
      code: 'thrown_value',
      message: 'something that cannot be put into words',
    })
    const parked = await comesToRest(unfindable(textless))
    expect(parked.run.status).toBe('parked')
    expect(parked.run.parked?.reason).not.toMatch(/^stalled/)
  })

  it('by a classifier that itself throws proves nothing, and is counted as any other', async () => {
    const { run, steps } = await comesToRest(unfindable(new Error('unreachable')), {
      classify: (error) => {
        throw error
      },
    })
    expect(run.status).toBe('parked')
    expect(run.parked?.reason).not.toMatch(/^stalled/)
    expect(steps[0]).toMatchObject({ attempts: 1, error: { message: 'the answer was lost' } })
  })
})

describe('text that cannot be stored', () => {
  it('in the key of a step fails it before it is called', async () => {
    const calls: string[] = []
    const keyed = step('keyed', {
      idempotent: true,
      key: () => `thing-${halfAFace}`,
      do: ({ key }) => void calls.push(key),
      undo: () => {},
    })
    const { run, steps } = await comesToRest(keyed)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]).toMatchObject({
      status: 'failed',
      error: {
        code: 'invalid_input',
        message: 'step "keyed" is not valid: key: give 1 to 500 characters of ordinary text',
      },
    })
    expect(calls).toEqual([])
  })

  it('in a lock, or one too long for its index, refuses the start', async () => {
    const locked = saga('locked', z.object({ key: z.string() }), {
      locks: ({ key }) => [key],
    }).step(sleep('nap', '1s'))
    const { engine } = simulatedEngine(database, { sagas: [locked] })
    for (const key of ['', 'x'.repeat(501)]) {
      const refused = engine.start(locked, { key })
      await expect(refused).rejects.toBeInstanceOf(InvalidInput)
      await expect(refused).rejects.toThrow('locks: give 1 to 500 characters of ordinary text')
    }
    const longest = await engine.start(locked, { key: 'x'.repeat(500) })
    expect(longest.run.lockKeys).toHaveLength(1)
    expect((await engine.list()).data).toHaveLength(1)
  })
})

describe('what a step gave', () => {
  it('does not become the prototype of the context of those after it', async () => {
    const seen: unknown[] = []
    const evil = step('evil', {
      effect: 'read',
      do: (): object => JSON.parse('{"__proto__": {"admin": true}}'),
    })
    const look = step('look', {
      effect: 'read',
      do: ({ context }) => void seen.push(context['admin'], Object.getPrototypeOf(context)),
    })
    const { engine } = simulatedEngine(database, { steps: [evil, look] })
    await engine.startAdHoc([evil, look], {})
    await engine.createWorker().tick()
    expect(seen).toEqual([undefined, Object.prototype])
  })

  it('is kept as it was given: its receipt cannot be changed by its probe', async () => {
    const meddling = step('meddling', {
      idempotent: true,
      deadline: '1m',
      do: () => ({ id: 'a' }),
      until: ({ receipt }) => {
        receipt.id = 'changed'
        return { done: true }
      },
      undo: () => {},
    })
    const { run, steps } = await comesToRest(meddling)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]).toMatchObject({ receipt: { id: 'a' }, output: null })
  })
})

describe('a cancel of a run that is parked for a step that is gone', () => {
  /** A run of [a nap, a step that the saga does not have any more], parked before or after the nap. */
  async function parkedRun({ napped }: { napped: boolean }) {
    const nap = sleep('nap', '1s')
    const gone = step('gone', { effect: 'read', do: () => undefined })
    const kind = napped ? 'begun' : 'not_begun'
    const whole = saga(kind, z.object({})).step(nap).step(gone)
    const before = simulatedEngine(database, { sagas: [whole] })
    const { id } = await before.engine.start(whole, {})
    if (napped) await before.engine.createWorker().tick()
    before.clock.advance(1_000)
    // Its version should have been counted up.
    const cut = saga(kind, z.object({})).step(nap)
    const { engine, run } = simulatedEngine(database, { sagas: [cut], clock: before.clock })
    const worker = engine.createWorker()
    await worker.tick()
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'unknown_step:gone', step: 0 },
    })
    await engine.cancel(id)
    return { worker, run: () => run(id) }
  }

  it('rolls it back where nothing was begun', async () => {
    const { worker, run } = await parkedRun({ napped: false })
    expect(await worker.tick()).toEqual({ claimed: 1 })
    expect(await run()).toMatchObject({ status: 'rolled_back', workerId: null })
    expect(await worker.tick()).toEqual({ claimed: 0 })
  })

  it('is read once, and leaves it parked where something was', async () => {
    const { worker, run } = await parkedRun({ napped: true })
    expect(await worker.tick()).toEqual({ claimed: 1 })
    expect(await run()).toMatchObject({
      status: 'parked',
      parked: { reason: 'unknown_step:gone', step: 0 },
      workerId: null,
    })
    expect((await run()).cancelRequestedAt).not.toBeNull()
    expect(await worker.tick()).toEqual({ claimed: 0 })
  })
})

describe('a duration beyond ten years', () => {
  it('is refused where it is given: its end could be no date', () => {
    const read = { effect: 'read', do: () => undefined } as const
    expect(() => step('patient', { ...read, deadline: Number.MAX_SAFE_INTEGER })).toThrow(
      '"9007199254740991" is not a duration: give milliseconds, or a number with ms, s, m, h or d, ten years at most',
    )
    expect(() => sleep('long', '3651d')).toThrow('ten years at most')
    expect(sleep('longest', '3650d').name).toBe('longest')
  })
})

describe('a run that no worker can write', () => {
  it('is left alone for a while whatever it was asked, and then until it is asked again', async () => {
    const { store, clock, engine } = simulatedEngine(database, {})
    const nap = saga('nap', z.object({})).step(sleep('nap', '1h'))
    let isRefused = false
    const refusing: Store = {
      ...store,
      commitRuns: (params) =>
        isRefused ? Promise.reject(new Error('refused')) : store.commitRuns(params),
    }
    const sleeping = createEngine({ store: refusing, clock, sagas: [nap] })
    const worker = sleeping.createWorker()
    const { id } = await sleeping.start(nap, {})
    await worker.tick()
    isRefused = true
    await engine.cancel(id)
    const claims: number[] = []
    for (let stalls = 0; stalls < 10; stalls += 1) {
      claims.push((await worker.tick()).claimed, (await worker.tick()).claimed)
      clock.advance(5_000)
    }
    expect(claims).toEqual(Array.from({ length: 10 }, () => [1, 0]).flat())
    expect((await engine.get(id)).run.parked?.reason).toBe('stalled:refused')
    clock.advance(3_600_000)
    expect((await worker.tick()).claimed).toBe(0)

    isRefused = false
    await engine.retry(id)
    await worker.tick()
    expect((await engine.get(id)).run.status).toBe('rolled_back')
  })
})
