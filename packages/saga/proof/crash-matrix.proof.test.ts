import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import {
  approval,
  child,
  parallel,
  type SagaOf,
  saga,
  signal,
  sleep,
  transact,
} from '../src/index.ts'
import { postgresStore } from '../src/postgres/index.ts'
import { type CrashMatrixOptions, crashMatrix } from '../src/testing/index.ts'
import { engineDatabase } from '../test/harness.ts'
import { type Cloud, cloud, commitTo, ensure, make, order } from '../test/matrix-world.ts'
import { preparedPool } from '../test/prepared-pool.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await engineDatabase()
  pool = preparedPool(database, 14)
  await pool.query('create table matrix_rows (of text, name text)')
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const nothing = z.object({})
type Nothing = Record<string, never>

/** Every single fault of a saga, and some pairs. */
async function prove<Input extends object>(
  making: (world: Cloud) => SagaOf<string, Input>,
  options: Pick<CrashMatrixOptions<Cloud, Input>, 'input'> &
    Partial<CrashMatrixOptions<Cloud, Input>>,
) {
  const report = await crashMatrix({
    store: ({ now }) => postgresStore({ pool, now }),
    world: cloud,
    saga: making,
    standing: (world) => world.standing(),
    doubles: { seed: 20_300_101, cases: 50 },
    ...options,
  })
  expect(report.byFaults[2]).toBe(50)
  return report
}
const empty = { input: (): Nothing => ({}) }

it('one step after the other', async () => {
  await prove(
    (world) =>
      saga('in_sequence', nothing)
        .step(make(world, 'network'))
        .step(order(world, 'server'))
        .step(ensure(world, 'record')),
    empty,
  )
})

it('several at once', async () => {
  await prove(
    (world) =>
      saga('at_once', nothing)
        .step(make(world, 'network'))
        .step(parallel([make(world, 'disk'), order(world, 'server'), ensure(world, 'address')])),
    empty,
  )
})

it('one for each of a list, two at a time', async () => {
  const item = z.object({ regions: z.array(z.string()) })
  await prove(
    (world) =>
      saga('for_each', item).each(
        'replicas',
        ({ regions }) => regions.map((region) => ({ region })),
        make(world, 'replica'),
        { atOnce: 2 },
      ),
    { input: () => ({ regions: ['ams', 'fra', 'nyc'] }) },
  )
})

it('a child, and a step after it', async () => {
  await prove((world) => {
    const part = saga('part', nothing).step(make(world, 'disk')).step(order(world, 'copy'))
    return saga('whole', nothing)
      .step(make(world, 'network'))
      .step(child(part, { as: 'part' }))
      .step(make(world, 'server'))
  }, empty)
})

it('a point of no return', async () => {
  await prove(
    (world) =>
      saga('past_return', nothing)
        .step(make(world, 'draft'))
        .step(commitTo(world, 'payment'))
        .step(ensure(world, 'receipt')),
    empty,
  )
})

it('an approval, a signal and a sleep', async () => {
  await prove(
    (world) =>
      saga('with_waits', nothing)
        .step(make(world, 'draft'))
        .step(approval('sign_off', { deadline: '1d' }))
        .step(sleep('cool_off', '1h'))
        .step(signal('paid'))
        .step(make(world, 'letter')),
    empty,
  )
})

it('locks that another run wants too', async () => {
  await prove(
    (world) =>
      saga('locked', z.object({ volume: z.string() }), { locks: ({ volume }) => [`of/${volume}`] })
        .step(make(world, 'snapshot'))
        .step(order(world, 'disk')),
    { input: () => ({ volume: 'v1' }), beside: () => ({ volume: 'v1' }) },
  )
})

it('a run beside it whose rows the database refuses', async () => {
  await prove(
    (world) => saga('neighbours', nothing).step(make(world, 'disk')).step(order(world, 'server')),
    { ...empty, beside: () => ({}), variants: (name) => name === 'beside' },
  )
})

it("a step in the program's own database", async () => {
  const book = (name: string) =>
    transact(name, {
      input: z.object({ of: z.string() }),
      do: async (tx, { input }) => {
        await tx.query('insert into matrix_rows values ($1, $2)', [input.of, name])
      },
      undo: async (tx, { input }) => {
        await tx.query('delete from matrix_rows where of = $1 and name = $2', [input.of, name])
      },
    })
  const report = await crashMatrix({
    store: ({ now }) => postgresStore({ pool, now }),
    world: ({ id, clock }) => ({ id, cloud: cloud({ clock }) }),
    saga: ({ cloud: world }) =>
      saga('booked', z.object({ of: z.string() }))
        .step(book('reserve'))
        .step(make(world, 'parcel'))
        .step(book('charge')),
    input: ({ id }) => ({ of: id }),
    standing: async ({ id, cloud: world }) => {
      const { rows } = await pool.query<{ name: string }>(
        'select name from matrix_rows where of = $1',
        [id],
      )
      return [...rows.map(({ name }) => name), ...world.standing()]
    },
    doubles: { seed: 1, cases: 50 },
  })
  expect(report.byFaults[2]).toBe(50)
})
