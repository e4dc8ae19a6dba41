import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { Fenced } from '../src/core/errors.ts'
import { silentLog } from '../src/core/log.ts'
import { commit } from '../src/engine/commit.ts'
import { GroupCommit, type GroupCommitOptions } from '../src/engine/group-commit.ts'
import { createEngine, type Flush, fail, type Run, type Store, saga, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { heldRuns, patchOf, poison } from './held-runs.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const sure = () => {}

/** Held runs, a committer for them whose statements a test can hold up, and the size of each. */
async function committer(count: number, options: GroupCommitOptions = {}) {
  const runs = await heldRuns(database, count)
  const sizes: number[] = []
  const gates: Promise<void>[] = []
  const errors: unknown[] = []
  const store: Store = {
    ...runs.store,
    async commitRuns(params) {
      sizes.push(params.commits.length)
      await gates.shift()
      return runs.store.commitRuns(params)
    },
  }
  const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }
  const group = new GroupCommit({ store, clock: runs.clock, log }, options)
  return {
    ...runs,
    group,
    sizes,
    errors,
    /** The next statement that is not held up yet waits until the answer is called. */
    holdUp(): () => void {
      const gate = Promise.withResolvers<void>()
      gates.push(gate.promise)
      return gate.resolve
    },
    write: (run: Run, changes: Partial<Run> = {}) => group.write(patchOf(run, changes), sure),
  }
}

