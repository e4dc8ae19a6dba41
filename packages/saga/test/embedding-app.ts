import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, fail, hasEnded, saga, transact } from '@arcadia-cloud/saga'
import { postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

// A program that has the engine inside, with a pool and tables of its own, and kills itself at a
// point that it is told: `place [POINT]` takes an order and works, `work [POINT]` only works.

const [task, point] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })

async function reached(here: string): Promise<void> {
  if (here !== point) return
  process.kill(process.pid, 'SIGKILL')
  // The signal is there before the next turn of the event loop: nothing more is sent.
  await new Promise(() => {})
}

/** Whose COMMIT it is: that of the order, then those of the steps, in their order. */
let commits = 0
pool.on('connect', (client) => {
  const query: unknown = Reflect.get(client, 'query')
  if (typeof query !== 'function') throw new TypeError('a client of another shape')
  Reflect.set(client, 'query', async (...args: unknown[]) => {
    if (textOf(args[0]) !== 'commit') return Reflect.apply(query, client, args)
    commits += 1
    const mine = commits
    await reached(`before commit ${mine}`)
    await Reflect.apply(query, client, args)
    await reached(`after commit ${mine}`)
  })
})

/** Of a statement as the driver takes it. */
function textOf(statement: unknown): unknown {
  return typeof statement === 'object' && statement !== null
    ? Reflect.get(statement, 'text')
    : statement
}

const order = z.object({ order_id: z.string() })

// No table has a key: what is written twice is there twice.
const ship = transact('ship', {
  input: order,
  do: async (tx, { input: { order_id } }) => {
    await tx.query('insert into parcels values ($1)', [order_id])
    await reached('in do')
  },
  undo: async (tx, { input: { order_id } }) => {
    await tx.query('insert into returns values ($1)', [order_id])
    await reached('in undo')
  },
})
const bill = transact('bill', {
  input: order,
  do: async (tx, { input: { order_id } }) => {
    await tx.query('insert into bills values ($1)', [order_id])
  },
})
const fulfil = saga('fulfil', order).step(ship).step(bill)
const fulfilInVain = saga('fulfil_in_vain', order).step(ship).step(fail)
const wanted = process.env['IN_VAIN'] === undefined ? fulfil : fulfilInVain

const engine = createEngine({ store: postgresStore({ pool }), sagas: [fulfil, fulfilInVain] })

async function place(order_id: string): Promise<void> {
  const tx = await pool.connect()
  await tx.query('begin')
  await tx.query(
    `insert into orders select $1 where not exists (select from orders where id = $1)`,
    [order_id],
  )
  await engine.start(wanted, { order_id }, { tx, key: order_id })
  await tx.query('commit')
  tx.release()
  await engine.wake()
}

async function workToTheEnd(): Promise<void> {
  const worker = engine.createWorker({ leaseMs: 2_000, pollMs: 50 })
  worker.start()
  for (;;) {
    const { data } = await engine.list()
    if (data.every(({ status }) => hasEnded(status))) break
    await delay(20)
  }
  await worker.stop()
}

if (task === 'place') await place('order-1')
await workToTheEnd()
await pool.end()
