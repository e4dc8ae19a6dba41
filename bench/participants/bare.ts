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

/** Arrays are written by hand: `pg` would look at every element to quote it. */
const insertRuns = `insert into runs
select id, 'running', 0, 1, 0, '{}', null from unnest($1::uuid[]) id`

/** A settle as the engine's: fenced by epoch and revision, the run's row and its step's in one. */
const settleSteps = `with patch as (
  select * from unnest($1::uuid[], $2::int[], $3::text[]) as p (id, idx, name)
), run as (
  update runs r set current_step = p.idx + 1, revision = r.revision + 1,
    status = case when p.idx = 2 then 'completed' else 'running' end,
    ended_at = case when p.idx = 2 then now() end
  from patch p where r.id = p.id and r.epoch = 1 and r.revision = p.idx
  returning r.id, p.idx, p.name
), result as (
  insert into step_results select id, idx, name, '{}', now() from run
)
select id from run`

const names = ['one', 'two', 'three'] as const

interface Settle {
  readonly id: string
  readonly idx: number
}

async function open({ connection }: Setup): Promise<Participant> {
  const lanes = Number(process.env['BENCH_LANES'] ?? 2)
  const most = Number(process.env['BENCH_MOST'] ?? 200)
  const pool = new pg.Pool({ ...connection, max: lanes + 1 })
  await pool.query(schema)
  await pool.query(before)
  let statements = 0
  const write = async (name: string, text: string, values: string[], rows: number) => {
    statements += 1
    const { rowCount } = await pool.query({ name, text, values })
    if (rowCount !== rows) throw new Error(`${name}: ${rowCount} rows of ${rows}`)
  }
  const starts = new GroupWriter<string>({
    lanes: 1,
    most,
    write: (ids) => write('start', insertRuns, [array(ids)], ids.length),
  })
  const settles = new GroupWriter<Settle>({
    lanes,
    most,
    write: (batch) =>
      write(
        'settle',
        settleSteps,
        [
          array(batch.map(({ id }) => id)),
          array(batch.map(({ idx }) => idx)),
          array(batch.map(({ idx }) => names[idx] ?? '')),
        ],
        batch.length,
      ),
  })
  return {
    settings: { lanes, most },
    statements: () => statements,
    async run() {
      const id = v7()
      await starts.add(id)
      for (let idx = 0; idx < 3; idx += 1) await settles.add({ id, idx })
    },
    close: () => pool.end(),
  }
}

const array = (values: readonly (string | number)[]) => `{${values.join()}}`

await serve(open)