describe('a patch', () => {
  it('is written at once when nothing is in flight; then others gather, and go together', async () => {
    const { write, held, sizes, holdUp } = await committer(6)
    const release = holdUp()
    const writes = held.map((run) => write(run))
    expect(sizes).toEqual([1])
    release()
    expect(await Promise.all(writes)).toEqual(Array(6).fill('committed'))
    expect(sizes).toEqual([1, 5])
  })

  it('goes with so many others at most, first come, first served', async () => {
    const { write, held, sizes, holdUp } = await committer(8, { most: 3 })
    const order: number[] = []
    const release = holdUp()
    const writes = held.map((run, n) => write(run).then(() => order.push(n)))
    release()
    await Promise.all(writes)
    expect(sizes).toEqual([1, 3, 3, 1])
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('of a run whose other patch is in a flush goes with the next', async () => {
    const { write, at, sizes, holdUp } = await committer(2)
    const release = holdUp()
    const first = write(at(0))
    const second = write(at(1))
    const third = write(at(1), { revision: at(1).revision + 1, eventSeq: at(1).eventSeq + 1 })
    release()
    expect(await Promise.all([first, second, third])).toEqual(Array(3).fill('committed'))
    expect(sizes).toEqual([1, 1, 1])
  })

  it('that is fenced does not keep the others in its flush from being written', async () => {
    const { write, at, holdUp } = await committer(4)
    const release = holdUp()
    const writes = [write(at(0)), write(at(1)), write(at(2), { epoch: 0 }), write(at(3))]
    release()
    expect(await Promise.all(writes)).toEqual(['committed', 'committed', 'fenced', 'committed'])
  })

  it('is written by itself, at once, where one is the most', async () => {
    const { write, held, sizes, holdUp } = await committer(3, { most: 1 })
    const releases = held.map(holdUp)
    const writes = held.map((run) => write(run))
    expect(sizes).toEqual([1, 1, 1])
    for (const release of releases) release()
    expect(await Promise.all(writes)).toEqual(Array(3).fill('committed'))
  })

  it('cannot go with less than one', () => {
    for (const most of [0, -1, 1.5]) {
      const { store, clock } = simulatedEngine(database)
      expect(() => new GroupCommit({ store, clock, log: silentLog }, { most })).toThrow(
        'cannot be written in a statement: give 1 or more',
      )
    }
  })
})

describe('a flush that takes its time', () => {
  it('is waited for by others for half a second, and no longer', async () => {
    const { write, held, at, sizes, holdUp, clock, written } = await committer(4)
    const release = holdUp()
    const [slow, ...others] = held.map((run) => write(run))
    clock.advance(499)
    expect(sizes).toEqual([1])
    clock.advance(1)
    expect(sizes).toEqual([1, 3])
    expect(await Promise.all(others)).toEqual(Array(3).fill('committed'))
    expect((await written(at(0))).revision).toBe(1)
    release()
    expect(await slow).toBe('committed')
  })

  it('and is answered while the next is in flight lets nobody else go beside that', async () => {
    const { write, at, sizes, holdUp, clock } = await committer(4)
    const [first, second] = [holdUp(), holdUp()]
    const writes = [write(at(0))]
    clock.advance(500)
    writes.push(write(at(1)), write(at(2)))
    first()
    await writes[0]
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(sizes).toEqual([1, 1])
    second()
    expect(await Promise.all([...writes, write(at(3))])).toEqual(Array(4).fill('committed'))
  })
})

describe('a patch that the database refuses', () => {
  it('fails alone: the others in its flush are written', async () => {
    const { group, held, write, at, sizes, holdUp, written } = await committer(9)
    const release = holdUp()
    const writes = held.map((run, n) =>
      n === 4 ? group.write(patchOf(run, {}, poison), sure) : write(run),
    )
    release()
    const results = await Promise.allSettled(writes)
    expect(results.map(({ status }) => status)).toEqual(
      held.map((_, n) => (n === 4 ? 'rejected' : 'fulfilled')),
    )
    expect(results[4]).toMatchObject({ reason: { code: '22P05' } })
    for (const [n, run] of held.entries()) {
      expect((await written(run)).revision).toBe(n === 4 ? 1 : 2)
    }
    expect(sizes).toEqual([1, 8, 4, 2, 2, 1, 1, 4])
    expect(await write(at(4))).toBe('committed')
  })

  it('in its process already, for a time that is no date, fails alone too', async () => {
    const { write, held, holdUp } = await committer(4)
    const release = holdUp()
    const writes = held.map((run, n) => write(run, n === 2 ? { endedAt: Number.NaN } : {}))
    release()
    const results = await Promise.allSettled(writes)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  it('for a constraint, or for being too much, is found half by half as well', async () => {
    for (const code of ['23514', '54000']) {
      const { held, store, clock } = await heldRuns(database, 4)
      const bad = held[2]?.id
      const refusing = {
        ...store,
        async commitRuns(params: Parameters<Store['commitRuns']>[0]) {
          if (params.commits.some(({ run }) => run.id === bad)) {
            throw Object.assign(new Error('refused'), { code })
          }
          return store.commitRuns(params)
        },
      }
      const group = new GroupCommit({ store: refusing, clock, log: silentLog })
      const results = await Promise.allSettled(held.map((run) => group.write(patchOf(run), sure)))
      expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: { code } },
      ])
    }
  })
})

describe('the lease', () => {
  it('is asked for when the statement is sent: a patch queued before it went is not sent', async () => {
    const { group, held, sizes, holdUp, written } = await committer(4)
    const lost = new Set<string>()
    const assertLease = (id: string) => {
      if (lost.has(id)) throw new Fenced(id)
    }
    const release = holdUp()
    const writes = held.map((run) => group.write(patchOf(run), assertLease))
    for (const run of held.slice(0, 2)) lost.add(run.id)
    release()
    const results = await Promise.allSettled(writes)
    expect(sizes).toEqual([1, 2])
    expect(results[0]).toMatchObject({ value: 'committed' })
    expect(results[1]).toMatchObject({ reason: { code: 'fenced' } })
    const revisions = []
    for (const run of held) revisions.push((await written(run)).revision)
    expect(revisions).toEqual([2, 1, 2, 2])
  })

  it('that went while a refused flush was being halved keeps the rest from being sent', async () => {
    const { store, held, clock, written } = await heldRuns(database, 4)
    let sure = true
    let sent = 0
    const group = new GroupCommit({
      clock,
      log: silentLog,
      store: {
        ...store,
        async commitRuns(params) {
          sent += 1
          try {
            return await store.commitRuns(params)
          } finally {
            if (sent === 3) sure = false
          }
        },
      },
    })
    const assertLease = (id: string) => {
      if (!sure) throw new Fenced(id)
    }
    const writes = held.map((run, n) =>
      group.write(patchOf(run, {}, n === 3 ? poison : {}), assertLease),
    )
    const results = await Promise.allSettled(writes)
    // One; three that are refused; the first two of them; the last is not sent any more.
    expect(sent).toBe(3)
    expect(results[3]).toMatchObject({ reason: { code: 'fenced' } })
    const revisions = []
    for (const run of held) revisions.push((await written(run)).revision)
    expect(revisions).toEqual([2, 2, 2, 1])
  })

  it('of a worker that loses it while its patches wait: they are not sent after', async () => {
    const release = Promise.withResolvers<void>()
    const noop = step('noop', { idempotent: true, do: () => undefined, undo: () => {} })
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [noop] })
    const sizes: number[] = []
    const slow = createEngine({
      clock,
      steps: [noop],
      store: {
        ...store,
        async commitRuns(params) {
          sizes.push(params.commits.length)
          if (sizes.length === 1) await release.promise
          return store.commitRuns(params)
        },
      },
    })
    const ids = []
    for (let n = 0; n < 5; n += 1) ids.push((await engine.startAdHoc([noop], {})).id)
    // Its timers are those of a process that sleeps.
    const ticking = slow.createWorker({ leaseMs: 400 }).tick()
    await expect.poll(() => sizes).toEqual([1])
    clock.advance(400)
    release.resolve()
    await ticking
    expect(sizes).toEqual([1])
    const written = []
    for (const id of ids) written.push((await run(id)).revision)
    expect(written.sort()).toEqual([1, 1, 1, 1, 2])
  })
})

