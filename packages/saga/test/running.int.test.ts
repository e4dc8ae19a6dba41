import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  echo,
  fail,
  InvalidInput,
  RunNotFound,
  StartKeyConflict,
  StepFailed,
  saga,
  step,
  UnknownKind,
  UnknownStep,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

const greeting = saga('greeting', z.object({ message: z.string() })).step(echo)

describe('a list of steps', () => {
  it('runs to its end, and the outputs accumulate', async () => {
    const { engine, run, ledger, history } = simulatedEngine(database, { steps: [echo, fail] })
    const { id } = await engine.startAdHoc([echo, echo, echo], {})
    await engine.createWorker().tick()
    expect(await run(id)).toMatchObject({
      kind: 'ad_hoc',
      status: 'completed',
      error: null,
      context: { echoed_at_step_0: 'hello', echoed_at_step_1: 'hello', echoed_at_step_2: 'hello' },
    })
    expect(await ledger(id)).toEqual(['echo: completed', 'echo: completed', 'echo: completed'])
    expect(await history(id)).toEqual([
      'run_created',
      'run_claimed',
      ...[0, 1, 2].flatMap((idx) => [
        `step_opened ${idx}`,
        `step_issued ${idx}`,
        `step_completed ${idx}`,
      ]),
      'run_completed',
    ])
  })

  it('is taken back from the end when a step fails', async () => {
    const { engine, run, ledger } = simulatedEngine(database, { steps: [echo, fail] })
    const { id } = await engine.startAdHoc([echo, echo, fail], {})
    await engine.createWorker().tick()
    const { status, error } = await run(id)
    expect({ status, error }).toEqual({
      status: 'rolled_back',
      error: { compensate_from_idx: 1, reason: 'step_failed:fail' },
    })
    expect(await ledger(id)).toEqual(['echo: compensated', 'echo: compensated', 'fail: failed'])
  })

  it('undoes in the order opposite to how it did', async () => {
    const seen: string[] = []
    const mark = (name: string) =>
      step(name, {
        idempotent: true,
        do: () => void seen.push(`do ${name}`),
        undo: () => void seen.push(`undo ${name}`),
      })
    const { engine } = simulatedEngine(database, { steps: [mark('a'), mark('b'), fail] })
    await engine.startAdHoc([{ name: 'a' }, { name: 'b' }, { name: 'fail' }], {})
    await engine.createWorker().tick()
    expect(seen).toEqual(['do a', 'do b', 'undo b', 'undo a'])
  })

  it('gives each place its own input, over that of the run', async () => {
    const { engine, run } = simulatedEngine(database, { steps: [echo] })
    const { id } = await engine.startAdHoc(
      [{ name: 'echo' }, { name: 'echo', input: { message: 'bye' } }],
      { message: 'hi' },
    )
    await engine.createWorker().tick()
    expect((await run(id)).context).toEqual({ echoed_at_step_0: 'hi', echoed_at_step_1: 'bye' })
  })

  it('fails a step whose input its schema refuses, without calling it', async () => {
    const { engine, ledger } = simulatedEngine(database, { steps: [echo] })
    const { id } = await engine.startAdHoc(
      [{ name: 'echo' }, { name: 'echo', input: { message: 7 } }],
      {},
    )
    await engine.createWorker().tick()
    expect(await ledger(id)).toEqual(['echo: compensated', 'echo: failed'])
    const { steps } = await engine.get(id)
    expect(steps[1]?.error).toEqual({
      code: 'invalid_input',
      message: 'the input of step "echo" is not valid: message: give text',
    })
  })
})

