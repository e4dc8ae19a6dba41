import type pg from 'pg'

/** The tables that grow with every run. */
export const growing = ['saga_runs', 'saga_step_results', 'saga_history', 'saga_signals'] as const

/**
 * Runs `work` on tables without indices, keys and triggers, and makes them anew, as they were: of a
 * million runs that takes a fifth of the time of inserting into indices. For a database that
 * nobody else uses.
 */
export async function withoutIndices(pool: pg.Pool, work: () => Promise<void>): Promise<void> {
  const tables = growing.map((table) => `saga.${table}`)
  const { rows: constraints } = await pool.query<Constraint>(
    `select conrelid::regclass::text as table, conname as name, contype as type,
       pg_get_constraintdef(oid) as definition
     from pg_constraint
     where contype in ('p', 'u', 'f')
       and (conrelid = any($1::regclass[]) or confrelid = any($1::regclass[]))`,
    [tables],
  )
  const { rows: indices } = await pool.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index i where indrelid = any($1::regclass[]) and not exists (
       select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u'))`,
    [tables],
  )
  const keys = constraints.filter(({ type }) => type !== 'f')
  const foreign = constraints.filter(({ type }) => type === 'f')
  for (const { table, name } of [...foreign, ...keys]) {
    await pool.query(`alter table ${table} drop constraint ${name}`)
  }
  for (const { name } of indices) await pool.query(`drop index ${name}`)
  for (const table of tables) await pool.query(`alter table ${table} disable trigger user`)
  await work()
  for (const table of tables) await pool.query(`alter table ${table} enable trigger user`)
  // A table at a time, for adding a key locks it; two tables at once, for two processors.
  const ofTable = (table: string) => [
    ...keys
      .filter((key) => key.table === table)
      .map(({ name, definition }) => `alter table ${table} add constraint ${name} ${definition}`),
    ...indices
      .filter(({ definition }) => definition.includes(` ON ${table} `))
      .map(({ definition }) => definition),
  ]
  await Promise.all(tables.map((table) => inOneSession(pool, ofTable(table))))
  for (const { table, name, definition } of foreign) {
    await pool.query(`alter table ${table} add constraint ${name} ${definition}`)
  }
}

interface Constraint {
  readonly table: string
  readonly name: string
  readonly type: 'p' | 'u' | 'f'
  readonly definition: string
}

async function inOneSession(pool: pg.Pool, statements: readonly string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`set maintenance_work_mem = '512MB'; set synchronous_commit = off`)
    for (const statement of statements) await client.query(statement)
  } finally {
    // Its settings go with it.
    client.release(true)
  }
}