describe('a flush of several whose answer is lost', () => {
  const trouble = (code: string) => Object.assign(new Error('the connection is gone'), { code })
  const noop = () => step('noop', { idempotent: true, do: () => undefined, undo: () => {} })

  /** Runs sagas in an engine whose second statement, of several, fails; gives their histories. */
  async function withTrouble(fail: (write: () => Promise<unknown>) => Promise<never>) {
    const plan = [noop(), noop()]
    const { engine, store, clock, history } = simulatedEngine(database, { steps: [noop()] })
    const sizes: number[] = []
    const troubled = createEngine({
      steps: [noop()],
      clock: {
        ...clock,
        after(ms, callback) {
          // The pause before the database is asked again; everything else stands still.
          if (ms === 200) setImmediate(callback)
          return () => {}
        },
      },
      store: {
        ...store,
        async commitRuns(params) {
          sizes.push(params.commits.length)
          if (sizes.length === 2) return fail(() => store.commitRuns(params))
          return store.commitRuns(params)
        },
      },
    })
    const ids = []
    for (let n = 0; n < 6; n += 1) ids.push((await engine.startAdHoc(plan, {})).id)
    await troubled.createWorker({ leaseMs: 1e9 }).tick()
    expect(sizes.slice(0, 2)).toEqual([1, 6])
    return Promise.all(ids.map(history))
  }

  const whole = [
    'run_created',
    'run_claimed',
    'step_opened 0',
    'step_issued 0',
    'step_completed 0',
    'step_opened 1',
    'step_issued 1',
    'step_completed 1',
    'run_completed',
  ]

  it('was applied, and is not applied again', async () => {
    const histories = await withTrouble(async (write) => {
      await write()
      throw trouble('ECONNRESET')
    })
    expect(histories).toEqual(Array(6).fill(whole))
  })

  it('was not applied, and each goes again', async () => {
    for (const code of ['08006', '40P01', '40001']) {
      const histories = await withTrouble(async () => {
        throw trouble(code)
      })
      expect(histories).toEqual(Array(6).fill(whole))
    }
  })

  it('is not sent again in halves: each is told, for each to find out', async () => {
    for (const code of ['ECONNRESET', '40P01']) {
      const { store, held, clock } = await heldRuns(database, 3)
      const sizes: number[] = []
      const cut: Store = {
        ...store,
        async commitRuns({ commits }) {
          sizes.push(commits.length)
          throw trouble(code)
        },
      }
      const group = new GroupCommit({ store: cut, clock, log: silentLog })
      const results = await Promise.allSettled(held.map((run) => group.write(patchOf(run), sure)))
      expect(results).toMatchObject(Array(3).fill({ reason: { code } }))
      expect(sizes).toEqual([1, 2])
    }
  })

  it('is acknowledged to those who wrote, and fenced for who was overtaken', async () => {
    const { store, held, at, clock } = await heldRuns(database, 3)
    let sent = 0
    const lossy = {
      ...store,
      async commitRuns(params: Parameters<Store['commitRuns']>[0]): Promise<never> {
        sent += 1
        const overtaken = params.commits.filter(({ run }) => run.id === at(1).id)
        for (const { run } of overtaken) {
          await store.abandonRun({ runId: run.id, epoch: run.epoch, delayMs: 0 })
        }
        await store.commitRuns(params)
        throw trouble('ECONNRESET')
      },
    }
    const group = new GroupCommit({ store: lossy, clock, log: silentLog })
    const deps = { store: lossy, group, assertLease: sure, pause: async () => {} }
    const results = await Promise.allSettled(held.map((run) => commit(deps, patchOf(run))))
    expect(results).toMatchObject([
      { value: 'committed' },
      { reason: { code: 'fenced' } },
      { value: 'committed' },
    ])
    expect(sent).toBe(2)
  })
})

