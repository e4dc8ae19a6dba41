import { createEngine, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'
import { type Participant, serve } from './participant.ts'
import type { Setup } from './protocol.ts'

const poolSize = 10

const noop = (name: string) => step(name, { idempotent: true, do: () => {}, undo: () => {} })
const three = saga('three', z.object({})).step(noop('one')).step(noop('two')).step(noop('three'))

async function open({ connection, concurrency }: Setup): Promise<Participant> {
  let statements = 0
  const pool = new pg.Pool({
    ...connection,
    max: poolSize,
    Client: countingClient(() => (statements += 1)),
  })
  await migrateSaga(pool)
  const engine = createEngine({ store: postgresStore({ pool }), sagas: [three] })
  const worker = engine.createWorker({ concurrency })
  worker.start()
  return {
    settings: { poolSize, 'worker concurrency': concurrency, steps: 'reversible, idempotent' },
    statements: () => statements,
    async run() {
      const { id } = await engine.start(three, {})
      const { status } = await engine.settled(id)
      if (status !== 'completed') throw new Error(`saga ${id} is ${status}`)
    },
    async close() {
      await worker.stop()
      await pool.end()
    },
  }
}

/** A client that tells of every statement it is given. */
function countingClient(count: () => void): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config)
      const { query } = this
      Object.defineProperty(this, 'query', {
        value: (...args: readonly unknown[]) => {
          count()
          return Reflect.apply(query, this, args)
        },
      })
    }
  }
}

await serve(open)
