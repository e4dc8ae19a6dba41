import { existsSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { z } from 'zod'
import { createEngine, saga, signal, step } from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'

/** How a call blocks the event loop of its process. */
export type Block = Readonly<{
  when: 'before_effect' | 'after_effect'
  /** It says by this file that it blocks. */
  begun: string
  /** And goes on when this one is there. */
  over: string
}>

const blockSchema = z.object({
  when: z.enum(['before_effect', 'after_effect']),
  begun: z.string(),
  over: z.string(),
})

/** Nothing else happens in this process until the test says so. */
function blockLoop({ begun, over }: Block): void {
  writeFileSync(begun, '')
  const cell = new Int32Array(new SharedArrayBuffer(4))
  while (!existsSync(over)) Atomics.wait(cell, 0, 0, 20)
}

/**
 * A saga that makes a row, then waits for a word. The row stands for an effect in the world: it is
 * written over a connection of its own, and its key does not keep a second one out.
 */
export function makingSaga(world: pg.Pool, block?: Block) {
  const making = step('make', {
    settles: '200ms',
    every: '100ms',
    timeout: '5m',
    do: async ({ key, epoch }) => {
      if (block?.when === 'before_effect') blockLoop(block)
      await world.query('insert into effects (key, epoch) values ($1, $2)', [key, epoch])
      if (block?.when === 'after_effect') blockLoop(block)
      return { epoch }
    },
    find: async ({ key }) => {
      const { rows } = await world.query('select epoch from effects where key = $1', [key])
      return z.array(z.object({ epoch: z.number() })).parse(rows)[0]
    },
    undo: async ({ key }) => {
      await world.query('delete from effects where key = $1', [key])
    },
  })
  return saga('blocking', z.object({})).step(making).step(signal('go'))
}

/** A worker in a process of its own, which blocks as it is told. Ends by itself on SIGTERM. */
async function work(): Promise<void> {
  const { DATABASE_URL, BLOCK = '{}', LEASE_MS } = process.env
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 })
  pool.on('error', () => {})
  const block = blockSchema.parse(JSON.parse(BLOCK))
  const say = (_: object, message: string) => void process.stdout.write(`${message}\n`)
  const log = { debug() {}, info: say, warn: say, error: say }
  const sagas = [makingSaga(pool, block)]
  const engine = createEngine({ store: postgresStore({ pool }), sagas, log })
  const worker = engine.createWorker({ leaseMs: Number(LEASE_MS), pollMs: 20 })
  worker.start()
  process.once('SIGTERM', async () => {
    await worker.stop({ graceMs: 1_000 })
    await pool.end()
  })
}

if (import.meta.main) await work()
