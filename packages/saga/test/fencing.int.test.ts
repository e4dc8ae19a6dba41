import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, echo, type Run } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await engineDatabase()
})
afterAll(() => database.drop())

const kinds = [{ kind: 'ad_hoc', version: 1 }]

/** A run that a worker of its own holds, as the store sees it. */
async function held() {
  const simulated = simulatedEngine(database, { steps: [echo] })
  const { engine, store } = simulated
  const worker = randomUUID()
  const { id } = await engine.startAdHoc([echo], {}, { reservedFor: worker })
  await store.renewLease({ worker, name: worker, leaseMs: 1_000_000, first: true })
  const { runs } = await store.claimRuns({ worker, name: worker, kinds, steps: ['echo'], limit: 1 })
  const run = runs[0]?.run
  if (run?.id !== id) throw new Error('the run was not claimed')
  return {
    ...simulated,
    id,
    worker,
    claimed: run,
    async commit(changes: Partial<Run> = {}, readSignals: readonly string[] = []) {
      const commit = {
        run: { ...run, ...changes },
        steps: [],
        events: [],
        ledgerLength: 1,
        readSignals,
        cancelsRead: readSignals.length,
        release: false,
        writeId: randomUUID(),
      }
      const [result] = await store.commitRuns({ commits: [commit] })
      return result
    },
  }
}

describe('a write of a run', () => {
  it('by another epoch than that of the claim is refused', async () => {
    const { claimed, commit, run, id } = await held()
    expect(await commit({ epoch: claimed.epoch - 1 })).toBe('fenced')
    expect(await commit({ epoch: claimed.epoch + 1 })).toBe('fenced')
    expect(await run(id)).toEqual(claimed)
    expect(await commit()).toBe('committed')
  })

  it('upon another revision than the last is refused', async () => {
    const { claimed, commit, run, id } = await held()
    expect(await commit({ revision: claimed.revision - 1 })).toBe('fenced')
    expect(await commit({ revision: claimed.revision + 1 })).toBe('fenced')
    expect(await run(id)).toEqual(claimed)
    expect(await commit()).toBe('committed')
  })

  it('is applied once, however often it is sent', async () => {
    const { claimed, commit, run, id } = await held()
    expect(await commit()).toBe('committed')
    expect(await commit()).toBe('fenced')
    expect((await run(id)).revision).toBe(claimed.revision + 1)
  })

  it('marks the signals that it has read, and those alone', async () => {
    const { store, commit, id } = await held()
    await store.insertSignal({ runId: id, type: 'cancel', actor: 'ada' })
    await store.insertSignal({ runId: id, type: 'cancel', actor: 'bob' })
    const [first] = await store.listSignals({ runIds: [id] })
    await commit({}, first === undefined ? [] : [first.id])
    expect(await store.listSignals({ runIds: [id] })).toMatchObject([{ actor: 'bob' }])
  })

  it('that another write overtook is not taken for applied', async () => {
    const { engine, store, clock, run } = simulatedEngine(database, { steps: [echo] })
    let overtaken = false
    const raced = createEngine({
      clock,
      steps: [echo],
      store: {
        ...store,
        async commitRuns(params) {
          // The same epoch and the next revision, but not this write.
          for (const { run } of overtaken ? [] : params.commits) {
            await store.abandonRun({ runId: run.id, epoch: run.epoch, delayMs: 60_000 })
          }
          overtaken = true
          return store.commitRuns(params)
        },
      },
    })
    const { id } = await engine.startAdHoc([echo], {})
    await raced.createWorker().tick()
    expect(await run(id)).toMatchObject({ status: 'running', currentStep: 0, workerId: null })
    clock.advance(60_000)
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
  })
})

