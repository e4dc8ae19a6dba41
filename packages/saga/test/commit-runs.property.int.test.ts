import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import type { Commit } from '../src/engine/store.ts'
import { createEngine, echo, type Run, type Store } from '../src/index.ts'
import { engineDatabase } from './harness.ts'
import { endOf, heldRuns, patchOf } from './held-runs.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

const most = 6

/** What a run is before it is written, and what is to be written of it. */
const place = fc.record({
  patch: fc.constantFrom('step', 'release', 'wait', 'park', 'complete', 'roll_back', 'nothing'),
  fence: fc.constantFrom('right', 'right', 'right', 'epoch', 'revision'),
  /** A cancel that was accepted: none, one that the patch has read, or one that it has not. */
  cancel: fc.constantFrom('none', 'none', 'read', 'unread'),
  /** Asked for in the order of the places: the first holds them, the others wait. */
  locks: fc.subarray(['k', 'l']),
  /** Of an earlier place. */
  parent: fc.option(fc.nat(most - 1), { nil: undefined }),
})
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never

/** Runs that are as the places say, and the patches of them. */
async function build(places: readonly Place[], prefix: string) {
  const runs = await heldRuns(database, places.length)
  const { store, at } = runs
  for (const [n, { locks, cancel, parent }] of places.entries()) {
    const { id } = at(n)
    const keys = locks.map((key) => `${prefix}/${key}`)
    if (keys.length > 0) await store.acquireLocks({ runId: id, epoch: 1, keys })
    if (cancel !== 'none') await store.insertSignal({ runId: id, type: 'cancel', actor: 'ada' })
    if (parent !== undefined && parent < n) {
      await database.pool.query(
        'update saga.saga_runs set parent_id = $2, parent_step = 3 where id = $1',
        [id, at(parent).id],
      )
    }
  }
  const signals = await store.listSignals({ runIds: runs.held.map(({ id }) => id) })
  const commits = places.map((of, n) => {
    const read = signals.filter(({ runId }) => of.cancel === 'read' && runId === at(n).id)
    const readSignals = read.map(({ id }) => id)
    return { ...patchFor(of, fenced(at(n), of)), readSignals, cancelsRead: read.length }
  })
  return { ...runs, commits }
}

function fenced(run: Run, { fence }: Place): Run {
  if (fence === 'epoch') return { ...run, epoch: run.epoch - 1 }
  return fence === 'revision' ? { ...run, revision: run.revision + 1 } : run
}

function patchFor({ patch }: Place, run: Run): Commit {
  switch (patch) {
    case 'release':
      return patchOf(run, { context: { of: 'the release' } }, { release: true })
    case 'wait':
      return patchOf(
        run,
        { status: 'waiting', waitsFor: 'time', wakeAt: run.createdAt },
        { release: true },
      )
    case 'park':
      return patchOf(
        run,
        { status: 'parked', parked: { reason: 'stuck', step: 0 } },
        { release: true },
      )
    case 'complete':
      return endOf(run, { status: 'completed', direction: 'forward' })
    case 'roll_back':
      return endOf(run, { error: { reason: 'cancelled', compensate_from_idx: -1 } })
    case 'nothing':
      return patchOf(run, {}, { steps: [], events: [] })
    default:
      return patchOf(run, { currentStep: 1 })
  }
}

/** All there is of the runs, with their places for their ids. */
async function seen(store: Store, held: readonly Run[], prefix: string): Promise<unknown> {
  const engine = createEngine({ store, steps: [echo] })
  const placeOf = (id: string | null) => held.findIndex((run) => run.id === id)
  const runs = []
  for (const { id } of held) {
    const { run, steps } = await engine.get(id)
    const { tag, rootId, parentId, workerId, reservedFor, traceContext, ...rest } = run
    const events = await engine.events(id)
    const unread = await store.listSignals({ runIds: [id] })
    runs.push({
      ...rest,
      id: placeOf(id),
      parent: placeOf(parentId),
      held: workerId !== null,
      steps,
      events,
      // A run that is next in line twice is told twice when it is done one by one; and one that is
      // parked there, and so leaves the line, may have been told before.
      unread: [
        ...new Set(
          unread
            .filter(({ type }) => rest.status !== 'parked' || type !== 'lock_released')
            .map(({ type, stepIdx }) => `${type} ${stepIdx}`),
        ),
      ].sort(),
    })
  }
  const { rows } = await database.pool.query(
    `select key, run_id, acquired_at, released_at from saga.saga_locks
     where run_id = any($1) order by key, place`,
    [held.map(({ id }) => id)],
  )
  const locks = rows.map(({ key, run_id, ...rest }) => ({
    ...rest,
    key: key.slice(prefix.length),
    run: placeOf(run_id),
  }))
  return { runs, locks }
}

let worlds = 0

it('a statement of several patches does what the same patches do one by one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(place, { minLength: 2, maxLength: most }),
      fc.infiniteStream(fc.nat()),
      async (places, chance) => {
        worlds += 1
        const [a, b] = [`a${worlds}`, `b${worlds}`]
        const together = await build(places, a)
        const alone = await build(places, b)
        const order = places
          .map((_, n) => ({ n, by: chance.next().value }))
          .sort((x, y) => x.by - y.by)
          .map(({ n }) => n)
        const shuffled = order.flatMap((n) => together.commits[n] ?? [])
        const results = await together.store.commitRuns({ commits: shuffled })
        const oneByOne = []
        for (const n of order) {
          const commits = alone.commits.slice(n, n + 1)
          oneByOne.push(...(await alone.store.commitRuns({ commits })))
        }
        expect(results).toEqual(oneByOne)
        expect(await seen(together.store, together.held, a)).toEqual(
          await seen(alone.store, alone.held, b),
        )
      },
    ),
    { numRuns: 25 },
  )
})
