import pg from 'pg'
import { createEngine, type SagaDefinition } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres/index.ts'
import { type Copies, copyRuns } from './copies.ts'

/** So many runs of a saga, as they are when a worker has done with them all it can now. */
export interface Wanted extends Pick<Copies, 'count' | 'overMs'> {
  readonly saga: SagaDefinition
  /** As a start leaves them: no worker has seen them. */
  readonly untouched?: boolean
}

/** Fills a database that nobody else uses. */
export async function seed(config: pg.PoolConfig, wanted: readonly Wanted[]): Promise<void> {
  const pool = new pg.Pool(config)
  try {
    const sagas = [...new Set(wanted.map(({ saga }) => saga))]
    const engine = createEngine({ store: postgresStore({ pool }), sagas })
    const copies: Copies[] = []
    const sampled = async ({ saga, count, ...how }: Wanted) => {
      const { id } = await engine.startKind(saga.kind, {})
      copies.push({ of: id, count: count - 1, kinds: [saga.kind], ...how })
    }
    for (const one of wanted) if (one.untouched !== true) await sampled(one)
    const worker = engine.createWorker()
    while ((await worker.tick()).claimed > 0);
    await worker.stop()
    for (const one of wanted) if (one.untouched === true) await sampled(one)
    await copyRuns(
      pool,
      copies.filter(({ count }) => count > 0),
    )
  } finally {
    await pool.end()
  }
}
