import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { child, DefinitionError, echo, saga, signal, step, UnstorableValue } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

/** A text whose JSON takes so many bytes. */
const bytes = (count: number) => 'x'.repeat(count - 2)

/** A step that gives a text of that size under its name, and can be told to be undone. */
function giving(name: string, size: number, undone: string[] = []) {
  return step(name, {
    input: z.object({}),
    idempotent: true,
    do: () => ({ [name]: bytes(size) }),
    undo: () => void undone.push(name),
  })
}

describe('a value over the limit', () => {
  const small = { payloadLimits: { valueBytes: 100 } }
  const says =
    /takes \d+ bytes as JSON, which is more than 100 bytes \(payloadLimits\.valueBytes\); store it elsewhere and keep a reference/

  it('as an input is refused at the start, with its size and what to do', async () => {
    const { engine } = simulatedEngine(database, { ...small, steps: [echo] })
    const started = engine.startAdHoc([echo], { message: 'é'.repeat(50) })
    await expect(started).rejects.toThrow(UnstorableValue)
    await expect(started).rejects.toThrow(says)
    await expect(started).rejects.toThrow('it takes 114 bytes')
    await expect(
      engine.startAdHoc([{ name: 'echo', input: { message: bytes(200) } }], {}),
    ).rejects.toThrow(says)
  })

  it('may be raised, for the items of an each as well', async () => {
    const item = step('item', {
      input: z.object({ text: z.string() }),
      effect: 'read',
      do: ({ input: { text } }) => ({ length: text.length }),
    })
    const size = 1_500_000
    const items = ({ count }: { count: number }) =>
      Array.from({ length: count }, () => ({ text: bytes(size) }))
    const list = saga('large_items', z.object({ count: z.number() })).each('lengths', items, item)
    const refused = simulatedEngine(database, { sagas: [list] })
    await expect(refused.engine.start(list, { count: 1 })).rejects.toThrow('item 0 of "lengths"')
    const { engine, run } = simulatedEngine(database, {
      sagas: [list],
      payloadLimits: { valueBytes: 2 * size },
    })
    const { id } = await engine.start(list, { count: 1 })
    await engine.createWorker().tick()
    expect((await run(id)).context).toEqual({ lengths: [{ length: size - 2 }] })
    await expect(engine.start(list, { count: 6 })).rejects.toThrow(
      /its input and plan would bring the saga to 9\d{6} bytes as JSON, of at most 8388608 \(payloadLimits\.contextBytes\)/,
    )
  })

  it('as an output after an effect is not kept, and the effect is taken back', async () => {
    const undone: string[] = []
    const large = giving('large', 200, undone)
    const { engine, ledger } = simulatedEngine(database, { ...small, steps: [large] })
    const { id } = await engine.startAdHoc([large], {})
    await engine.createWorker().tick()
    const { run, steps } = await engine.get(id)
    expect(run).toMatchObject({ status: 'rolled_back', error: { reason: 'step_failed:large' } })
    expect(await ledger(id)).toEqual(['large: compensated'])
    expect(undone).toEqual(['large'])
    expect(steps[0]?.error?.message).toMatch(says)
  })

  it('as the payload of a signal is refused where it is sent', async () => {
    const waits = signal('answer', { payload: z.object({ text: z.string() }) })
    const asking = saga('asking', z.object({})).step(waits)
    const { engine, run } = simulatedEngine(database, { ...small, sagas: [asking] })
    const { id } = await engine.start(asking, {})
    const worker = engine.createWorker()
    await worker.tick()
    await expect(engine.signal(id, 'answer', { payload: { text: bytes(200) } })).rejects.toThrow(
      says,
    )
    await engine.signal(id, 'answer', { payload: { text: 'short' } })
    await worker.tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('a run over the limit of what it may hold', () => {
  const small = { payloadLimits: { valueBytes: 1_000, contextBytes: 2_500 } }

  it('takes back the effect that would bring it there, and those before', async () => {
    const undone: string[] = []
    const [a, b] = [giving('a', 900, undone), giving('b', 900, undone)]
    const { engine, ledger } = simulatedEngine(database, { ...small, steps: [a, b] })
    const { id } = await engine.startAdHoc([a, b], {})
    await engine.createWorker().tick()
    const { run, steps } = await engine.get(id)
    expect(run.status).toBe('rolled_back')
    expect(await ledger(id)).toEqual(['a: compensated', 'b: compensated'])
    expect(undone).toEqual(['b', 'a'])
    expect(steps[1]?.error?.code).toBe('context_too_large')
    expect(steps[1]?.error?.message).toMatch(
      /^what do of step "b" gave would bring the saga to 37\d\d bytes as JSON, of at most 2500 \(payloadLimits\.contextBytes\).*store what is large elsewhere and keep references/,
    )
  })

  it('is what it holds, not what passes through it: a later run of the same is none the worse', async () => {
    const a = giving('a', 900)
    const { engine, run } = simulatedEngine(database, { ...small, steps: [a] })
    const started = [await engine.startAdHoc([a], {}), await engine.startAdHoc([a], {})]
    await engine.createWorker().tick()
    for (const { id } of started) expect((await run(id)).status).toBe('completed')
  })

  it('begins no step with what came from a child, and has the child taken back', async () => {
    const undone: string[] = []
    const own = saga('large_child', z.object({}))
      .step(giving('a', 450, undone))
      .step(giving('b', 450, undone))
      .step(giving('c', 450, undone))
    const parent = saga('large_parent', z.object({}))
      .step(child(own, { name: 'one', as: 'one' }))
      .step(child(own, { name: 'two', as: 'two' }))
      .step(giving('after', 10, undone))
    const { engine, run, ledger } = simulatedEngine(database, {
      // What a child gives is in its own ledger twice, for it is receipt and output; here once.
      payloadLimits: { valueBytes: 500, contextBytes: 2_800 },
      sagas: [parent],
    })
    const { id } = await engine.start(parent, {})
    const worker = engine.createWorker()
    for (let n = 0; n < 12; n += 1) await worker.tick()
    expect((await run(id)).status).toBe('rolled_back')
    expect(await ledger(id)).toEqual(['one: compensated', 'two: compensated', 'after: failed'])
    expect((await engine.get(id)).steps[2]?.error?.message).toMatch(
      /^step "after" would bring the saga to 2\d{3} bytes/,
    )
    expect(undone).toEqual(['c', 'b', 'a', 'c', 'b', 'a'])
  })
})

describe('limits that are none', () => {
  it.each([
    [{ valueBytes: 0 }, 'payloadLimits.valueBytes: 0 is not a whole number'],
    [{ contextBytes: 1.5 }, 'payloadLimits.contextBytes: 1.5 is not a whole number'],
    [{ valueBytes: 100, contextBytes: 99 }, 'less than the 100 bytes that a single value may take'],
  ])('are refused: %o', (payloadLimits, says) => {
    const make = () => simulatedEngine(database, { payloadLimits })
    expect(make).toThrow(DefinitionError)
    expect(make).toThrow(says)
  })
})
