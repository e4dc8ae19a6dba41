import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from './harness.ts'
import { endOf, heldRuns, patchOf, poison } from './held-runs.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engineDatabase()
})
afterEach(() => database.drop())

const untouched = { status: 'running', revision: 1, steps: [], events: [], unread: ['approve'] }
const patched = {
  status: 'running',
  revision: 2,
  steps: [{ by: 'patch' }],
  events: ['locks_acquired'],
  unread: [],
}

/** One connection, which may be cut when the database is dropped. */
function singleConnection(): pg.Pool {
  const pool = new pg.Pool({ ...database.connection, max: 1 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Runs of before, so many that the plans go by the index. */
async function grow(): Promise<void> {
  await database.pool.query(
    `insert into saga.saga_runs
       (id, tag, kind, version, status, plan, inputs, input_hash, root_id, created_at, ended_at)
     select gen_random_uuid(), repeat('x', 1000), 'before', 1, 'completed', '[]', '{}', '',
       gen_random_uuid(), now(), now() from generate_series(1, 8000)`,
  )
}

/** Sessions that wait for another's lock. */
async function waiting(): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.n
}

describe('several runs in one statement', () => {
  it('are written each behind its own fence: who is fenced writes nothing, the others all', async () => {
    const { store, held, at, written } = await heldRuns(database, 5)
    for (const { id } of held) {
      await store.insertSignal({ runId: id, type: 'approve', actor: null })
    }
    const signals = await store.listSignals({ runIds: held.map(({ id }) => id) })
    const patch = (n: number, changes: object = {}) =>
      patchOf(at(n), changes, {
        readSignals: signals.filter(({ runId }) => runId === at(n).id).map(({ id }) => id),
      })
    const commits = [
      patch(3),
      patch(1, { epoch: 0 }),
      patch(4),
      patch(0, { revision: 0 }),
      patch(2),
    ]
    const results = await store.commitRuns({ commits })
    expect(results).toEqual(['committed', 'fenced', 'committed', 'fenced', 'committed'])
    for (const n of [2, 3, 4]) expect(await written(at(n))).toEqual(patched)
    for (const n of [0, 1]) expect(await written(at(n))).toEqual(untouched)
    expect(await store.commitRuns({ commits })).toEqual(Array(5).fill('fenced'))
  })

  it('are refused when one of them is there twice', async () => {
    const { store, at, written } = await heldRuns(database, 2)
    const commits = [patchOf(at(0)), patchOf(at(1)), patchOf(at(0))]
    await expect(store.commitRuns({ commits })).rejects.toThrow(
      `two patches of saga ${at(0).id} in one statement`,
    )
    expect(await written(at(1))).toMatchObject({ revision: 1, steps: [] })
  })

  it('may be none', async () => {
    const { store } = await heldRuns(database, 0)
    expect(await store.commitRuns({ commits: [] })).toEqual([])
  })

  it('are all refused, and none written, when the value of one is', async () => {
    const { store, at, written } = await heldRuns(database, 2)
    const commits = [patchOf(at(0)), patchOf(at(1), {}, poison)]
    await expect(store.commitRuns({ commits })).rejects.toMatchObject({ code: '22P05' })
    expect(await written(at(0))).toMatchObject({ revision: 1, steps: [] })
  })

  it('complete but for the one whose cancel was accepted before and is not read', async () => {
    const { store, at, written } = await heldRuns(database, 3)
    await store.insertSignal({ runId: at(1).id, type: 'cancel', actor: 'ada' })
    await store.insertSignal({ runId: at(2).id, type: 'cancel', actor: 'ada' })
    const [read] = await store.listSignals({ runIds: [at(2).id] })
    const completed = { status: 'completed', direction: 'forward' } as const
    const commits = [0, 1, 2].map((n) => ({
      ...endOf(at(n), completed),
      ...(n === 2 && read !== undefined ? { readSignals: [read.id], cancelsRead: 1 } : {}),
    }))
    expect(await store.commitRuns({ commits })).toEqual(['committed', 'fenced', 'committed'])
    expect(await written(at(1))).toMatchObject({ status: 'running', unread: ['cancel'] })
    expect(await written(at(2))).toMatchObject({ status: 'completed', unread: [] })
  })
})

describe('runs that end in one statement', () => {
  it('and share a queue leave one signal to the first who does not end in it', async () => {
    const { store, engine, at, written, held } = await heldRuns(database, 5)
    const ask = (n: number, keys: string[]) =>
      store.acquireLocks({ runId: at(n).id, epoch: 1, keys })
    expect(await ask(0, ['k'])).toBe(true)
    expect(await ask(1, ['l'])).toBe(true)
    for (const n of [2, 3, 4]) expect(await ask(n, ['k', 'l'])).toBe(false)
    const heard = await listen()
    const commits = [endOf(at(0)), endOf(at(1)), endOf(at(2))]
    expect(await store.commitRuns({ commits })).toEqual(Array(3).fill('committed'))
    const unread = []
    for (const run of held) unread.push((await written(run)).unread)
    expect(unread).toEqual([[], [], [], ['lock_released'], []])
    expect(await engine.lockHolders(['k', 'l'])).toEqual([])
    expect(await heard()).toEqual([at(3).id])
    expect(await ask(4, ['k', 'l'])).toBe(false)
    expect(await ask(3, ['k', 'l'])).toBe(true)
  })

  it('pass over nobody for the sake of one that was fenced', async () => {
    const { store, at, written } = await heldRuns(database, 2)
    await store.acquireLocks({ runId: at(0).id, epoch: 1, keys: ['k'] })
    await store.acquireLocks({ runId: at(1).id, epoch: 1, keys: ['k'] })
    const commits = [endOf(at(0)), endOf(at(1), { revision: 0 })]
    expect(await store.commitRuns({ commits })).toEqual(['committed', 'fenced'])
    expect((await written(at(1))).unread).toEqual(['lock_released'])
  })

  it('tell their parents, but not one that ends in it too', async () => {
    const { store, at, written } = await heldRuns(database, 4)
    const children = [at(2), at(3)].map((child, n) => ({ child, parent: at(n) }))
    for (const { child, parent } of children) {
      await database.pool.query(
        'update saga.saga_runs set parent_id = $2, parent_step = 7 where id = $1',
        [child.id, parent.id],
      )
    }
    const heard = await listen()
    await store.commitRuns({ commits: [endOf(at(0)), endOf(at(2)), endOf(at(3))] })
    expect((await written(at(0))).unread).toEqual([])
    expect(await store.listSignals({ runIds: [at(1).id] })).toMatchObject([
      { type: 'child_ended', stepIdx: 7 },
    ])
    expect(await heard()).toEqual([at(1).id])
  })

  async function listen() {
    const client = new pg.Client(database.connection)
    await client.connect()
    const heard: (string | undefined)[] = []
    client.on('notification', ({ payload }) => void heard.push(payload))
    await client.query('listen saga_wake')
    return async () => {
      await database.pool.query(`select pg_notify('saga_wake', 'last')`)
      await expect.poll(() => heard.at(-1)).toBe('last')
      await client.end()
      return heard.slice(0, -1)
    }
  }
})

describe('statements that have runs in common', () => {
  it('wait for each other in the order of the runs, and each run is written once', async () => {
    // By the index, runs are come to in the order of the patches, not of the table.
    await grow()
    await database.pool.query('analyze')
    const { store, held, at } = await heldRuns(database, 40)
    const blocker = await database.pool.connect()
    await blocker.query('begin')
    await blocker.query('select from saga.saga_runs where id = $1 for update', [at(20).id])
    // From both ends, as far as the one in the middle.
    const orders = [held, held.toReversed()]
    const sent = orders.map((runs) =>
      store.commitRuns({ commits: runs.map((run) => patchOf(run)) }),
    )
    await expect.poll(waiting).toBe(2)
    await blocker.query('commit')
    blocker.release()
    const results = await Promise.all(sent)
    const written = orders.flatMap((runs, n) =>
      runs.filter((_, index) => results[n]?.[index] === 'committed'),
    )
    expect(written.map(({ id }) => id).sort()).toEqual(held.map(({ id }) => id))
  })

  it('do not wait for each other where they only signal a run of the other', async () => {
    const { store, clock, at, written } = await heldRuns(database, 4)
    for (const [n, key] of [
      [0, 'a'],
      [2, 'b'],
      [1, 'b'],
      [3, 'a'],
    ] as const) {
      await store.acquireLocks({ runId: at(n).id, epoch: 1, keys: [key] })
    }
    const single = singleConnection()
    try {
      await single.query('begin')
      const open = postgresStore({ pool: single, now: clock.now })
      // Of each a run that ends, and whose next in line is a run of the other.
      await open.commitRuns({ commits: [endOf(at(0)), patchOf(at(1))] })
      await store.commitRuns({ commits: [endOf(at(2)), patchOf(at(3))] })
      await single.query('commit')
    } finally {
      await single.end()
    }
    expect((await written(at(1))).unread).toEqual(['lock_released'])
    expect((await written(at(3))).unread).toEqual(['lock_released'])
  })

  it('apply a patch once, though the first that sent it is still waiting in the server', async () => {
    const { store, held, at, written } = await heldRuns(database, 3)
    const commits = held.map((run) => patchOf(run))
    const blocker = await database.pool.connect()
    await blocker.query('begin')
    await blocker.query('select from saga.saga_runs where id = $1 for update', [at(1).id])
    const sent = [store.commitRuns({ commits }), store.commitRuns({ commits })]
    await expect.poll(waiting).toBe(2)
    await blocker.query('commit')
    blocker.release()
    const results = await Promise.all(sent)
    for (const n of [0, 1, 2]) {
      expect(results.map((each) => each[n]).sort()).toEqual(['committed', 'fenced'])
      expect(await written(at(n))).toMatchObject({ revision: 2, events: ['locks_acquired'] })
    }
  })
})

describe('the option prepare', () => {
  /** Writes a run often over one connection, and lists what was prepared on it. */
  async function prepared(options: { prepare?: boolean } = {}) {
    const { at, clock } = await heldRuns(database, 1)
    const pool = singleConnection()
    try {
      const store = postgresStore({ pool, now: clock.now, ...options })
      let run = at(0)
      for (let n = 0; n < 10; n += 1) {
        expect(await store.commitRuns({ commits: [patchOf(run)] })).toEqual(['committed'])
        run = { ...run, revision: run.revision + 1, eventSeq: run.eventSeq + 1 }
        if (n === 5) await grow()
      }
      await store.commitRuns({ commits: [endOf(run)] })
      const { rows } = await pool.query<{ name: string; parameters: number }>(
        `select name, cardinality(parameter_types) as parameters from pg_prepared_statements
         where name like 'saga_commit%' order by prepare_time`,
      )
      const plans = []
      for (const { name, parameters } of rows) {
        // The plan that is kept, for any parameters.
        await pool.query('set plan_cache_mode = force_generic_plan')
        const nulls = Array(parameters).fill('null').join()
        const plan = await pool.query(`explain execute ${name}(${nulls})`)
        plans.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'))
      }
      return { names: rows.map(({ name }) => name), plans }
    } finally {
      await pool.end()
    }
  }

  it('prepares what writes runs anew when their table has grown, with plans that go by the index', async () => {
    const { names, plans } = await prepared()
    const growth = names.map((name) => name.split('_').at(-1))
    // Of one page, and of many; what ends a run was not asked for before.
    expect(growth).toEqual(['0', '2', '2'])
    for (const plan of plans.slice(1)) {
      expect(plan).toContain('saga_runs_pkey')
      expect(plan).not.toMatch(/Seq Scan on saga_(runs|step_results|events)/)
    }
  })

  it('false prepares nothing', async () => {
    expect((await prepared({ prepare: false })).names).toEqual([])
  })
})

describe('a cancel', () => {
  it('that was being accepted while its run was about to complete is not passed over', async () => {
    const { store, at, written } = await heldRuns(database, 2)
    const client = await database.pool.connect()
    const tx = { query: (text: string, values: unknown[] = []) => client.query(text, values) }
    await client.query('begin')
    const cancel = { runId: at(0).id, type: 'cancel', actor: 'ada', tx } as const
    expect(await store.insertSignal(cancel)).toBe(true)
    const completed = { status: 'completed', direction: 'forward' } as const
    const sent = store.commitRuns({
      commits: [endOf(at(0), completed), endOf(at(1), completed)],
    })
    await expect.poll(waiting).toBe(1)
    await client.query('commit')
    client.release()
    expect(await sent).toEqual(['fenced', 'committed'])
    expect(await written(at(0))).toMatchObject({ status: 'running', unread: ['cancel'] })
    const again = [endOf(at(0), completed)]
    expect(await store.commitRuns({ commits: again })).toEqual(['fenced'])
    const [read] = await store.listSignals({ runIds: [at(0).id] })
    const commits = again.map((commit) => ({
      ...commit,
      readSignals: [read?.id ?? ''],
      cancelsRead: 1,
    }))
    expect(await store.commitRuns({ commits })).toEqual(['committed'])
  })
  it('that was accepted while the statement waited for another run is not passed over either', async () => {
    const { store, at, written } = await heldRuns(database, 3)
    const blocker = await database.pool.connect()
    await blocker.query('begin')
    await blocker.query('select from saga.saga_runs where id = $1 for update', [at(0).id])
    const completed = { status: 'completed', direction: 'forward' } as const
    const commits = [patchOf(at(0)), endOf(at(1), completed), endOf(at(2), completed)]
    const sent = store.commitRuns({ commits })
    await expect.poll(waiting).toBe(1)
    expect(await store.insertSignal({ runId: at(1).id, type: 'cancel', actor: 'ada' })).toBe(true)
    await blocker.query('commit')
    blocker.release()
    expect(await sent).toEqual(['committed', 'fenced', 'committed'])
    expect(await written(at(1))).toMatchObject({ status: 'running', unread: ['cancel'] })
  })
})