describe('who held a run before', () => {
  it('cannot let go of it', async () => {
    const { store, claimed, run, id } = await held()
    await store.abandonRun({ runId: id, epoch: claimed.epoch - 1, delayMs: 0 })
    expect(await run(id)).toEqual(claimed)
    await store.abandonRun({ runId: id, epoch: claimed.epoch, delayMs: 0 })
    expect((await run(id)).workerId).toBeNull()
  })

  it('cannot take its locks', async () => {
    const { store, engine, claimed, id } = await held()
    const keys = [`of/${id}`]
    const before = { runId: id, epoch: claimed.epoch - 1, keys }
    expect(await store.acquireLocks(before)).toBe(false)
    expect(await engine.lockHolders(keys)).toEqual([])
    expect(await store.acquireLocks({ ...before, epoch: claimed.epoch })).toBe(true)
    expect(await engine.lockHolders(keys)).toMatchObject([{ runId: id }])
  })
})

describe('a lease', () => {
  const name = 'leased'

  it('is renewed as long as it has not lapsed, and not once it has', async () => {
    const { store, clock } = simulatedEngine(database)
    const worker = randomUUID()
    const renew = (first: boolean) => store.renewLease({ worker, name, leaseMs: 1_000, first })
    expect(await renew(true)).toBe(true)
    clock.advance(999)
    expect(await renew(false)).toBe(true)
    clock.advance(1_001)
    expect(await renew(false)).toBe(false)
  })

  it('that was given up is not renewed', async () => {
    const { store, clock } = simulatedEngine(database)
    const worker = randomUUID()
    await store.renewLease({ worker, name, leaseMs: 1_000, first: true })
    await store.endLease({ worker })
    clock.advance(1)
    expect(await store.renewLease({ worker, name, leaseMs: 1_000, first: false })).toBe(false)
  })
})

describe('a signal', () => {
  it('for a run that is being ended waits for that, and is then refused', async () => {
    const { store, claimed, clock, id } = await held()
    const before = await waiting()
    let inserted: Promise<boolean> | undefined
    let answered = false
    await store.transactRun({
      signal: new AbortController().signal,
      async work(tx) {
        // The row is locked from here on, as by the statement that ends the run.
        await tx.query('select 1 from saga.saga_runs where id = $1 for update', [id])
        inserted = store.insertSignal({ runId: id, type: 'cancel', actor: null }).finally(() => {
          answered = true
        })
        await expect.poll(waiting).toBe(before + 1)
        expect(answered).toBe(false)
        const run: Run = { ...claimed, status: 'completed', endedAt: clock.now() }
        const writeId = randomUUID()
        return {
          run,
          steps: [],
          events: [],
          ledgerLength: 0,
          readSignals: [],
          cancelsRead: 0,
          release: true,
          writeId,
        }
      },
    })
    expect(await inserted).toBe(false)
    expect(await store.listSignals({ runIds: [id] })).toEqual([])
  })

  async function waiting(): Promise<number> {
    const { rows } = await database.pool.query(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0]?.n
  }
})

describe('a run that is reserved for a worker by name', () => {
  it('is left alone by all others though it has a signal', async () => {
    const { engine, run } = simulatedEngine(database, { steps: [echo] })
    const { id } = await engine.startAdHoc([echo], {}, { reservedFor: 'its own' })
    await engine.cancel(id)
    await engine.createWorker({ name: 'another' }).tick()
    expect((await run(id)).status).toBe('pending')
    await engine.createWorker({ name: 'its own' }).tick()
    expect((await run(id)).status).toBe('rolled_back')
  })

  it('is left alone by all others though its worker is lost', async () => {
    const { store, clock, engine, run, id, worker } = await held()
    clock.advance(1_000_001)
    await engine.createWorker({ name: 'another' }).tick()
    expect(await run(id)).toMatchObject({ epoch: 1, workerId: worker })
    expect(await store.listHeldRuns({ worker })).toEqual([{ runId: id, epoch: 1 }])
    await engine.createWorker({ name: worker }).tick()
    expect(await run(id)).toMatchObject({ epoch: 2, status: 'completed' })
  })
})
