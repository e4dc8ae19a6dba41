import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { child, createEngine, fail, hasEnded, saga, signal, step, transact } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { type Fate, layWire } from '../test/wire.ts'

// Every sort of statement that the engine sends while sagas run, cut off once: before it arrives, and
// after it was carried out, before its answer.

/** Runs all there is to run over a wire that cuts the first statement of a sort. */
async function runAll(cut?: { sort: string; fate: Fate }) {
  const database = await engineDatabase()
  await database.pool.query('create table written (key text)')
  const sorts = new Set<string>()
  let cuts = 0
  const wire = await layWire(database.connection, {
    fate(statement) {
      sorts.add(sortOf(statement))
      if (cuts > 0 || cut?.sort !== sortOf(statement)) return 'pass'
      cuts += 1
      return cut.fate
    },
  })
  const pool = new pg.Pool({ ...wire.connection, max: 8 })
  pool.on('error', () => {})
  const end = async () => {
    await pool.end()
    await wire.close()
    await database.drop()
  }
  const effects = new Map<string, string[]>()
  const { sagas, whole, back } = plans(effects)
  const retention = { after: '24h' } as const
  const limits = { total: 50 }
  const store = postgresStore({ pool })
  const working = createEngine({ store, sagas, retention, limits, telemetry: {} })
  // The host's own connections are not cut: what it asks for is there.
  const host = createEngine({ store: postgresStore({ pool: database.pool }), sagas, limits })
  await host.ensureSchedule({ name: 'due', cron: '0 0 1 1 *', kind: 'part', input: {} })
  await database.pool.query(`update saga.saga_schedules set next_at = date_trunc('second', now())`)
  const ids: string[] = []
  for (const kind of [whole, back, whole, back]) ids.push((await host.start(kind, {})).id)
  await host.signal(ids[0] ?? '', 'go')
  const worker = working.createWorker({ pollMs: 20 })
  worker.start()
  try {
    await host.signal(ids[2] ?? '', 'go')
    const allEnded = async () =>
      (await host.list()).data.filter(({ status }) => hasEnded(status)).length
    // Two of `whole` with a part each, two that go back, one of the schedule.
    await expect.poll(allEnded, { timeout: 30_000 }).toBe(7)
  } finally {
    await worker.stop()
  }
  return { database, host, effects, sorts, cuts, end }
}

function plans(effects: Map<string, string[]>) {
  const nothing = z.object({})
  const note = (key: string, what: string) =>
    void effects.set(key, [...(effects.get(key) ?? []), what])
  const make = step('make', {
    settles: 0,
    do: ({ key }) => note(key, 'do'),
    find: ({ key }) => (effects.has(key) ? null : undefined),
    undo: ({ key }) => note(key, 'undo'),
  })
  const insert = transact('insert', {
    retry: { attempts: 5, initial: '10ms' },
    do: async (tx, { key }) => {
      await tx.query('insert into written values ($1)', [key])
    },
    undo: async (tx, { key }) => {
      await tx.query('delete from written where key = $1', [key])
    },
    undoOptions: { retry: { attempts: 5, initial: '10ms' } },
  })
  const part = saga('part', nothing).step(make)
  const guarded = { locks: () => ['one/at/a/time'] }
  const whole = saga('whole', nothing, guarded)
    .step(make)
    .step(insert)
    .step(child(part, { as: 'part' }))
    .step(signal('go'))
  const back = saga('back', nothing, guarded).step(make).step(insert).step(fail)
  return { sagas: [part, whole, back], whole, back }
}

/** What a statement does, without its values and its layout. */
function sortOf(statement: string): string {
  return statement.replace(/\s+/g, ' ').trim()
}

/** Every run ended as it should, every effect was made once, and its history has no gap. */
async function expectWhole({ host, effects, database }: Awaited<ReturnType<typeof runAll>>) {
  const { data } = await host.list()
  const ended = data.map(({ kind, status }) => `${kind}: ${status}`).sort()
  expect(ended).toEqual([
    'back: rolled_back',
    'back: rolled_back',
    'part: completed',
    'part: completed',
    'part: completed',
    'whole: completed',
    'whole: completed',
  ])
  const made = [...effects.values()].map((what) => what.join(', ')).sort()
  expect(made).toEqual([...Array(5).fill('do'), ...Array(2).fill('do, undo')])
  expect((await database.pool.query('table written')).rowCount).toBe(2)
  for (const { id } of data) {
    const events = await host.events(id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  }
}

describe('a connection that is cut at any statement of the engine', () => {
  /** What it sends when nothing is cut. */
  async function sortsSent(): Promise<readonly string[]> {
    const ran = await runAll()
    await expectWhole(ran)
    await ran.end()
    expect(ran.sorts.size).toBeGreaterThan(20)
    return [...ran.sorts].sort()
  }

  it.each([
    ['before it arrives', 'cut_before'],
    ['after it was carried out, with its answer', 'cut_after'],
  ] as const)('%s, costs no run anything, and no effect is made twice', async (_, fate) => {
    const failed: string[] = []
    const reached = new Set<string>()
    const sorts = await sortsSent()
    const left = [...sorts]
    const runOthers = async () => {
      for (let sort = left.shift(); sort !== undefined; sort = left.shift()) {
        try {
          // Some come only where two things meet, so that a run may do without.
          for (let tries = 0; tries < 5 && !reached.has(sort); tries += 1) {
            const ran = await runAll({ sort, fate })
            await expectWhole(ran)
            if (ran.cuts > 0) reached.add(sort)
            await ran.end()
          }
        } catch (error) {
          failed.push(
            `${sort.slice(0, 60)}…${sort.slice(-60)}`,
            String(error instanceof Error ? error.message : error),
          )
        }
      }
    }
    await Promise.all([1, 2, 3, 4].map(runOthers))
    expect(failed).toEqual([])
    expect(sorts.filter((sort) => !reached.has(sort))).toEqual([])
  })
})
