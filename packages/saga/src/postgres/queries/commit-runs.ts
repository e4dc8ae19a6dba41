import { hasEnded } from '../../core/run.ts'
import type { Commit, CommitResult } from '../../engine/store.ts'
import { Growth, type Named, named } from '../prepared.ts'
import { json, nowParameter, nowSql, type Session } from '../sql.ts'
import {
  bornColumns,
  hasHistory,
  historyColumns,
  runColumns,
  stepColumns,
} from './commit-columns.ts'
import { shapeOf } from './insert-run.ts'

/** Writes patches of runs; see {@link Store.commitRuns}. */
type CommitRuns = (
  session: Session,
  params: { readonly commits: readonly Commit[] },
) => Promise<readonly CommitResult[]>

/**
 * Gives the query that writes any number of runs, their changed ledger rows, their events and what
 * they have read, in one statement. The update of the runs' rows comes first and carries the fences
 * (epoch and revision of each); everything else selects from it, so that a fenced writer writes
 * nothing at all, and the others in the statement are none the worse for it. A run that is begun
 * where it was started has no row yet: it is inserted, unless its start key is taken, or its worker's
 * lease is over.
 *
 * An ended run gives up its locks and its places in their queues here, and whoever is at the head
 * of a queue then, and does not end here too, is left one signal; so is the parent that waits for it.
 *
 * Planning it takes longer than all the rest, so it is prepared; see {@link Growth}.
 */
export function runCommitter(): CommitRuns {
  const growth = new Growth()
  return async (session, { commits }) => {
    if (commits.length === 0) return []
    refuseTwice(commits)
    const needs = needsOf(commits)
    const statement = statementFor(needs)
    const { rows } = await session.query<{ id: string; bytes: string | null }>(
      statement.text,
      [
        ...rowsOf(commits),
        growth.isGoingOn,
        ...(needs.noting || needs.born ? [nowParameter(session)] : []),
        ...(needs.born ? [bornOf(commits)] : []),
      ],
      growth.nameOf(statement),
    )
    growth.hear(rows[0]?.bytes ?? null)
    const written = new Set(rows.map(({ id }) => id))
    return commits.map(({ run }) => (written.has(run.id) ? 'committed' : 'fenced'))
  }
}

function rowsOf(commits: readonly Commit[]): string[] {
  const updates = commits.filter(({ start }) => start === undefined)
  // In the order of their ids, for two statements with rows in common would wait for each other.
  const inOrder = updates.toSorted((a, b) => (a.run.id < b.run.id ? -1 : 1))
  const opened: object[] = []
  const settled: object[] = []
  for (const { run, steps, ledgerLength } of commits) {
    for (const step of steps) {
      const rows = step.idx >= ledgerLength ? opened : settled
      rows.push(stepColumns(run.id, step))
    }
  }
  return [
    inOrder.map(runColumns),
    opened,
    settled,
    commits.filter(hasHistory).map(historyColumns),
  ].map(json)
}

function bornOf(commits: readonly Commit[]): string {
  const births = commits.flatMap((commit) =>
    commit.start
      ? [{ key: commit.start.startKey ?? '', row: bornColumns(commit, commit.start) }]
      : [],
  )
  // In the order of their start keys, for two statements with keys in common would wait for each other.
  births.sort((a, b) => (a.key < b.key ? -1 : 1))
  return json(births.map(({ row }) => row))
}

/** What a statement has to do besides: what none of its patches needs is left out of it. */
interface Needs {
  readonly born: boolean
  readonly noting: boolean
}

function needsOf(commits: readonly Commit[]): Needs {
  return {
    born: commits.some(({ start }) => start !== undefined),
    noting: commits.some((commit) => givesUpPlaces(commit) || commit.readSignals.length > 0),
  }
}

function statementFor({ born, noting }: Needs): Named {
  if (noting) return born ? statements.bornNoting : statements.noting
  return born ? statements.born : statements.plain
}

/** One that has ended, or is parked before it has its locks: nobody is to wait behind it. */
function givesUpPlaces({ run: { status, locksHeld } }: Commit): boolean {
  return hasEnded(status) || (status === 'parked' && !locksHeld)
}

/**
 * @throws TypeError for two patches of one run: `update … from` would apply one of them, silently
 */
function refuseTwice(commits: readonly Commit[]): void {
  const seen = new Set<string>()
  for (const { run } of commits) {
    if (seen.has(run.id)) throw new TypeError(`two patches of saga ${run.id} in one statement`)
    seen.add(run.id)
  }
}

