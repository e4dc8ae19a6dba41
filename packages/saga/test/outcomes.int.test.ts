import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { fail, pending, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { broken, makeThing, pass, refused, world } from './world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** Runs [the step, …] and gives what a test looks at. */
async function begin(
  step: ReturnType<typeof makeThing>,
  { thenFail = false }: { thenFail?: boolean } = {},
) {
  const simulated = simulatedEngine(database, { steps: [step, fail] })
  const { engine, clock } = simulated
  const worker = engine.createWorker()
  const { id, run } = await engine.startAdHoc(thenFail ? [step, fail] : [step], {})
  await worker.tick()
  return {
    ...simulated,
    id,
    key: `thing-${run.tag}-0`,
    async later(ms: number) {
      clock.advance(ms)
      await worker.tick()
    },
  }
}

describe('an effect that takes its time', () => {
  it('is issued once and probed until it is there, holding no worker meanwhile', async () => {
    const w = world()
    w.faults((call) => void setTimeout(() => call, 0))
    const thing = makeThing(w)
    w.create = async (name) => {
      w.calls.push(`create ${name}`)
      w.things.set(name, { ready: false })
      return { name }
    }
    const { run, id, key, later, clock, engine } = await begin(thing)
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'time', workerId: null })
    expect((await run(id)).wakeAt).toBe(clock.now() + 5_000)
    await later(5_000)
    w.things.set(key, { ready: true })
    await later(5_000)
    expect(await run(id)).toMatchObject({ status: 'completed', context: { thing: key } })
    expect(w.calls).toEqual([`create ${key}`, ...Array(3).fill(`look ${key}`)])
    const events = await engine.events(id)
    expect(events.filter(({ type }) => type === 'run_waiting')).toHaveLength(1)
  })

  it('is given up at a deadline that a restart does not move, and taken back', async () => {
    const w = world()
    const thing = makeThing(w)
    w.isReady = async () => false
    const { run, id, later, ledger } = await begin(thing)
    for (let n = 0; n < 11; n += 1) await later(5_000)
    expect((await run(id)).status).toBe('waiting')
    await later(5_000)
    expect(await run(id)).toMatchObject({
      status: 'rolled_back',
      error: { reason: 'step_failed:make_thing', compensate_from_idx: 0 },
    })
    expect(await ledger(id)).toEqual(['make_thing: compensated'])
    expect(w.things.size).toBe(0)
  })

  it('is probed again after a probe that failed', async () => {
    const w = world()
    w.faults(pass, broken('no connection'))
    const { run, id, later, engine } = await begin(makeThing(w))
    expect((await engine.get(id)).steps[0]?.error?.message).toBe('no connection')
    await later(5_000)
    expect((await run(id)).status).toBe('completed')
  })
})

