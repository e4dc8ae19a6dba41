import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, DefinitionError, echo, saga, step, UnknownVersion } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: what waits for nobody here would be stranded there.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

function noted(name: string, notes: string[]) {
  return step(name, { effect: 'read', do: ({ run }) => void notes.push(`${name} ${run.id}`) })
}

/** Two versions of one kind, with other steps; `notes` says which steps were run of which run. */
function twoVersions() {
  const notes: string[] = []
  const [measure, cut, glue] = ['measure', 'cut', 'glue'].map((name) => noted(name, notes))
  if (measure === undefined || cut === undefined || glue === undefined) throw new RangeError()
  const v1 = saga('shelf', z.object({})).step(measure).step(cut)
  const v2 = saga('shelf', z.object({}), { version: 2 }).step(cut).step(glue)
  return { v1, v2, notes }
}

describe('two versions of a kind', () => {
  it('run side by side, each run with the steps of its own', async () => {
    const { v1, v2, notes } = twoVersions()
    const { engine, run } = simulatedEngine(database, { sagas: [v2, v1] })
    const { id: old } = await engine.start(v1, {})
    const { id: young } = await engine.start(v2, {})
    expect(await engine.createWorker().tick()).toEqual({ claimed: 2 })
    expect(await run(old)).toMatchObject({ status: 'completed', version: 1 })
    expect(await run(young)).toMatchObject({ status: 'completed', version: 2 })
    expect(notes.filter((note) => note.endsWith(old))).toEqual([`measure ${old}`, `cut ${old}`])
    expect(notes.filter((note) => note.endsWith(young))).toEqual([`cut ${young}`, `glue ${young}`])
  })

  it('are started as the newest by name, and by a schedule', async () => {
    const { v1, v2 } = twoVersions()
    const { engine, clock } = simulatedEngine(database, { sagas: [v2, v1] })
    expect((await engine.startKind('shelf', {})).run.version).toBe(2)
    await engine.ensureSchedule({ name: 'daily', cron: '0 0 * * *', kind: 'shelf', input: {} })
    clock.advance(24 * 3_600_000)
    await engine.createWorker().tick()
    const { data } = await engine.list({ kind: 'shelf' })
    expect(data.map(({ version, startedBy }) => [version, startedBy])).toEqual([
      [2, 'schedule:daily'],
      [2, null],
    ])
  })

  it('share their start keys: a request that is repeated after a deploy makes no second run', async () => {
    const { v1, v2 } = twoVersions()
    const before = simulatedEngine(database, { sagas: [v1] })
    const { id } = await before.engine.start(v1, {}, { key: 'request' })
    const after = simulatedEngine(database, { sagas: [v1, v2] })
    expect(await after.engine.startKind('shelf', {}, { key: 'request' })).toMatchObject({
      id,
      created: false,
      run: { version: 1 },
    })
  })

  it('are refused where they are the same version', () => {
    const { v1, v2 } = twoVersions()
    const engine = (...sagas: (typeof v1 | typeof v2)[]) => simulatedEngine(database, { sagas })
    expect(() => engine(v1, v2, v1)).toThrow(DefinitionError)
    expect(() => engine(v1, v1)).toThrow('two sagas of kind "shelf" and version 1')
  })

  it('are not started where they are not known', async () => {
    const { v1, v2 } = twoVersions()
    const { engine } = simulatedEngine(database, { sagas: [v1] })
    await expect(engine.start(v2, {})).rejects.toBeInstanceOf(UnknownVersion)
    await expect(engine.start(v2, {})).rejects.toThrow(
      'no version 2 of saga "shelf" in this engine; known versions: 1',
    )
    expect((await engine.list()).data).toEqual([])
  })
})

