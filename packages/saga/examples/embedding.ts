/**
 * Inside a program that was there before: its tables, its pool, its transactions.
 *
 * An order and the saga that fulfils it are committed together, or neither is there. The steps that
 * write to the program's own tables are committed together with their rows in the ledger: there is
 * no moment at which a crash could leave one without the other.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, hasEnded, StepFailed, saga, step, transact } from '@arcadia-cloud/saga'
import { migrateSaga, postgresStore } from '@arcadia-cloud/saga/postgres'
import pg from 'pg'
import { z } from 'zod'

const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('Set DATABASE_URL to a PostgreSQL 15 or newer that is there to be played with.')
  process.exit(1)
}

// ── The program that was there before ───────────────────────────────────────────────────────────

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await pool.query(`
  drop schema if exists example_shop cascade;
  create schema example_shop;
  create table example_shop.stock (item text primary key, pieces int check (pieces >= 0));
  create table example_shop.orders (id serial primary key, item text, card text, status text);
  insert into example_shop.stock values ('lamp', 2)`)

const charged = new Set<string>()

// ── The saga ────────────────────────────────────────────────────────────────────────────────────

const order = z.object({ order_id: z.number(), item: z.string(), card: z.string() })

const reserve = transact('reserve', {
  input: order,
  do: async (tx, { input: { item } }) => {
    const take = `update example_shop.stock set pieces = pieces - 1 where item = $1 and pieces > 0`
    const { rowCount } = await tx.query(take, [item])
    if (rowCount === 0) throw new StepFailed(`there is no ${item} left`)
  },
  undo: async (tx, { input: { item } }) => {
    await tx.query(`update example_shop.stock set pieces = pieces + 1 where item = $1`, [item])
  },
})

const charge = step('charge', {
  input: order,
  idempotent: true,
  do: ({ input: { card }, key }) => {
    if (card === 'expired') throw new StepFailed('the card has expired')
    charged.add(key)
  },
  undo: ({ key }) => {
    charged.delete(key)
  },
})

const confirm = transact('confirm', {
  input: order,
  do: async (tx, { input: { order_id } }) => {
    await tx.query(`update example_shop.orders set status = 'confirmed' where id = $1`, [order_id])
  },
})

const fulfil = saga('fulfil', order).step(reserve).step(charge).step(confirm)

// ── Where the two meet ──────────────────────────────────────────────────────────────────────────

await migrateSaga(pool)
const engine = createEngine({ store: postgresStore({ pool }), sagas: [fulfil] })
const worker = engine.createWorker()
worker.start()

async function placeOrder(item: string, card: string, changesTheirMind = false) {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    const { rows } = await tx.query(
      `insert into example_shop.orders (item, card, status) values ($1, $2, 'new') returning id`,
      [item, card],
    )
    const order_id = Number(rows[0].id)
    const { id } = await engine.start(fulfil, { order_id, item, card }, { tx })
    if (changesTheirMind) throw new Error('they changed their mind')
    await tx.query('commit')
    // Workers would see it at their next look; this only makes it quick.
    await engine.wake()
    return id
  } catch (error) {
    await tx.query('rollback')
    throw error
  } finally {
    tx.release()
  }
}

await placeOrder('lamp', 'visa', true).catch(({ message }) => console.log(`No order: ${message}`))
for (const card of ['visa', 'expired', 'visa', 'visa']) {
  const id = await placeOrder('lamp', card)
  let { run, steps } = await engine.get(id)
  while (!hasEnded(run.status)) {
    await delay(20)
    ;({ run, steps } = await engine.get(id))
  }
  const ledger = steps.map(({ name, status }) => `${name} ${status}`).join(', ')
  console.log(`Order ${run.inputs['order_id']} by ${card}: ${run.status} (${ledger})`)
}
const { rows } = await pool.query(`select
  (select pieces from example_shop.stock where item = 'lamp') as lamps,
  (select array_agg(id order by id) from example_shop.orders where status = 'confirmed') as confirmed`)
console.log(
  `Lamps left: ${rows[0].lamps}; confirmed: ${rows[0].confirmed}; charged: ${charged.size}`,
)

await worker.stop()
await pool.end()
