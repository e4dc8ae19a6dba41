import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { type Engine, InvalidInput, type Priority, saga, step, type Worker } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** An engine of three kinds; `order` says which runs were begun, by the names they were given. */
function threeKinds() {
  const order: string[] = []
  const note = step('note', {
    effect: 'read',
    input: z.object({ name: z.string() }),
    do: ({ input }) => void order.push(input.name),
  })
  const sagas = ['apple', 'beet', 'corn'].map((kind) =>
    saga(kind, z.object({ name: z.string() })).step(note),
  )
  const simulated = simulatedEngine(database, { sagas })
  return {
    ...simulated,
    order,
    /** Each due a millisecond after the one before. */
    async start(kind: string, name: string, priority?: Priority) {
      simulated.clock.advance(1)
      await simulated.engine.startKind(kind, { name }, priority === undefined ? {} : { priority })
    },
  }
}

/** Runs what is due, one claim for `room` runs after the other. */
async function byTurns(
  engine: Engine,
  room: number,
  worker: Worker = engine.createWorker({ concurrency: room }),
) {
  while ((await worker.tick()).claimed > 0);
}

describe('what is due', () => {
  it('is taken by priority, whatever its kind and however long it waits', async () => {
    const { engine, start, order } = threeKinds()
    await start('apple', 'low apple', 'low')
    await start('apple', 'normal apple')
    await start('beet', 'normal beet', 'normal')
    await start('corn', 'high corn', 'high')
    await start('beet', 'high beet', 'high')
    await byTurns(engine, 1)
    expect(order.slice(0, 2).sort()).toEqual(['high beet', 'high corn'])
    expect(order.slice(2, 4).sort()).toEqual(['normal apple', 'normal beet'])
    expect(order[4]).toBe('low apple')
  })

  it('is taken the oldest first within its kind', async () => {
    const { engine, start, order } = threeKinds()
    for (const name of ['first', 'second', 'third']) await start('apple', name)
    await byTurns(engine, 1)
    expect(order).toEqual(['first', 'second', 'third'])
  })

  it('is taken in turn between kinds in one claim, however much there is of another', async () => {
    const { engine, start, order } = threeKinds()
    for (let n = 0; n < 20; n += 1) await start('apple', `apple ${n}`)
    for (let n = 0; n < 2; n += 1) await start('beet', `beet ${n}`)
    await start('corn', 'corn 0')
    await engine.createWorker({ concurrency: 6 }).tick()
    expect(order.sort()).toEqual(['apple 0', 'apple 1', 'apple 2', 'beet 0', 'beet 1', 'corn 0'])
  })

  it('is taken in turn from claim to claim, where there is room for one at a time', async () => {
    const { engine, start, order } = threeKinds()
    for (let n = 0; n < 5; n += 1) await start('apple', `apple ${n}`)
    for (let n = 0; n < 2; n += 1) await start('beet', `beet ${n}`)
    await start('corn', 'corn 0')
    await byTurns(engine, 1)
    expect(order).toEqual([
      'apple 0',
      'beet 0',
      'corn 0',
      'apple 1',
      'beet 1',
      'apple 2',
      'apple 3',
      'apple 4',
    ])
  })

  it('is shared out evenly where the room is for less than a round', async () => {
    const { engine, start, order } = threeKinds()
    for (let n = 0; n < 9; n += 1) {
      for (const kind of ['apple', 'beet']) await start(kind, kind)
    }
    const worker = engine.createWorker({ concurrency: 3 })
    for (let n = 0; n < 4; n += 1) await worker.tick()
    expect(order.filter((name) => name === 'apple')).toHaveLength(6)
    expect(order.filter((name) => name === 'beet')).toHaveLength(6)
  })
})

describe('a priority', () => {
  it('is stored with the run, and normal where none is given', async () => {
    const { engine, start } = threeKinds()
    await start('apple', 'a', 'high')
    await start('apple', 'b')
    await start('apple', 'c', 'low')
    const { data } = await engine.list()
    expect(data.map(({ priority }) => priority)).toEqual([-1, 0, 1])
  })

  it('that is none is refused, and nothing is started', async () => {
    const { engine } = threeKinds()
    const given: { readonly priority: Priority } = JSON.parse('{"priority":"urgent"}')
    const started = engine.startKind('apple', { name: 'a' }, given)
    await expect(started).rejects.toBeInstanceOf(InvalidInput)
    await expect(started).rejects.toThrow('priority: "urgent" is none; give "high", "normal" or')
    expect((await engine.list()).data).toEqual([])
  })
})
