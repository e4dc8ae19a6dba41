import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { DefinitionError, type Limits, saga, sleep, step } from '../src/index.ts'
import { runClaimer } from '../src/postgres/queries/claim-runs.ts'
import type { Session } from '../src/postgres/sql.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'

// Of each test its own: a run that is held in one would take a place in the next.
let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase({ poolSize: 24 })
})
afterEach(() => database.drop())

const kinds = ['heavy', 'light'].map((kind) => ({ kind, version: 1 }))

/** Two kinds, and claims by workers that do nothing with what they claim. */
function claims() {
  const nothing = step('nothing', { effect: 'read', do: () => undefined })
  const [heavy, light] = [
    saga('heavy', z.object({})).step(nothing),
    saga('light', z.object({})).step(nothing),
  ]
  const simulated = simulatedEngine(database, { sagas: [heavy, light] })
  const { engine, store } = simulated
  return {
    ...simulated,
    async start(kind: 'heavy' | 'light', count: number) {
      for (let n = 0; n < count; n += 1) await engine.startKind(kind, {})
    },
    lease: (worker: string, leaseMs = 1_000_000) =>
      store.renewLease({ worker, name: worker, leaseMs, first: true }),
    async claim(worker: string, limits: Limits, limit = 50) {
      const { runs } = await store.claimRuns({
        worker,
        name: worker,
        kinds,
        steps: [],
        limit,
        limits,
      })
      return {
        ids: runs.map(({ run }) => run.id),
        heavy: runs.filter(({ run }) => run.kind === 'heavy').length,
        light: runs.filter(({ run }) => run.kind === 'light').length,
      }
    },
    async letGo(id: string | undefined) {
      const { run } = await engine.get(id ?? '')
      await store.abandonRun({ runId: run.id, epoch: run.epoch, delayMs: 3_600_000 })
    },
  }
}

describe('the limit of a kind', () => {
  it('holds over all workers, and keeps no other kind from being claimed', async () => {
    const { start, lease, claim, letGo } = claims()
    await start('heavy', 10)
    await start('light', 10)
    await lease('a')
    await lease('b')
    const limits = { kinds: { heavy: 3 } }
    const first = await claim('a', limits, 4)
    expect(first).toMatchObject({ heavy: 2, light: 2 })
    expect(await claim('b', limits, 4)).toMatchObject({ heavy: 1, light: 3 })
    expect(await claim('a', limits)).toMatchObject({ heavy: 0, light: 5 })
    await letGo(first.ids[0])
    await letGo(first.ids[1])
    await letGo(first.ids[2])
    await letGo(first.ids[3])
    expect(await claim('b', limits)).toMatchObject({ heavy: 2, light: 0 })
  })

  it('is exact when many workers claim at once', async () => {
    const { start, lease, store, engine } = claims()
    await start('heavy', 40)
    await start('light', 40)
    const workers = Array.from({ length: 10 }, (_, n) => `worker ${n}`)
    for (const worker of workers) await lease(worker)
    for (const [limits, heavy, light] of [
      [{ kinds: { heavy: 7 } }, 7, 40],
      [{ total: 11 }, undefined, undefined],
      [{ total: 11, kinds: { heavy: 2 } }, 2, 9],
    ] as const) {
      const claimed = await Promise.all(
        workers.map((worker) =>
          store.claimRuns({ worker, name: worker, kinds, steps: [], limit: 50, limits }),
        ),
      )
      const runs = claimed.flatMap((claim) => claim.runs.map(({ run }) => run))
      if (heavy === undefined) expect(runs).toHaveLength(11)
      else {
        expect(runs.filter(({ kind }) => kind === 'heavy')).toHaveLength(heavy)
        expect(runs.filter(({ kind }) => kind === 'light')).toHaveLength(light)
      }
      for (const { id, epoch } of runs) {
        await store.abandonRun({ runId: id, epoch, delayMs: 0 })
      }
    }
    expect((await engine.list({ limit: 200 })).data).toHaveLength(80)
  })

  it('counts no run that waits', async () => {
    const nap = sleep('nap', '1h')
    const napping = saga('napping', z.object({})).step(nap)
    const { engine, run } = simulatedEngine(database, {
      sagas: [napping],
      limits: { kinds: { napping: 1 } },
    })
    const first = await engine.start(napping, {})
    const second = await engine.start(napping, {})
    const worker = engine.createWorker()
    expect(await worker.tick()).toEqual({ claimed: 1 })
    expect(await worker.tick()).toEqual({ claimed: 1 })
    expect((await run(first.id)).status).toBe('waiting')
    expect((await run(second.id)).status).toBe('waiting')
  })

  it('counts what was signalled', async () => {
    const { start, lease, claim, engine, letGo } = claims()
    await start('heavy', 4)
    await lease('a')
    const { ids } = await claim('a', {})
    expect(ids).toHaveLength(4)
    for (const id of ids) await letGo(id)
    for (const id of ids) await engine.cancel(id)
    expect(await claim('a', { kinds: { heavy: 3 } })).toMatchObject({ heavy: 3 })
    expect(await claim('a', { kinds: { heavy: 3 } })).toMatchObject({ heavy: 0 })
  })

  it('counts what a lost worker holds, and never more are alive when that is taken over', async () => {
    const { start, lease, claim, clock } = claims()
    await start('heavy', 10)
    await lease('lost', 1_000)
    expect(await claim('lost', { kinds: { heavy: 5 } })).toMatchObject({ heavy: 5 })
    await lease('heir')
    expect(await claim('heir', { kinds: { heavy: 5 } })).toMatchObject({ heavy: 0 })
    clock.advance(1_001)
    // Lowered meanwhile: the others stay with the lost worker until there is a place for them.
    expect(await claim('heir', { kinds: { heavy: 2 } })).toMatchObject({ heavy: 2 })
    expect(await claim('heir', { kinds: { heavy: 2 } })).toMatchObject({ heavy: 0 })
    expect(await claim('heir', { kinds: { heavy: 5 } })).toMatchObject({ heavy: 3 })
    expect(await claim('heir', { kinds: { heavy: 6 } })).toMatchObject({ heavy: 1 })
  })
})

