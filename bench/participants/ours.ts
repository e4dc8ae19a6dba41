import { createEngine, type RunEvent, saga, step } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'
import { type Participant, serve } from './participant.ts'
import type { Setup } from './protocol.ts'

const poolSize = 10

const noop = (name: string) => step(name, { idempotent: true, do: () => {}, undo: () => {} })
const three = saga('three', z.object({})).step(noop('one')).step(noop('two')).step(noop('three'))

/** What waits for a run, or the end of a run that nobody waits for yet. */
type Ending = (() => void) | 'ended'

async function open({ connection, concurrency }: Setup): Promise<Participant> {
  let statements = 0
  const pool = new pg.Pool({
    ...connection,
    max: poolSize,
    Client: countingClient(() => (statements += 1)),
  })
  await migrateSaga(pool)
  const endings = new Map<string, Ending>()
  const onEvent = ({ type }: RunEvent, { id }: { readonly id: string }) => {
    if (type !== 'run_completed') return
    const waiting = endings.get(id)
    if (typeof waiting === 'function') waiting()
    endings.set(id, 'ended')
  }
  const engine = createEngine({
    store: postgresStore({ pool }),
    sagas: [three],
    hooks: { onEvent },
  })
  const worker = engine.createWorker({ concurrency })
  worker.start()
  return {
    settings: { poolSize, 'worker concurrency': concurrency, steps: 'reversible, idempotent' },
    statements: () => statements,
    async run() {
      const { id } = await engine.start(three, {})
      if (!endings.has(id)) await new Promise<void>((resolve) => endings.set(id, resolve))
      endings.delete(id)
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
