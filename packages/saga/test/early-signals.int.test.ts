import type { PoolClient } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { echo, saga, sleep, step } from '../src/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: an unread signal that is left behind would be claimed for by the next.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

/** A run that naps in its first step, then in its second, and what a claim gives of it. */
async function napping() {
  const naps = saga('naps', z.object({})).step(sleep('first', '1h')).step(sleep('second', '1h'))
  const simulated = simulatedEngine(database, { sagas: [naps] })
  const { engine, store } = simulated
  const { id } = await engine.start(naps, {})
  await engine.createWorker().tick()
  await store.renewLease({ worker: 'w', name: 'w', leaseMs: 1_000_000_000, first: true })
  const kinds = [{ kind: 'naps', version: 1 }]
  return {
    ...simulated,
    id,
    signal: (stepIdx: number) =>
      store.insertSignal({ runId: id, type: 'signal', actor: null, stepIdx }),
    async claim() {
      const { runs } = await store.claimRuns({ worker: 'w', name: 'w', kinds, steps: [], limit: 9 })
      return runs
    },
  }
}

/** Opens the second step of a run, as its holder does: first the run's row, then the ledger's. */
async function openSecond(tx: Pick<PoolClient, 'query'>, id: string): Promise<void> {
  await tx.query('update saga.saga_runs set revision = revision + 1 where id = $1', [id])
  await tx.query(
    `insert into saga.saga_step_results (saga_id, step_idx, name, status, key, started_at)
     values ($1, 1, 'second', 'waiting', 'k', now())`,
    [id],
  )
}

/** Resolves when a statement waits for another transaction's lock. */
async function somebodyWaits(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length
    })
    .toBeGreaterThan(0)
}

describe('a signal for a step', () => {
  it('that is not open yet wakes nobody; it counts once the step is open', async () => {
    const { claim, signal, id } = await napping()
    expect(await signal(1)).toBe(true)
    expect(await claim()).toEqual([])
    await openSecond(database.pool, id)
    expect(await claim()).toMatchObject([{ run: { id }, signals: [{ stepIdx: 1 }] }])
  })

  it('that is open wakes the run at once', async () => {
    const { claim, signal, id } = await napping()
    await signal(0)
    expect(await claim()).toMatchObject([{ run: { id } }])
  })

  it('is delivered with a claim made for another reason, though it is early', async () => {
    const { signal, claim, clock } = await napping()
    await signal(1)
    clock.advance(3_600_000)
    expect(await claim()).toMatchObject([{ signals: [{ type: 'signal', stepIdx: 1 }] }])
  })

  it('counts where the step is being opened while it is left', async () => {
    const { signal, claim, id } = await napping()
    const opener = await database.pool.connect()
    try {
      await opener.query('begin')
      await openSecond(opener, id)
      const left = signal(1)
      await somebodyWaits()
      await opener.query('commit')
      expect(await left).toBe(true)
    } finally {
      opener.release()
    }
    expect(await claim()).toMatchObject([{ run: { id } }])
  })

  it('counts where it is being left while the step is opened', async () => {
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const work = step('work', {
      effect: 'read',
      do: () => {
        begun.resolve()
        return end.promise
      },
    })
    const working = saga('working', z.object({})).step(work).step(sleep('then', '1h'))
    const { engine, store, ledger } = simulatedEngine(database, { sagas: [working] })
    const { id } = await engine.start(working, {})
    const worker = engine.createWorker()
    const ticking = worker.tick()
    await begun.promise
    const tx = await database.pool.connect()
    try {
      await tx.query('begin')
      await store.insertSignal({ runId: id, type: 'signal', actor: null, stepIdx: 1, tx })
      end.resolve()
      await somebodyWaits()
      await tx.query('commit')
    } finally {
      tx.release()
    }
    await ticking
    expect(await ledger(id)).toEqual(['work: completed', 'then: waiting'])
    expect(await worker.tick()).toEqual({ claimed: 1 })
  })
})

describe('a run that has ended', () => {
  it('is claimed to be rolled back or for a stray effect, and for nothing else', async () => {
    const { engine, store, run } = simulatedEngine(database, { steps: [echo] })
    const worker = engine.createWorker()
    const claimed = async (type: string, leave: (id: string) => Promise<unknown>) => {
      const { id } = await engine.startAdHoc([echo], {}, { key: type })
      await worker.tick()
      expect((await run(id)).status).toBe('completed')
      await leave(id)
      await store.renewLease({ worker: type, name: type, leaseMs: 1_000_000, first: true })
      const { runs } = await store.claimRuns({
        worker: type,
        name: type,
        kinds: [{ kind: 'ad_hoc', version: 1 }],
        steps: ['echo'],
        limit: 9,
      })
      return runs.map((claim) => [claim.run.id === id, claim.run.status])
    }
    for (const type of ['roll_back', 'stray_effect'] as const) {
      const leave = (runId: string) => store.insertSignal({ runId, type, actor: null })
      expect(await claimed(type, leave)).toEqual([[true, 'completed']])
    }
    // No door lets it in; were it there nevertheless, it would be passed over.
    const late = (id: string) =>
      database.pool.query(
        `insert into saga.saga_signals (run_id, type, created_at) values ($1, 'cancel', now())`,
        [id],
      )
    expect(await claimed('cancel', late)).toEqual([])
  })
})
