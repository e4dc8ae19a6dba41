import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  createEngine,
  echo,
  type Log,
  type StepDefinition,
  type Store,
  step,
  transact,
} from '../src/index.ts'
import { engineDatabase, simulatedEngine, startCopies } from './harness.ts'
import { recordingLog } from './recording-log.ts'

// Of each test its own: some leave runs behind that any worker would take over.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A worker so frozen that its timers do not fire: only its own looking at the clock is left. */
function timerless(
  simulated: ReturnType<typeof simulatedEngine>,
  steps: readonly StepDefinition[],
  { store = simulated.store, log }: { store?: Store; log?: Log } = {},
) {
  const clock = { ...simulated.clock, after: () => () => {} }
  const logged = log === undefined ? {} : { log }
  return createEngine({ store, clock, steps, ...logged }).createWorker({ leaseMs: 10_000 })
}

describe('a lease that lapses', () => {
  it('while an intent is written keeps the call from being made', async () => {
    const calls: number[] = []
    const late = step('late', {
      idempotent: true,
      do: ({ epoch }) => void calls.push(epoch),
      undo: () => {},
    })
    const simulated = simulatedEngine(database, { steps: [late] })
    const { engine, store, clock, ledger, run } = simulated
    const { id } = await engine.startAdHoc([late], {})
    await timerless(simulated, [late], {
      store: {
        ...store,
        async commitRuns(params) {
          const result = await store.commitRuns(params)
          clock.advance(10_000)
          return result
        },
      },
    }).tick()
    expect(calls).toEqual([])
    expect(await ledger(id)).toEqual(['late: running'])
    clock.advance(1_000)
    const worker = engine.createWorker()
    await worker.tick()
    clock.advance(60_000)
    await worker.tick()
    expect(calls).toEqual([2])
    expect((await run(id)).status).toBe('completed')
  })

  it('while the SQL of a step runs takes it back, and the next worker runs it again', async () => {
    await database.pool.query('create table lapsed (epoch int)')
    let late = 10_000
    const book = transact('book', {
      do: async (tx, { epoch }) => {
        await tx.query('insert into lapsed values ($1)', [epoch])
        clock.advance(late)
      },
    })
    const simulated = simulatedEngine(database, { steps: [book] })
    const { engine, clock, run } = simulated
    const { id } = await engine.startAdHoc([book], {})
    const log = recordingLog()
    await timerless(simulated, [book], { log }).tick()
    expect(log.said('error')).toEqual([])
    expect((await run(id)).status).toBe('running')
    late = 0
    clock.advance(1_000)
    await engine.createWorker().tick()
    expect((await run(id)).status).toBe('completed')
    const { rows } = await database.pool.query('select epoch from lapsed')
    expect(rows).toEqual([{ epoch: 2 }])
  })

  it('during a call keeps its outcome from being written, though nobody has taken over', async () => {
    const long = step('long', {
      idempotent: true,
      do: () => clock.advance(8_000),
      undo: () => {},
    })
    const simulated = simulatedEngine(database, { steps: [long] })
    const { engine, clock, ledger, run } = simulated
    const { id } = await engine.startAdHoc([long], {})
    await timerless(simulated, [long]).tick()
    expect(await ledger(id)).toEqual(['long: running'])
    expect(await run(id)).toMatchObject({ status: 'running', epoch: 1, revision: 2 })
  })

  it('after a call keeps everything from being written, though nobody has taken over', async () => {
    const next = step('next', {
      idempotent: true,
      key: () => {
        clock.advance(8_000)
        return 'any'
      },
      do: () => undefined,
      undo: () => {},
    })
    const simulated = simulatedEngine(database, { steps: [echo, next] })
    const { engine, clock, ledger, run } = simulated
    const { id } = await engine.startAdHoc([echo, next], {})
    await timerless(simulated, [echo, next]).tick()
    expect(await ledger(id)).toEqual(['echo: running'])
    expect(await run(id)).toMatchObject({ status: 'running', epoch: 1, revision: 2 })
  })
})

