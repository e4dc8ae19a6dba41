import type pg from 'pg'

/** What the server has counted of a saga, on the average. */
export interface Counted {
  /** Buffers of tables and their indices, found in memory or not. */
  readonly heap: number
  readonly index: number
  /** Without the images of pages that follow a checkpoint. */
  readonly walBytes: number
  readonly imageBytes: number
  readonly runs: Updates
  readonly ledger: Updates
}

interface Updates {
  readonly updates: number
  readonly hot: number
}

/** What it has counted of this database until now, and where its WAL is. */
export interface Counters extends Pick<Counted, 'heap' | 'index' | 'runs' | 'ledger'> {
  readonly lsn: string
}

export async function readCounters(client: pg.Client): Promise<Counters> {
  await client.query('select pg_stat_clear_snapshot()')
  const { rows } = await client.query<{ heap: number; index: number }>(
    `select sum(heap_blks_hit + heap_blks_read + coalesce(toast_blks_hit + toast_blks_read, 0)
         + coalesce(tidx_blks_hit + tidx_blks_read, 0))::float8 as heap,
       sum(idx_blks_hit + idx_blks_read)::float8 as index
     from pg_statio_user_tables where schemaname = 'saga'`,
  )
  const [runs, ledger] = [await updatesOf(client, 'runs'), await updatesOf(client, 'step_results')]
  const { rows: wal } = await client.query<{ lsn: string }>(
    'select pg_current_wal_insert_lsn()::text as lsn',
  )
  return { ...only(rows), ...only(wal), runs, ledger }
}

/** Sessions tell what they counted when they end. */
export async function sessionsEnded(client: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    if (rowCount === 0) return
  }
}

async function updatesOf(client: pg.Client, table: string): Promise<Updates> {
  const { rows } = await client.query<Updates>(
    `select n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot
     from pg_stat_user_tables where schemaname = 'saga' and relname = $1`,
    [`saga_${table}`],
  )
  return only(rows)
}

/** Since `before`, for each of so many sagas. */
export async function countedSince(
  client: pg.Client,
  before: Counters,
  sagas: number,
): Promise<Counted> {
  const after = await readCounters(client)
  // What is not on the disk yet cannot be read, and only a commit brings it there.
  await client.query(`set synchronous_commit = on; select pg_logical_emit_message(true, '', '')`)
  const { rows } = await client.query<{ wal_bytes: number; image_bytes: number }>(
    `select sum(record_size)::float8 as wal_bytes, sum(fpi_size)::float8 as image_bytes
     from pg_get_wal_stats($1::pg_lsn, $2::pg_lsn)`,
    [before.lsn, after.lsn],
  )
  const { wal_bytes, image_bytes } = only(rows)
  const updates = (of: (counters: Counters) => Updates): Updates => ({
    updates: (of(after).updates - of(before).updates) / sagas,
    hot: (of(after).hot - of(before).hot) / sagas,
  })
  return {
    heap: (after.heap - before.heap) / sagas,
    index: (after.index - before.index) / sagas,
    walBytes: wal_bytes / sagas,
    imageBytes: image_bytes / sagas,
    runs: updates(({ runs }) => runs),
    ledger: updates(({ ledger }) => ledger),
  }
}

function only<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('the server does not tell what it counts')
  return row
}
