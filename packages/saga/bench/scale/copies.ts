import type pg from 'pg'
import { growing, withoutIndices } from './indices.ts'

// Runs by the hundred thousand: copies of one that the engine has run, with its ledger, its history
// and its signals, in the order of time and under ids in that order, as the engine's are.

export interface Copies {
  /** The id of the run to copy. */
  readonly of: string
  readonly count: number
  /** Of these kinds, one after the other. */
  readonly kinds: readonly string[]
  /** Created evenly from so long ago until now; all their other times move with that. */
  readonly overMs: number
}

/** Copies runs, and vacuums and analyses the tables. For a database that nobody else uses. */
export async function copyRuns(pool: pg.Pool, copies: readonly Copies[]): Promise<void> {
  await withoutIndices(pool, async () => {
    for (const one of copies) await copyRun(pool, one)
  })
  await Promise.all(growing.map((table) => pool.query(`vacuum (analyze) saga.${table}`)))
}

async function copyRun(pool: pg.Pool, { of, count, kinds, overMs }: Copies): Promise<void> {
  await pool.query(
    `create unlogged table copies as
     select at, kind, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' ||
       substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid as id
     from (
       select now() - $3::float8 * (1 - n / $1::float8) * interval '1 millisecond' as at,
         ($2::text[])[1 + n % cardinality($2::text[])] as kind,
         md5($4::text || n::text) as hash
       from generate_series(1, $1::int) n
     ) moments`,
    [count, kinds, overMs, of],
  )
  await Promise.all(growing.map((table) => copyRows(pool, table, of)))
  await pool.query('drop table copies')
}

/** The rows of one table that belong to the run, for each of its copies. */
async function copyRows(pool: pg.Pool, table: string, of: string): Promise<void> {
  const { rows } = await pool.query<Column>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'saga' and table_name = $1 and is_generated = 'NEVER'
       and is_identity = 'NO' order by ordinal_position`,
    [table],
  )
  const key = { saga_runs: 'id', saga_signals: 'run_id' }[table] ?? 'saga_id'
  const columns = rows.map(({ name }) => name).join(', ')
  await pool.query(
    `insert into saga.${table} (${columns})
     select ${rows.map((column) => copiedValue(column, key)).join(', ')}
     from copies
     cross join (select created_at as born from saga.saga_runs where id = $1) run
     cross join (select * from saga.${table} where ${key} = $1) t`,
    [of],
  )
}

interface Column {
  readonly name: string
  readonly type: string
}

function copiedValue({ name, type }: Column, key: string): string {
  if (name === key || name === 'root_id') return 'copies.id'
  if (name === 'kind') return 'copies.kind'
  if (name === 'tag') return 'right(copies.id::text, 8)'
  if (name === 'start_key') return `t.start_key || copies.id`
  if (type === 'timestamp with time zone') return `copies.at + (t.${name} - run.born)`
  return `t.${name}`
}