/** A step that hangs until it is let go, whatever its signal says. */
function hanging(name: string) {
  const begun = Promise.withResolvers<AbortSignal>()
  const release = Promise.withResolvers<void>()
  const hang = step(name, {
    idempotent: true,
    timeout: '1h',
    do: async ({ attempt, signal }) => {
      begun.resolve(signal)
      if (attempt === 1) await release.promise
    },
    undo: () => {},
  })
  return { step: hang, begun: begun.promise, release: release.resolve }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

describe('a worker of five hundred runs', () => {
  it('loses none of them to another, heartbeat for heartbeat, nor when its event loop is blocked for a while', async () => {
    const gates: (() => void)[] = []
    const calls = new Map<string, number>()
    const long = step('long', {
      effect: 'read',
      timeout: '1h',
      async do({ run }) {
        calls.set(run.id, (calls.get(run.id) ?? 0) + 1)
        await new Promise<void>((open) => gates.push(open))
      },
    })
    const { engine, store, clock } = simulatedEngine(database, { steps: [long, echo] })
    const { id } = await engine.startAdHoc([long, echo], {})
    await startCopies(database, id, 499)
    let heartbeat = Promise.resolve()
    const late = createEngine({
      clock,
      steps: [long, echo],
      store: {
        ...store,
        async renewLease(params) {
          await heartbeat
          return store.renewLease(params)
        },
      },
    })
    const worker = late.createWorker({ concurrency: 500, name: 'busy' })
    const rival = engine.createWorker({ concurrency: 500, name: 'rival' })
    worker.start()
    try {
      await expect.poll(() => gates.length, { timeout: 30_000 }).toBe(500)
      /** The rival looks before the heartbeat arrives, and after. */
      const beatAfter = async (ms: number) => {
        const arrives = Promise.withResolvers<void>()
        heartbeat = arrives.promise
        clock.advance(ms)
        expect(await rival.tick()).toEqual({ claimed: 0 })
        arrives.resolve()
        await expect.poll(leaseUntil).toBe(clock.now() + 10_000)
        expect(await rival.tick()).toEqual({ claimed: 0 })
      }
      // Heartbeats on time, and two that come just before the worker itself would give up.
      for (const ms of [2_500, 2_500, 7_999, 2_500, 7_999, 2_500]) await beatAfter(ms)
      // All of them write at once, and the heartbeat has to have its turn among them.
      for (const open of gates) open()
      await beatAfter(7_999)
      await expect.poll(completed, { timeout: 30_000 }).toBe(500)
    } finally {
      await worker.stop()
    }
    const { rows } = await database.pool.query('select distinct epoch from saga.saga_runs')
    expect(rows).toEqual([{ epoch: 1 }])
    expect([...calls.values()]).toEqual(Array(500).fill(1))
  }, 60_000)

  async function leaseUntil(): Promise<number> {
    const { rows } = await database.pool.query(
      `select lease_until from saga.saga_workers where name = 'busy'`,
    )
    expect(rows).toHaveLength(1)
    return rows[0].lease_until.getTime()
  }

  async function completed(): Promise<number> {
    const { rows } = await database.pool.query(
      `select count(*)::int as n from saga.saga_runs where status = 'completed'`,
    )
    return rows[0].n
  }
})

describe('a worker that stops', () => {
  it('gives up its lease: what it could not let go of is taken over at once', async () => {
    const stuck = hanging('stuck')
    const simulated = simulatedEngine(database, { steps: [stuck.step] })
    const { engine, store, clock, run } = simulated
    let reachable = true
    const cutOff = createEngine({
      clock,
      steps: [stuck.step],
      store: {
        ...store,
        commitRuns: (params) => (reachable ? store.commitRuns(params) : new Promise(() => {})),
      },
    })
    const { id } = await engine.startAdHoc([stuck.step], {})
    const worker = cutOff.createWorker({ leaseMs: 1_000_000 })
    void worker.tick()
    const signal = await stuck.begun
    reachable = false
    const stopped = worker.stop({ graceMs: 1_000 })
    clock.advance(1_000)
    await aborted(signal)
    clock.advance(60_000)
    await stopped
    expect(await run(id)).toMatchObject({ status: 'running', epoch: 1 })
    expect((await run(id)).workerId).not.toBeNull()
    clock.advance(1)
    expect(await engine.createWorker().tick()).toEqual({ claimed: 1 })
    expect((await run(id)).epoch).toBe(2)
  })
})

describe('a cancel', () => {
  it('reaches a call under way though no hint does', async () => {
    const slow = hanging('slow')
    const simulated = simulatedEngine(database, { steps: [slow.step] })
    const { engine, store, clock, run } = simulated
    const deaf = createEngine({
      clock,
      steps: [slow.step],
      store: { ...store, listen: async () => async () => {} },
    })
    const worker = deaf.createWorker({ leaseMs: 1_000_000_000 })
    worker.start()
    try {
      const { id } = await engine.startAdHoc([slow.step], {})
      const soon = async <T>(look: () => T | Promise<T>) => {
        clock.advance(250)
        return look()
      }
      const status = async () => (await run(id)).status
      await expect.poll(() => soon(status)).toBe('running')
      const signal = await slow.begun
      await engine.cancel(id)
      await expect.poll(() => soon(() => signal.aborted), { timeout: 5_000 }).toBe(true)
      expect(signal.reason).toMatchObject({ message: 'the saga was cancelled' })
      slow.release()
      await expect.poll(() => soon(status)).toBe('rolled_back')
    } finally {
      slow.release()
      await worker.stop()
    }
  })

  it('does not reach a call past the point of no return', async () => {
    const pivot = step('pivot', { effect: 'pivot', idempotent: true, do: () => undefined })
    const after = hanging('after')
    const steps = [pivot, after.step]
    const simulated = simulatedEngine(database, { steps })
    const { engine, store, clock, run } = simulated
    const { id } = await engine.startAdHoc(steps, {})
    const delivered = Promise.withResolvers<void>()
    const watched = createEngine({
      clock,
      steps,
      store: {
        ...store,
        async listSignals(params) {
          const signals = await store.listSignals(params)
          // The worker has them before the event loop turns.
          if (signals.length > 0) setImmediate(delivered.resolve)
          return signals
        },
      },
    })
    const worker = watched.createWorker()
    const ticking = worker.tick()
    const signal = await after.begun
    // It was asked for while the pivot was not known to be through.
    expect(await store.insertSignal({ runId: id, type: 'cancel', actor: null })).toBe(true)
    const looking = worker.tick()
    await delivered.promise
    expect(signal.aborted).toBe(false)
    after.release()
    await Promise.all([ticking, looking])
    expect(await run(id)).toMatchObject({ status: 'completed', error: null })
    expect((await run(id)).cancelRequestedAt).not.toBeNull()
  })
})

describe('a worker that listens', () => {
  it('listens again after its connection was lost', async () => {
    const { store } = simulatedEngine(database)
    const heard: (string | undefined)[] = []
    const stop = await store.listen((runId) => void heard.push(runId))
    try {
      const [before] = await listeners()
      await database.pool.query('select pg_terminate_backend($1)', [before])
      await expect
        .poll(async () => (await listeners()).filter((pid) => pid !== before), { timeout: 10_000 })
        .toHaveLength(1)
      await store.notify()
      await expect.poll(() => heard).toEqual([undefined])
    } finally {
      await stop()
    }
    await expect.poll(listeners).toEqual([])
  })

  async function listeners(): Promise<number[]> {
    const { rows } = await database.pool.query(
      `select pid from pg_stat_activity
       where datname = current_database() and query = 'listen saga_wake'`,
    )
    return rows.map(({ pid }) => pid)
  }
})