/**
 * Waiting for a row in READ COMMITTED means that its newest version is looked at (EvalPlanQual), but
 * with the statement's snapshot for everything else. So the fences ask columns of the run's own row
 * alone, and so does what keeps a run from completing: a cancel that was accepted while this waited
 * is counted there.
 *
 * `between` is true of all, and tells the planner that they are few: it goes to the runs one by one,
 * by their ids, in the order they are given.
 */
const updated = `patch as materialized (
  select * from json_to_recordset($1::json) as p (
    id uuid, epoch int, revision bigint, write_id uuid, status text, direction text,
    current_step int, error jsonb, parked jsonb, locks_held boolean,
    cancel_requested_at timestamptz, cancel_requested_by text, ended_at timestamptz,
    release boolean, wake_at timestamptz, waits_for text, context jsonb,
    trace_context jsonb, events int, read_signals bigint[], cancels_read int)
  where epoch between 0 and 2147483647 and revision between 0 and 9223372036854775807
), updated as (
  update saga.saga_runs r set
    revision = r.revision + 1, stalls = 0, last_write = p.write_id, status = p.status,
    direction = p.direction, current_step = p.current_step, error = p.error, parked = p.parked,
    locks_held = p.locks_held, cancel_requested_at = p.cancel_requested_at,
    cancel_requested_by = p.cancel_requested_by, ended_at = p.ended_at,
    worker_id = case when p.release then null else r.worker_id end,
    wake_at = p.wake_at, waits_for = p.waits_for,
    context = coalesce(p.context, r.context),
    trace_context = coalesce(p.trace_context, r.trace_context), event_seq = r.event_seq + p.events,
    unread_cancels = greatest(0, r.unread_cancels - p.cancels_read)
  from patch p
  where r.id = p.id and r.epoch = p.epoch and r.revision = p.revision
    -- Completing first wins; a cancel that was accepted before has to be read first.
    and (p.status <> 'completed' or r.unread_cancels <= p.cancels_read)
  returning r.id, r.parent_id, r.parent_step, r.ended_at, r.status, r.locks_held, p.read_signals
)`

const bornRuns = `born as (
  insert into saga.saga_runs as r (
    id, tag, kind, version, plan, inputs, input_hash, start_key, lock_keys, priority, started_by,
    created_at, started_at, worker_id, wake_at, waits_for, epoch, revision, last_write, event_seq,
    status, direction, current_step, context, error, parked, ended_at, trace_context, root_id, shape)
  select b.*, b.id, ${shapeOf('b.kind', 'b.plan')} from json_to_recordset($7::json) as b (
    id uuid, tag text, kind text, version int, plan jsonb, inputs jsonb, input_hash text,
    start_key text, lock_keys text[], priority int, started_by text,
    created_at timestamptz, started_at timestamptz, worker_id text, wake_at timestamptz,
    waits_for text, epoch int, revision bigint, last_write uuid, event_seq int,
    status text, direction text, current_step int, context jsonb, error jsonb, parked jsonb,
    ended_at timestamptz, trace_context jsonb)
  -- As with a claim: from a worker that slept until it was forgotten nobody would take it over.
  where b.worker_id is null or exists (
    select from saga.saga_workers w
    where w.id = b.worker_id and w.lease_until >= ${nowSql('$6')})
  on conflict do nothing
  returning r.id, r.parent_id, r.parent_step, r.ended_at, r.status, r.locks_held,
    '{}'::bigint[] as read_signals
)`

const stepNames = `saga_id, step_idx, name, status, input, key, receipt, issued_at, output, attempts,
  opened_epoch, next_at, deadline_at, unknown_since, failed_lookups, error, undo_attempts,
  undo_deadline_at, undo_error, started_at, finished_at, undo_started_at, undo_finished_at`

/** Counts that are nought are left out. */
const stepValues = stepNames
  .split(/,\s+/)
  .map((name) =>
    /^(failed_lookups|undo_attempts)$/.test(name) ? `coalesce(s.${name}, 0)` : `s.${name}`,
  )
  .join(', ')

