import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/index.ts'
import { createEngine, type EngineOptions, type Run, type StepRecord } from '../src/index.ts'
import { migrateSaga, postgresStore } from '../src/postgres/index.ts'
import { type SimulatedClock, simulatedClock } from '../src/testing/index.ts'

/** A database with the engine's schema, copied from one template. */
export function engineDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  return createTestDatabase({
    ...options,
    name: 'saga',
    migrate: async (connection) => {
      const pool = new pg.Pool(connection)
      try {
        await migrateSaga(pool)
      } finally {
        await pool.end()
      }
    },
  })
}

/** An engine on simulated time; `ledger` and `context` show a run in one line. */
export function simulatedEngine(
  { pool }: TestDatabase,
  options: Omit<EngineOptions, 'store' | 'clock' | 'random'> & { clock?: SimulatedClock } = {},
) {
  const clock = options.clock ?? simulatedClock()
  const store = postgresStore({ pool, now: clock.now })
  const engine = createEngine({ ...options, store, clock, random: () => 0 })
  return {
    clock,
    store,
    engine,
    async run(id: string): Promise<Run> {
      return (await engine.get(id)).run
    },
    async ledger(id: string): Promise<string[]> {
      const { steps } = await engine.get(id)
      return steps.map(({ name, status }: StepRecord) => `${name}: ${status}`)
    },
    async history(id: string): Promise<string[]> {
      const events = await engine.events(id)
      return events.map(({ type, idx }) => (idx === null ? type : `${type} ${idx}`))
    },
  }
}

/** Starts a run again, so many times in one statement. */
export async function startCopies(
  { pool }: TestDatabase,
  id: string,
  count: number,
): Promise<void> {
  await pool.query(
    `insert into saga.saga_runs (id, tag, kind, version, plan, inputs, input_hash, root_id,
       created_at, wake_at, event_seq, shape)
     select copy, right(copy::text, 8), kind, version, plan, inputs, input_hash, copy,
       created_at, wake_at, 1, shape
     from saga.saga_runs cross join lateral (
       select gen_random_uuid() as copy from generate_series(1, $2)) copies
     where id = $1`,
    [id, count],
  )
}