describe('an outcome that nobody knows', () => {
  it('is found: the step goes on, without a second effect', async () => {
    const w = world()
    const { run, id, key, ledger } = await begin(makeThing(w, { lostAnswers: true }))
    expect(await ledger(id)).toEqual(['make_thing: completed'])
    expect(await run(id)).toMatchObject({ status: 'completed', context: { thing: key } })
    expect(w.calls).toEqual([`create ${key}`, `find ${key}`, `look ${key}`])
  })

  it('counts as absent only when it has settled; then the attempt is made again', async () => {
    const w = world()
    w.faults(broken('cut before it arrived'))
    const { run, id, key, later, ledger } = await begin(makeThing(w))
    expect(await ledger(id)).toEqual(['make_thing: unknown'])
    for (let n = 0; n < 5; n += 1) await later(5_000)
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
    expect(await ledger(id)).toEqual(['make_thing: unknown'])
    await later(5_000)
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(2)
    expect(await run(id)).toMatchObject({ status: 'completed', context: { thing: key } })
  })

  it('that shows late is found before the attempt would be made again', async () => {
    const w = world()
    w.faults(broken('cut'))
    const { run, id, key, later } = await begin(makeThing(w))
    w.things.set(key, { ready: true })
    await later(5_000)
    expect((await run(id)).status).toBe('completed')
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  it('parks the run when the world will not say, and keeps why', async () => {
    const w = world()
    w.faults(broken('cut'), ...Array(50).fill(broken('no answer')))
    const { run, id, later } = await begin(makeThing(w))
    for (let n = 0; n < 10; n += 1) await later(60_000)
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'outcome_unknown:make_thing', step: 0 },
    })
  })

  it('is looked for once more when no worker was there until its deadline had passed', async () => {
    const w = world()
    w.faults(broken('cut'), broken('no answer'), broken('no answer'))
    const { run, id, key, later } = await begin(makeThing(w))
    await later(5_000)
    expect(w.calls.at(-1)).toBe(`find ${key}`)
    w.things.set(key, { ready: true })
    await later(3_600_000)
    expect((await run(id)).status).toBe('completed')
    expect(w.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  it('proved to have had no effect fails the step: the undo begins before it', async () => {
    const w = world()
    w.faults(refused('422'))
    const { run, id, ledger } = await begin(makeThing(w))
    expect(await ledger(id)).toEqual(['make_thing: failed'])
    expect((await run(id)).error).toEqual({
      reason: 'step_failed:make_thing',
      compensate_from_idx: -1,
    })
    expect(w.calls).toHaveLength(1)
  })

  it("is what the host's classifier says of its errors", async () => {
    const w = world()
    w.faults(broken('quota'))
    const thing = makeThing(w)
    const { engine, ledger } = simulatedEngine(database, {
      steps: [thing],
      classify: (error) =>
        error instanceof Error && error.message === 'quota'
          ? { effect: 'none', retryable: false }
          : undefined,
    })
    const { id } = await engine.startAdHoc([thing], {})
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['make_thing: failed'])
  })

  it('of a receipt that cannot be stored is looked up, and taken back', async () => {
    const w = world()
    const bad = step('bad_receipt', {
      key: ({ run }) => `bad-${run.tag}`,
      settles: 0,
      do: async ({ key }) => {
        await w.create(key)
        return { name: 'nul \u0000' }
      },
      find: async ({ key }) => w.find(key),
      undo: ({ key }) => w.remove(key),
    })
    const { engine, run } = simulatedEngine(database, { steps: [bad, fail] })
    const { id } = await engine.startAdHoc([bad, fail], {})
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(w.things.size).toBe(0)
  })
})

describe('the way back', () => {
  it('begins at the step itself when its outcome is unknown, and leaves nothing', async () => {
    const w = world()
    const thing = makeThing(w, { lostAnswers: true })
    w.isReady = async () => {
      w.calls.push('look')
      return false
    }
    const { run, id, later } = await begin(thing)
    for (let n = 0; n < 12; n += 1) await later(5_000)
    expect((await run(id)).status).toBe('rolled_back')
    expect(w.things.size).toBe(0)
  })

  it('tries an undo again, with attempts of its own, until it succeeds', async () => {
    const w = world()
    w.faults(pass, pass, broken('busy'), broken('busy'))
    const { run, id, later, engine } = await begin(makeThing(w), { thenFail: true })
    expect((await engine.get(id)).steps[0]).toMatchObject({
      status: 'compensating',
      attempts: 1,
      undoAttempts: 1,
      undoError: { message: 'busy' },
    })
    await later(1_000)
    await later(2_000)
    expect((await engine.get(id)).steps[0]).toMatchObject({
      status: 'compensated',
      undoAttempts: 3,
      undoError: null,
    })
    expect((await run(id)).status).toBe('rolled_back')
  })

  it('parks when an undo is exhausted, and does not pretend that nothing is left', async () => {
    const w = world()
    w.faults(pass, pass, broken('busy'), broken('busy'), broken('busy'))
    const { run, id, later, ledger, key } = await begin(makeThing(w), { thenFail: true })
    await later(1_000)
    await later(2_000)
    await later(4_000)
    expect(await run(id)).toMatchObject({
      status: 'parked',
      endedAt: null,
      parked: { reason: 'undo_exhausted:make_thing', step: 0 },
    })
    expect(await ledger(id)).toEqual(['make_thing: compensating', 'fail: failed'])
    expect(w.things.has(key)).toBe(true)
  })

  it('passes over an exhausted undo where the step says so, and the run names what is left', async () => {
    const w = world()
    w.faults(pass, pass, broken('busy'))
    const { run, id, later, ledger, key } = await begin(
      makeThing(w, { undoOptions: { retry: { attempts: 1 }, onExhausted: 'continue' } }),
      { thenFail: true },
    )
    await later(60_000)
    expect(await run(id)).toMatchObject({
      status: 'failed',
      error: { left_behind: [{ idx: 0, name: 'make_thing', key }] },
    })
    expect(await ledger(id)).toEqual(['make_thing: compensation_failed', 'fail: failed'])
  })

  it('waits for an undo that answers pending, within its deadline', async () => {
    let answers = 0
    const slow = step('slow_undo', {
      idempotent: true,
      do: () => undefined,
      undo: () => {
        answers += 1
        return answers < 3 ? pending : undefined
      },
      undoOptions: { every: '10s', deadline: '1h' },
    })
    const { engine, clock, run } = simulatedEngine(database, { steps: [slow, fail] })
    const { id } = await engine.startAdHoc([slow, fail], {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', direction: 'undo' })
    clock.advance(10_000)
    await worker.tick()
    clock.advance(10_000)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect((await engine.get(id)).steps[0]).toMatchObject({ undoAttempts: 1 })
  })

  it('asks an undo that answered pending once more when no worker was there past its deadline', async () => {
    let gone = false
    const slow = step('slow_undo', {
      idempotent: true,
      do: () => undefined,
      undo: () => (gone ? undefined : pending),
      undoOptions: { every: '10s', deadline: '1h' },
    })
    const { engine, clock, run } = simulatedEngine(database, { steps: [slow, fail] })
    const { id } = await engine.startAdHoc([slow, fail], {})
    const worker = engine.createWorker()
    await worker.tick()
    gone = true
    clock.advance(7_200_000)
    await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')

    gone = false
    const { id: never } = await engine.startAdHoc([slow, fail], {})
    await worker.tick()
    clock.advance(7_200_000)
    await worker.tick()
    expect((await run(never)).parked).toEqual({ reason: 'undo_exhausted:slow_undo', step: 0 })
  })

  it('stops at a pivot: what comes after it goes forward or parks', async () => {
    const pivot = step('pivot', { effect: 'pivot', idempotent: true, do: () => undefined })
    const { engine, run, ledger } = simulatedEngine(database, { steps: [pivot, fail] })
    const { id } = await engine.startAdHoc([pivot, fail], {})
    await engine.createWorker().tick()
    expect(await run(id)).toMatchObject({
      status: 'parked',
      parked: { reason: 'step_failed:fail', step: 1 },
    })
    expect(await ledger(id)).toEqual(['pivot: completed', 'fail: failed'])
  })
})