/** Rows of the ledger as they come in a parameter. */
const stepRows = (parameter: string) => `json_to_recordset(${parameter}::json) as s (
    saga_id uuid, step_idx int, name text, status text, input jsonb, key text, receipt jsonb,
    issued_at timestamptz, output jsonb, attempts int, opened_epoch int,
    next_at timestamptz, deadline_at timestamptz, unknown_since timestamptz, failed_lookups int, error jsonb,
    undo_attempts int, undo_deadline_at timestamptz, undo_error jsonb, started_at timestamptz,
    finished_at timestamptz, undo_started_at timestamptz, undo_finished_at timestamptz)`

/** Rows that are new are inserted: to look for a row in the way would take half as long again. */
const ledger = `opened as (
  insert into saga.saga_step_results (${stepNames})
  select ${stepValues} from ${stepRows('$2')} join run on run.id = s.saga_id
), settled as (
  insert into saga.saga_step_results as l (${stepNames})
  select ${stepValues} from ${stepRows('$3')} join run on run.id = s.saga_id
  on conflict (saga_id, step_idx) do update set
    name = excluded.name, status = excluded.status, input = excluded.input, key = excluded.key,
    receipt = excluded.receipt, issued_at = excluded.issued_at, output = excluded.output,
    attempts = excluded.attempts, opened_epoch = excluded.opened_epoch,
    next_at = excluded.next_at, deadline_at = excluded.deadline_at, unknown_since = excluded.unknown_since,
    failed_lookups = excluded.failed_lookups, error = excluded.error,
    undo_attempts = excluded.undo_attempts, undo_deadline_at = excluded.undo_deadline_at,
    undo_error = excluded.undo_error, finished_at = excluded.finished_at,
    undo_started_at = excluded.undo_started_at, undo_finished_at = excluded.undo_finished_at
), history as (
  insert into saga.saga_history (saga_id, seq, entries)
  select h.* from json_to_recordset($4::json) as h (saga_id uuid, seq int, entries jsonb)
  join run on run.id = h.saga_id
)`

const notes = `ended as (
  select id, parent_id, parent_step from run where ended_at is not null
), taken_note as (
  update saga.saga_signals s set read_at = ${nowSql('$6')}
  from run
  where s.run_id = run.id and s.read_at is null
    and (run.ended_at is not null or cardinality(run.read_signals) > 0)
    -- To an ended run nothing is left to say, but that it left something after all.
    and (s.id = any(run.read_signals) or run.ended_at is not null and s.type <> 'stray_effect')
), given_up as (
  update saga.saga_locks l set released_at = ${nowSql('$6')}
  from ended where l.run_id = ended.id and l.released_at is null and l.acquired_at is not null
  returning l.key
), leaving as (
  select id from run where ended_at is not null or (status = 'parked' and not locks_held)
), left_queues as (
  delete from saga.saga_locks l using leaving
  where l.run_id = leaving.id and l.released_at is null and l.acquired_at is null
  returning l.key
), next_in_line as (
  select distinct head.run_id
  from (select key from given_up union select key from left_queues) k
  cross join lateral (
    select q.run_id from saga.saga_locks q
    where q.key = k.key and q.released_at is null
      -- All of this sees the queue as it was before: who ends here is still in it.
      and not exists (select from ended where ended.id = q.run_id)
      and (q.acquired_at is not null
        or not exists (select from leaving where leaving.id = q.run_id))
    order by q.place limit 1
  ) head
), wake_up as (
  insert into saga.saga_signals (run_id, type, step_idx, created_at)
  select run_id, 'lock_released', null, ${nowSql('$6')} from next_in_line
  union all
  select parent.id, 'child_ended', ended.parent_step, ${nowSql('$6')}
  from ended join saga.saga_runs parent on parent.id = ended.parent_id and parent.ended_at is null
  where not exists (select from ended e where e.id = parent.id)
  returning run_id
)`

const statements = {
  plain: statement({ born: false, noting: false }),
  born: statement({ born: true, noting: false }),
  noting: statement({ born: false, noting: true }),
  bornNoting: statement({ born: true, noting: true }),
}

function statement({ born, noting }: Needs): Named {
  const run = born
    ? `${bornRuns}, run as (select * from updated union all select * from born)`
    : 'run as (select * from updated)'
  const parts = [updated, run, ledger, ...(noting ? [notes] : [])]
  return named(
    'saga_commit',
    `with ${parts.join(', ')}
    select run.id${noting ? ", (select count(pg_notify('saga_wake', run_id::text)) from wake_up)" : ''},
      (select case when $5::boolean then pg_relation_size('saga.saga_runs') end) as bytes
    from run`,
  )
}