describe('a run that no worker knows', () => {
  it('waits, is visible, and runs once a worker knows it', async () => {
    const { v1, v2 } = twoVersions()
    const young = simulatedEngine(database, { sagas: [v1, v2] })
    const { id } = await young.engine.start(v2, {})
    const old = simulatedEngine(database, { sagas: [v1], clock: young.clock })
    const worker = old.engine.createWorker()
    expect(await worker.tick()).toEqual({ claimed: 0 })
    expect(await old.run(id)).toMatchObject({ status: 'pending', epoch: 0 })
    const stranded = [
      {
        kind: 'shelf',
        version: 2,
        reservedFor: null,
        missingSteps: [],
        count: 1,
        oldestDueAt: young.clock.now(),
      },
    ]
    expect(await old.engine.stranded()).toEqual(stranded)
    expect(await young.engine.stranded()).toEqual(stranded)
    expect(await young.engine.createWorker().tick()).toEqual({ claimed: 1 })
    expect((await old.run(id)).status).toBe('completed')
    expect(await old.engine.stranded()).toEqual([])
  })

  it('is not stranded while a live worker of any engine knows it, or it is not due', async () => {
    const { v1, v2 } = twoVersions()
    const young = simulatedEngine(database, { sagas: [v2] })
    const { clock } = young
    const old = simulatedEngine(database, { sagas: [v1], clock })
    const worker = young.engine.createWorker()
    await worker.tick()
    await young.engine.start(v2, {})
    await young.engine.start(v2, {})
    expect(await old.engine.stranded()).toEqual([])
    clock.advance(10_000)
    expect(await old.engine.stranded()).toEqual([])
    clock.advance(1)
    expect(await old.engine.stranded()).toMatchObject([{ version: 2, count: 2 }])
    await database.pool.query(`update saga.saga_runs set wake_at = wake_at + interval '1 day'`)
    expect(await old.engine.stranded()).toEqual([])
  })

  it('is stranded too where its own worker was lost in the middle of it', async () => {
    const { v1, v2 } = twoVersions()
    const young = simulatedEngine(database, { sagas: [v2] })
    const { clock, store } = young
    const { id } = await young.engine.start(v2, {})
    await store.renewLease({ worker: 'lost', name: 'lost', leaseMs: 1_000, first: true })
    const kinds = [{ kind: 'shelf', version: 2 }]
    await store.claimRuns({ worker: 'lost', name: 'lost', kinds, steps: [], limit: 1 })
    const old = simulatedEngine(database, { sagas: [v1], clock })
    expect(await old.engine.stranded()).toEqual([])
    const leaseUntil = clock.now() + 1_000
    clock.advance(1_001)
    expect(await old.engine.createWorker().tick()).toEqual({ claimed: 0 })
    expect((await old.run(id)).epoch).toBe(1)
    expect(await old.engine.stranded()).toMatchObject([
      { kind: 'shelf', version: 2, count: 1, oldestDueAt: leaseUntil },
    ])
  })

  it('because it is reserved for one that is not there says for which', async () => {
    const { v1 } = twoVersions()
    const { engine, run } = simulatedEngine(database, { sagas: [v1] })
    const { id } = await engine.start(v1, {}, { reservedFor: 'the mover' })
    expect(await engine.createWorker({ name: 'another' }).tick()).toEqual({ claimed: 0 })
    expect(await engine.stranded()).toMatchObject([
      { kind: 'shelf', version: 1, reservedFor: 'the mover', count: 1 },
    ])
    await engine.createWorker({ name: 'the mover' }).tick()
    expect((await run(id)).status).toBe('completed')
    expect(await engine.stranded()).toEqual([])
    await expect(engine.start(v1, {}, { reservedFor: '' })).rejects.toThrow('reservedFor')
  })
})

