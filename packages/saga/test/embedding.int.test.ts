import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { engineDatabase, simulatedEngine } from './harness.ts'
import { type Ended, runScript } from './program.ts'

const program = fileURLToPath(new URL('./embedding-app.ts', import.meta.url))
const killed = { code: null, signal: 'SIGKILL', stderr: '' }
const well = { code: 0, signal: null, stderr: '' }

/** The tables of a program that was there before, and ways to run it and to look at what it left. */
async function embedding() {
  const database = await engineDatabase()
  await database.pool.query(`
    create table orders (id text); create table parcels (id text);
    create table returns (id text); create table bills (id text)`)
  const env = { DATABASE_URL: database.connectionString }
  return {
    database,
    app: (task: 'place' | 'work', point = '', extra: Record<string, string> = {}): Promise<Ended> =>
      runScript(program, [task, point], { ...env, ...extra }),
    rows: () => rowsOf(database),
    runs: () => runsOf(database),
  }
}

async function rowsOf({ pool }: TestDatabase): Promise<Record<string, readonly string[]>> {
  const rows: Record<string, readonly string[]> = {}
  for (const table of ['orders', 'parcels', 'returns', 'bills']) {
    const found = await pool.query<{ id: string }>(`select id from ${table}`)
    rows[table] = found.rows.map(({ id }) => id)
  }
  return rows
}

/** Each run in a line, with its ledger and how often each step was tried. */
async function runsOf(database: TestDatabase): Promise<string[]> {
  const { engine } = simulatedEngine(database)
  const { data } = await engine.list()
  return Promise.all(
    data.map(async ({ id, status }) => {
      const { steps } = await engine.get(id)
      const ledger = steps.map((step) => `${step.name} ${step.status} (${step.attempts})`)
      return [status, ...ledger].join(', ')
    }),
  )
}

const once = { orders: ['order-1'], parcels: ['order-1'], returns: [], bills: ['order-1'] }
const nothing = { orders: [], parcels: [], returns: [], bills: [] }

describe.concurrent('a program with the engine inside, killed', { timeout: 120_000 }, () => {
  it('in a transact step, after its own INSERT: the next one writes it, once', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'in do')).toMatchObject(killed)
    expect(await rows()).toEqual({ ...nothing, orders: ['order-1'] })
    expect(await runs()).toEqual(['running, ship running (1)'])
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (2), bill completed (1)'])
    await database.drop()
  })

  it('between the ledger row of its SQL and the commit of both: neither is there', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'before commit 2')).toMatchObject(killed)
    expect(await rows()).toEqual({ ...nothing, orders: ['order-1'] })
    expect(await runs()).toEqual(['running, ship running (1)'])
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (2), bill completed (1)'])
    await database.drop()
  })

  it('right after that commit, its answer not looked at: it is not done again', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'after commit 2')).toMatchObject(killed)
    expect(await rows()).toEqual({ ...once, bills: [] })
    expect(await runs()).toEqual(['running, ship completed (1)'])
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (1), bill completed (1)'])
    await database.drop()
  })

  it('right after the commit of the last step: the run ends, and nothing is done again', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'after commit 3')).toMatchObject(killed)
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (1), bill completed (1)'])
    await database.drop()
  })

  it('in the SQL of an undo: the next one takes it back, once', async ({ expect }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'in undo', { IN_VAIN: '1' })).toMatchObject(killed)
    expect(await rows()).toEqual({ ...once, bills: [] })
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual({ ...once, bills: [], returns: ['order-1'] })
    expect(await runs()).toEqual(['rolled_back, ship compensated (1), fail failed (1)'])
    await database.drop()
  })

  it('between the ledger row of an undo and the commit of both: it is taken back once', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'before commit 3', { IN_VAIN: '1' })).toMatchObject(killed)
    expect(await rows()).toEqual({ ...once, bills: [] })
    expect(await runs()).toEqual(['compensating, ship compensating (1), fail failed (1)'])
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual({ ...once, bills: [], returns: ['order-1'] })
    expect(await runs()).toEqual(['rolled_back, ship compensated (1), fail failed (1)'])
    await database.drop()
  })

  it('right after the commit of an undo: it is not taken back twice', async ({ expect }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'after commit 3', { IN_VAIN: '1' })).toMatchObject(killed)
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual({ ...once, bills: [], returns: ['order-1'] })
    expect(await runs()).toEqual(['rolled_back, ship compensated (1), fail failed (1)'])
    await database.drop()
  })

  it('between the start and the COMMIT of its transaction: neither was there, and the request can be repeated', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'before commit 1')).toMatchObject(killed)
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(nothing)
    expect(await runs()).toEqual([])
    expect(await app('place')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (1), bill completed (1)'])
    await database.drop()
  })

  it('after that COMMIT and before wake(): the run is found by itself', async ({ expect }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'after commit 1')).toMatchObject(killed)
    expect(await rows()).toEqual({ ...nothing, orders: ['order-1'] })
    expect(await runs()).toEqual(['pending'])
    expect(await app('work')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (1), bill completed (1)'])
    await database.drop()
  })

  it('after that COMMIT, and asked again by a caller that had no answer: one order, one run', async ({
    expect,
  }) => {
    const { app, rows, runs, database } = await embedding()
    expect(await app('place', 'after commit 1')).toMatchObject(killed)
    expect(await app('place')).toMatchObject(well)
    expect(await rows()).toEqual(once)
    expect(await runs()).toEqual(['completed, ship completed (1), bill completed (1)'])
    await database.drop()
  })
})
