import type { Pool } from 'pg'
import { z } from 'zod'
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
import { type CrashMatrixOptions, crashMatrix, type MatrixReport } from '../src/testing/index.ts'
import { type Cloud, cloud, commitTo, ensure, make, order } from './matrix-world.ts'

/** What is run of a matrix, and how. */
export type Range = Pick<
  CrashMatrixOptions<unknown, unknown>,
  'variants' | 'faults' | 'doubles' | 'only' | 'stopAtFirst' | 'atOnce' | 'print'
>

/** Runs the crash matrix of one saga. */
export type RunMatrix = (range: Range) => Promise<MatrixReport>

const nothing = z.object({})
type Nothing = Record<string, never>
const empty = { input: (): Nothing => ({}) }

const part = (world: Cloud) => saga('part', nothing).step(make(world, 'disk'))

/** A saga for each thing that one can be made of; the database is the matrix's own. */
export function matrices(pool: Pool) {
  const store: CrashMatrixOptions<Cloud, Nothing>['store'] = ({ now }) =>
    postgresStore({ pool, now })
  const of =
    <Input extends object>(
      make: (world: Cloud) => SagaOf<string, Input>,
      options: Pick<CrashMatrixOptions<Cloud, Input>, 'input' | 'beside'>,
    ): RunMatrix =>
    (range) =>
      crashMatrix({
        store,
        world: cloud,
        saga: make,
        standing: (world) => world.standing(),
        ...options,
        ...range,
      })
  return {
    'one step after the other': of(
      (world) =>
        saga('in_sequence', nothing)
          .step(make(world, 'network'))
          .step(order(world, 'server'))
          .step(ensure(world, 'record')),
      empty,
    ),
    'several at once': of(
      (world) =>
        saga('at_once', nothing)
          .step(make(world, 'network'))
          .step(parallel([order(world, 'disk'), order(world, 'server'), ensure(world, 'address')])),
      empty,
    ),
    'one for each of a list, two at a time': of(
      (world) =>
        saga('for_each', z.object({ regions: z.array(z.string()) })).each(
          'replicas',
          ({ regions }) => regions.map((region) => ({ region })),
          make(world, 'replica'),
          { atOnce: 2 },
        ),
      { input: () => ({ regions: ['ams', 'fra', 'nyc'] }) },
    ),
    'a child, and a step after it': of(
      (world) =>
        saga('whole', nothing)
          .step(make(world, 'network'))
          .step(child(part(world).step(order(world, 'copy')), { as: 'part' }))
          .step(make(world, 'server')),
      empty,
    ),
    'a point of no return': of(
      (world) =>
        saga('past_return', nothing)
          .step(make(world, 'draft'))
          .step(commitTo(world, 'payment'))
          .step(ensure(world, 'receipt')),
      empty,
    ),
    'an approval, a signal and a sleep': of(
      (world) =>
        saga('with_waits', nothing)
          .step(make(world, 'draft'))
          .step(approval('sign_off', { deadline: '1d' }))
          .step(sleep('cool_off', '1h'))
          .step(signal('paid'))
          .step(make(world, 'letter')),
      empty,
    ),
    'locks that another run wants too': of(
      (world) =>
        saga('locked', z.object({ volume: z.string() }), {
          locks: ({ volume }) => [`of/${volume}`],
        })
          .step(make(world, 'snapshot'))
          .step(order(world, 'disk')),
      { input: () => ({ volume: 'v1' }), beside: () => ({ volume: 'v1' }) },
    ),
    'locks that a child has of its parent': of(
      (world) =>
        saga('locked_whole', nothing, { locks: () => ['of/all'] })
          .step(child(part(world), { as: 'part' }))
          .step(make(world, 'server')),
      empty,
    ),
    'a run beside it whose rows the database refuses': of(
      (world) => saga('neighbours', nothing).step(make(world, 'disk')).step(order(world, 'server')),
      { ...empty, beside: () => ({}) },
    ),
    "a step in the program's own database": booked(pool),
  } satisfies Record<string, RunMatrix>
}

/** The name of a saga that there is a matrix of. */
export type MatrixName = keyof ReturnType<typeof matrices>

function booked(pool: Pool): RunMatrix {
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
  return async (range) => {
    await pool.query('create table if not exists matrix_rows (of text, name text)')
    return crashMatrix({
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
      ...range,
    })
  }
}