describe('a list of steps', () => {
  it('is claimed only by a worker that knows all of them, and says which are missing', async () => {
    const notes: string[] = []
    const saw = noted('saw', notes)
    const sand = noted('sand', notes)
    const whole = simulatedEngine(database, { steps: [saw, sand, echo] })
    const { clock } = whole
    const { id } = await whole.engine.startAdHoc([echo, sand, echo, saw], {})
    await whole.engine.startAdHoc([sand, echo, saw], {})
    const cut = simulatedEngine(database, { steps: [echo, saw], clock })
    expect(await cut.engine.createWorker().tick()).toEqual({ claimed: 0 })
    expect(await cut.run(id)).toMatchObject({ status: 'pending', epoch: 0 })
    expect(await cut.engine.stranded()).toMatchObject([
      { kind: 'ad_hoc', version: 1, missingSteps: ['sand'], count: 2 },
    ])
    const { id: known } = await cut.engine.startAdHoc([saw, echo], {})
    expect(await cut.engine.createWorker().tick()).toEqual({ claimed: 1 })
    expect((await cut.run(known)).status).toBe('completed')
    await whole.engine.createWorker().tick()
    expect((await whole.run(id)).status).toBe('completed')
    expect(await whole.engine.stranded()).toEqual([])
  })

  it('that no single worker knows all of is stranded, though each step is known', async () => {
    const notes: string[] = []
    const [saw, sand] = [noted('saw', notes), noted('sand', notes)]
    const whole = simulatedEngine(database, { steps: [saw, sand] })
    await whole.engine.startAdHoc([saw, sand], {})
    for (const known of [saw, sand]) {
      const { engine } = simulatedEngine(database, { steps: [known], clock: whole.clock })
      expect(await engine.createWorker().tick()).toEqual({ claimed: 0 })
    }
    expect(await whole.engine.stranded()).toMatchObject([{ count: 1, missingSteps: [] }])
    expect(notes).toEqual([])
  })

  it('is left where it is by a worker that does not know it, signalled or orphaned too', async () => {
    const saw = noted('saw', [])
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [saw] })
    const { id: signalled } = await engine.startAdHoc([saw], {}, { reservedFor: 'nobody yet' })
    await engine.cancel(signalled)
    const { id: cancelled } = await engine.startAdHoc([saw], {})
    const { id: orphan } = await engine.startAdHoc([saw], {}, { reservedFor: 'lost' })
    await store.renewLease({ worker: 'lost', name: 'lost', leaseMs: 1_000, first: true })
    const kinds = [{ kind: 'ad_hoc', version: 1 }]
    const lost = { worker: 'lost', name: 'lost', kinds, limit: 9 }
    expect((await store.claimRuns({ ...lost, steps: [] })).runs).toEqual([])
    expect((await store.claimRuns({ ...lost, steps: ['saw'] })).runs).toHaveLength(2)
    clock.advance(1_001)
    await engine.cancel(cancelled)
    await database.pool.query("update saga.saga_runs set reserved_for = null, reserved = ''")
    const { engine: other } = simulatedEngine(database, { steps: [echo], clock })
    expect(await other.createWorker().tick()).toEqual({ claimed: 0 })
    await engine.createWorker().tick()
    expect((await run(orphan)).epoch).toBe(2)
    expect((await run(cancelled)).status).toBe('rolled_back')
    expect((await run(signalled)).status).toBe('rolled_back')
  })
})

it('what nobody knows blocks nobody, however much of it is due', async () => {
  const { v1, v2 } = twoVersions()
  const young = simulatedEngine(database, { sagas: [v2] })
  const unknown = noted('unknown', [])
  const lists = createEngine({ store: young.store, clock: young.clock, steps: [unknown] })
  for (let n = 0; n < 20; n += 1) {
    await young.engine.start(v2, {}, { priority: 'high' })
    await lists.startAdHoc([unknown], {}, { priority: 'high' })
    await young.engine.start(v2, {}, { priority: 'high', reservedFor: 'nobody' })
  }
  young.clock.advance(1)
  const old = simulatedEngine(database, { sagas: [v1], clock: young.clock })
  const { id } = await old.engine.start(v1, {}, { priority: 'low' })
  expect(await old.engine.createWorker({ concurrency: 1 }).tick()).toEqual({ claimed: 1 })
  expect((await old.run(id)).status).toBe('completed')
})