describe('onFlush', () => {
  it('is told the size of every statement, and how long it took', async () => {
    const flushes: Flush[] = []
    const { write, held, holdUp, clock } = await committer(3, {
      onFlush: (flush) => void flushes.push(flush),
    })
    const release = holdUp()
    const writes = held.map((run) => write(run))
    clock.advance(40)
    release()
    await Promise.all(writes)
    expect(flushes).toEqual([
      { size: 1, ms: 40 },
      { size: 2, ms: 0 },
    ])
  })

  it('that throws costs nobody anything, and is told of', async () => {
    const broken = new Error('no metrics today')
    const { write, held, errors } = await committer(3, {
      onFlush: () => {
        throw broken
      },
    })
    expect(await Promise.all(held.map((run) => write(run)))).toEqual(Array(3).fill('committed'))
    expect(errors).toEqual([{ err: broken }, { err: broken }])
  })
})

describe('fifty runs at once', () => {
  it('are written with far fewer statements than patches', async () => {
    const noop = step('noop', { idempotent: true, do: () => undefined, undo: () => {} })
    const { engine } = simulatedEngine(database, { steps: [noop] })
    const ids: string[] = []
    for (let n = 0; n < 50; n += 1) {
      ids.push((await engine.startAdHoc([noop, noop, noop], {})).id)
    }
    const sizes: number[] = []
    const worker = engine.createWorker({
      concurrency: 50,
      onFlush: ({ size }) => void sizes.push(size),
    })
    await worker.tick()
    for (const id of ids) expect((await engine.get(id)).run.status).toBe('completed')
    expect(sizes.reduce((sum, size) => sum + size)).toBe(4 * 50)
    expect(sizes.length).toBeLessThanOrEqual(7)
  })
})

describe('many workers whose runs wait for each other', () => {
  it('write them all without a deadlock', async () => {
    const noop = step('noop', { idempotent: true, do: () => undefined, undo: () => {} })
    const input = z.object({ keys: z.array(z.string()) })
    const keyed = (kind: string) => saga(kind, input, { locks: ({ keys }) => keys }).step(noop)
    const sagas = [keyed('forth').step(noop), keyed('back').step(fail)] as const
    const { engine, clock, store } = simulatedEngine(database, { sagas: [...sagas] })
    const troubles: unknown[] = []
    const watched = createEngine({
      sagas: [...sagas],
      clock,
      store: {
        ...store,
        async commitRuns(params) {
          try {
            return await store.commitRuns(params)
          } catch (error) {
            troubles.push(error)
            throw error
          }
        },
      },
    })
    const ids: string[] = []
    for (let n = 0; n < 40; n += 1) {
      const keys = [`k${n % 5}`, `k${(n * 3 + 1) % 7}`]
      const kind = n % 3 === 0 ? 'back' : 'forth'
      ids.push((await engine.startKind(kind, { keys })).id)
    }
    const workers = Array.from({ length: 4 }, () =>
      watched.createWorker({ concurrency: 20, leaseMs: 1e9 }),
    )
    const statuses = async () =>
      (await Promise.all(ids.map((id) => engine.get(id)))).map(({ run }) => run.status)
    const ended = ids.map((_, n) => (n % 3 === 0 ? 'rolled_back' : 'completed'))
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(workers.map((worker) => worker.tick()))
      clock.advance(1_000)
      if ((await statuses()).every((status) => status === 'completed' || status === 'rolled_back'))
        break
    }
    expect(troubles).toEqual([])
    expect(await statuses()).toEqual(ended)
  })
})