describe('a start', () => {
  it('with the same key and input gives the same run', async () => {
    const { engine } = simulatedEngine(database, { sagas: [greeting] })
    const first = await engine.start(greeting, { message: 'a' }, { key: 'same' })
    const second = await engine.start(greeting, { message: 'a' }, { key: 'same' })
    expect([first.created, second.created, second.id]).toEqual([true, false, first.id])
  })

  it('with the same key and another input is refused', async () => {
    const { engine } = simulatedEngine(database, { sagas: [greeting], steps: [echo] })
    const { id } = await engine.start(greeting, { message: 'a' }, { key: 'other' })
    const again = engine.start(greeting, { message: 'b' }, { key: 'other' })
    await expect(again).rejects.toThrow(new StartKeyConflict('other', id))
    await expect(
      engine.startAdHoc([echo], { message: 'a' }, { key: 'other' }),
    ).rejects.toBeInstanceOf(StartKeyConflict)
  })

  it('made twice at once makes one run', async () => {
    const { engine } = simulatedEngine(database, { sagas: [greeting] })
    const started = await Promise.all(
      Array.from({ length: 8 }, () => engine.start(greeting, { message: 'a' }, { key: 'race' })),
    )
    expect(new Set(started.map(({ id }) => id)).size).toBe(1)
    expect(started.filter(({ created }) => created)).toHaveLength(1)
  })

  it("in the caller's transaction is there only when that commits", async () => {
    const { engine } = simulatedEngine(database, { sagas: [greeting] })
    const tx = await database.pool.connect()
    try {
      await tx.query('begin')
      const { id } = await engine.start(greeting, { message: 'a' }, { tx })
      await expect(engine.get(id)).rejects.toBeInstanceOf(RunNotFound)
      await tx.query('rollback')
      await expect(engine.get(id)).rejects.toBeInstanceOf(RunNotFound)
      await tx.query('begin')
      const kept = await engine.start(greeting, { message: 'a' }, { tx })
      await tx.query('commit')
      expect((await engine.get(kept.id)).run.status).toBe('pending')
    } finally {
      tx.release()
    }
  })

  it('is refused, with the path of the fault, when the input is not valid', async () => {
    const { engine } = simulatedEngine(database, { sagas: [greeting], steps: [echo] })
    await expect(engine.startKind('greeting', { message: 1 })).rejects.toThrow(
      'the input is not valid: message: Invalid input: expected string, received number',
    )
    await expect(engine.startKind('nothing', {})).rejects.toBeInstanceOf(UnknownKind)
    await expect(engine.startKind('ad_hoc', {})).rejects.toBeInstanceOf(InvalidInput)
    await expect(engine.startAdHoc([], {})).rejects.toBeInstanceOf(InvalidInput)
    await expect(engine.startAdHoc([{ name: 'nothing' }], {})).rejects.toBeInstanceOf(UnknownStep)
    await expect(engine.startKind('greeting', { message: 'a\u0000b' })).rejects.toThrow('U+0000')
    await expect(engine.startKind('greeting', { message: 'x'.repeat(2 ** 21) })).rejects.toThrow(
      'more than 1048576 bytes',
    )
  })

  it('for a worker by name is left alone by all others', async () => {
    const { engine, run } = simulatedEngine(database, { steps: [echo] })
    const { id } = await engine.startAdHoc([echo], {}, { reservedFor: 'the-test' })
    await engine.createWorker({ name: 'another' }).tick()
    expect((await run(id)).status).toBe('pending')
    await engine.createWorker({ name: 'the-test' }).tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a list of runs', () => {
  it('pages by status and kind, newest first', async () => {
    const { engine } = simulatedEngine(database, {
      sagas: [saga('listed', z.object({})).step(echo)],
    })
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.unshift((await engine.startKind('listed', {})).id)
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await engine.list({
        kind: 'listed',
        status: 'pending',
        limit: 2,
        ...(cursor == null ? {} : { cursor }),
      })
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(ids)
    await expect(engine.list({ cursor: 'x' })).rejects.toBeInstanceOf(InvalidInput)
  })
})

describe('a failed attempt', () => {
  it('without an effect is made again after a growing wait, as often as allowed', async () => {
    const attempts: number[] = []
    const flaky = step('flaky', {
      effect: 'read',
      retry: { attempts: 3, initial: '1s', factor: 2, jitter: 0 },
      do: ({ attempt }) => {
        attempts.push(attempt)
        if (attempt < 3) throw new StepFailed('not yet', { retryable: true })
        return { flew: true }
      },
    })
    const { engine, clock, run, history } = simulatedEngine(database, { steps: [flaky] })
    const { id } = await engine.startAdHoc([flaky], {})
    const worker = engine.createWorker()
    await worker.tick()
    expect(await run(id)).toMatchObject({ status: 'waiting', waitsFor: 'time' })
    clock.advance(999)
    expect(await worker.tick()).toEqual({ claimed: 0 })
    clock.advance(1)
    await worker.tick()
    clock.advance(1_999)
    expect(await worker.tick()).toEqual({ claimed: 0 })
    clock.advance(1)
    await worker.tick()
    expect(attempts).toEqual([1, 2, 3])
    expect(await run(id)).toMatchObject({ status: 'completed', context: { flew: true } })
    expect(await history(id)).toContain('step_retrying 0')
  })

  it('fails the step when no attempt is left, and the error is kept', async () => {
    const flaky = step('flaky', {
      effect: 'read',
      retry: { attempts: 2, initial: '1s' },
      do: (): undefined => {
        throw new StepFailed('no luck', { retryable: true })
      },
    })
    const { engine, clock, ledger } = simulatedEngine(database, { steps: [flaky] })
    const { id } = await engine.startAdHoc([flaky], {})
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(1_000)
    await worker.tick()
    expect(await ledger(id)).toEqual(['flaky: failed'])
    const { steps, run } = await engine.get(id)
    expect(steps[0]).toMatchObject({ attempts: 2, error: { message: 'no luck' } })
    expect(run.error).toEqual({ compensate_from_idx: -1, reason: 'step_failed:flaky' })
  })
})
