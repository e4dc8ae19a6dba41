import pg from 'pg'
import { v7 } from 'uuid'
import { GroupWriter } from './group-writer.ts'
import { type Participant, serve } from './participant.ts'
import type { Setup } from './protocol.ts'

// The bound: the same rows, written by group commit, and nothing else. No recovery, no leases, no
// undo, no history, no checks: what is left is what the database and the driver can do.

const schema = `
create table runs (
  id uuid primary key, status text not null, current_step int not null, epoch int not null,
  revision bigint not null, input jsonb not null, ended_at timestamptz
) with (fillfactor = 50);
create table step_results (
  saga_id uuid not null, step_idx int not null, name text not null, output jsonb not null,
  finished_at timestamptz not null, primary key (saga_id, step_idx)
)`

/** Runs of before: the plans are those of a database that has been in use. */
const before = `
insert into runs select gen_random_uuid(), 'completed', 3, 1, 3, '{}', now()
from generate_series(1, 30000);
insert into step_results select id, idx, 'before', '{}', now() from runs, generate_series(0, 2) idx;
analyze runs; analyze step_results`

/**
 * Starts and settles in one statement. A settle is as the engine's: fenced by epoch and revision, the
 * run's row and its step's together.
 */
const write = `with start as (
  insert into runs select id, 'running', 0, 1, 0, '{}', null from unnest($1::uuid[]) id
  returning id
), patch as (
  select * from unnest($2::uuid[], $3::int[], $4::text[]) as p (id, idx, name)
), run as (
  update runs r set current_step = p.idx + 1, revision = r.revision + 1,
    status = case when p.idx = 2 then 'completed' else 'running' end,
    ended_at = case when p.idx = 2 then now() end
  from patch p where r.id = p.id and r.epoch = 1 and r.revision = p.idx
  returning r.id, p.idx, p.name
), result as (
  insert into step_results select id, idx, name, '{}', now() from run
)
select id from start union all select id from run`

const names = ['one', 'two', 'three'] as const
/** While one statement is answered, the next is on its way. */
const lanes = 2
const most = 200

/** A start, or the settle of a step. */
interface Item {
  readonly id: string
  readonly settled: number | null
}

async function open({ connection }: Setup): Promise<Participant> {
  const pool = new pg.Pool({ ...connection, max: lanes })
  await pool.query(schema)
  await pool.query(before)
  let statements = 0
  const writer = new GroupWriter<Item>({
    lanes,
    most,
    async write(batch) {
      statements += 1
      const { rowCount } = await pool.query({ name: 'write', text: write, values: valuesOf(batch) })
      if (rowCount !== batch.length) throw new Error(`${rowCount} rows of ${batch.length}`)
    },
  })
  return {
    settings: {
      'statements in flight': lanes,
      'most rows in one': most,
      technique: 'prepared, arrays by unnest, starts and settles in one statement',
    },
    statements: () => statements,
    async run() {
      const id = v7()
      await writer.add({ id, settled: null })
      for (const settled of names.keys()) await writer.add({ id, settled })
    },
    close: () => pool.end(),
  }
}

/** Arrays are written by hand: `pg` would look at every element, to quote it. */
function valuesOf(batch: readonly Item[]): string[] {
  const starts: string[] = []
  const ids: string[] = []
  const idxs: number[] = []
  const stepNames: string[] = []
  for (const { id, settled } of batch) {
    if (settled === null) {
      starts.push(id)
      continue
    }
    ids.push(id)
    idxs.push(settled)
    stepNames.push(names[settled] ?? '')
  }
  return [starts, ids, idxs, stepNames].map((values) => `{${values.join()}}`)
}

await serve(open)
