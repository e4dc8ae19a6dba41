import type { Run } from '../../core/run.ts'
import type { NewRun } from '../../engine/store.ts'
import { named } from '../prepared.ts'
import { type RunRow, runColumns, toRun } from '../rows.ts'
import { epochMs, json, nowParameter, nowSql, type Session } from '../sql.ts'

/** The values of a new run, in the order of {@link newRunColumns}, from `$1`. */
export function newRunValues(run: NewRun): unknown[] {
  return [
    run.id,
    run.tag,
    run.kind,
    run.version,
    json(run.plan),
    json(run.inputs),
    run.inputHash,
    run.startKey,
    run.lockKeys,
    run.priority,
    run.reservedFor,
    run.startedBy,
    run.parent?.rootId ?? run.id,
    run.parent?.id ?? null,
    run.parent?.step ?? null,
    run.traceContext ? json(run.traceContext) : null,
  ]
}

export const newRunColumns = `id, tag, kind, version, plan, inputs, input_hash, start_key,
  lock_keys, priority, reserved_for, reserved, started_by, root_id, parent_id, parent_step,
  trace_context, locks_held, wake_at, created_at, event_seq, shape`

/** SQL for one row of those values, made at the time `now`. */
export function newRunSelect(now: string): string {
  return `$1::uuid, $2, $3, $4::int, $5::jsonb, $6::jsonb, $7, $8, $9::text[], $10::int, $11,
    coalesce($11, ''), $12, $13::uuid, $14::uuid, $15::int, $16::jsonb,
    -- What its parent holds, it holds.
    $14::uuid is not null and cardinality($9::text[]) > 0, ${now}, ${now}, 1,
    ${shapeOf('$3', '$5::jsonb')}`
}

/** SQL: which steps an ad-hoc plan takes; a declared one is known by its kind and version. */
export function shapeOf(kind: string, plan: string): string {
  return `case when ${kind} = 'ad_hoc' then coalesce(saga.plan_shape(${plan}), '') else '' end`
}

/** SQL for the first event of the run that the statement's CTE `run` inserted. */
export const startedEvent = `insert into saga.saga_history (saga_id, seq, entries)
  select id, 1, jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('type', 'run_created',
    'at', ${epochMs('created_at')}, 'detail', jsonb_build_object('kind', kind), 'actor', started_by)))
  from run`

const insertion = named(
  'saga_insert_run',
  `with run as (
    insert into saga.saga_runs as r (${newRunColumns})
    select ${newRunSelect(nowSql('$17'))}
    on conflict do nothing
    returning ${runColumns('r')}
  ), event as (${startedEvent}), hint as (
    select pg_notify('saga_wake', '') from run where $18::boolean
  )
  select run.* from run left join hint on true`,
)

/**
 * Inserts a run and its first event, once for each start key: a repeated key gives the run it made
 * the first time; one whose answer was lost is there by its id. The hint to the workers is sent by
 * the same statement, but never inside a caller's transaction, where NOTIFY would serialise every
 * commit.
 */
export async function insertRun(
  session: Session,
  { run, notify }: { run: NewRun; notify: boolean },
): Promise<{ run: Run; inputHash: string; created: boolean }> {
  const values = [...newRunValues(run), nowParameter(session), notify]
  const { rows } = await session.query<RunRow>(insertion.text, values, insertion.name)
  const inserted = rows[0]
  if (inserted !== undefined) {
    return { run: toRun(inserted), inputHash: inserted.input_hash, created: true }
  }
  const present = await session.query<RunRow>(
    `select ${runColumns('r')} from saga.saga_runs r where r.start_key = $1
     union all
     select ${runColumns('r')} from saga.saga_runs r where r.id = $2`,
    [run.startKey, run.id],
  )
  const row = present.rows[0]
  // Pruned between the two statements: the key is free again.
  if (row === undefined) return insertRun(session, { run, notify })
  return { run: toRun(row), inputHash: row.input_hash, created: row.id === run.id }
}