describe('the limit of all', () => {
  it('is shared out in turn, and holds for what is taken over too', async () => {
    const { start, lease, claim, clock } = claims()
    await start('heavy', 10)
    await start('light', 10)
    await lease('lost', 1_000)
    expect(await claim('lost', { total: 4 })).toMatchObject({ heavy: 2, light: 2 })
    await lease('heir')
    clock.advance(1_001)
    expect((await claim('heir', { total: 3 })).ids).toHaveLength(3)
    expect((await claim('heir', { total: 4 })).ids).toHaveLength(1)
    expect((await claim('heir', { total: 4 })).ids).toEqual([])
  })

  it('does not hang on a process that is stopped in its turn: its session is ended', async () => {
    const client = await database.pool.connect()
    try {
      const endsAfter: string[] = []
      const session: Session = {
        now: undefined,
        async query(text, values = []) {
          const result = await client.query(text, [...values])
          const { rows } = await client.query('show idle_in_transaction_session_timeout')
          endsAfter.push(rows[0].idle_in_transaction_session_timeout)
          return result
        },
      }
      await client.query('begin')
      const mine = { worker: 'a', name: 'a', kinds, steps: [], limit: 1, limits: { total: 1 } }
      await runClaimer()(session, mine, (work) => work(session))
      expect(endsAfter).toEqual(['5s', '5s'])
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})

describe('a limit', () => {
  it('that is no whole number from 1, or of no kind, is refused', () => {
    const one = saga('one', z.object({})).step(sleep('nap', 1))
    const engine = (limits: Limits) => simulatedEngine(database, { sagas: [one], limits })
    for (const total of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40]) {
      expect(() => engine({ total })).toThrow(DefinitionError)
      expect(() => engine({ kinds: { one: total } })).toThrow('limits.kinds.one')
    }
    expect(() => engine({ kinds: { two: 1 } })).toThrow(
      'limits.kinds.two: there is no such kind, so it would limit nothing; known kinds: ad_hoc, one',
    )
    expect(() => engine({ total: 1, kinds: { one: 1, ad_hoc: 1 } })).not.toThrow()
  })
})
