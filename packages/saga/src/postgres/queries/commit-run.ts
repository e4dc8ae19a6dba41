import type { SagaEvent } from '../../core/event.ts'
import { hasEnded, type StepRecord } from '../../core/run.ts'
import type { Commit, CommitResult } from '../../engine/store.ts'
import { json, nowParameter, nowSql, type Session, timestamp } from '../sql.ts'

/**
 * Writes a run, its changed ledger rows, its events and what it has read, in one statement. The
 * update of the run's row comes first and carries the fence (epoch and revision); everything else
 * selects from it, so that a fenced writer writes nothing at all.
 *
 * An ended run gives up its locks and its places in their queues here, and whoever is at the head
 * of a queue then is left a signal; so is the parent that waits for it.
 */
export async function commitRun(
  session: Session,
  { commit }: { commit: Commit },
): Promise<CommitResult> {
  const { run, release, writeId, readSignals } = commit
  const ended = hasEnded(run.status)
  const { rowCount } = await session.query(ended ? endingStatement : statement, [
    run.id,
    run.epoch,
    run.revision,
    writeId,
    run.status,
    run.direction,
    run.currentStep,
    run.error === null ? null : json(run.error),
    run.parked === null ? null : json(run.parked),
    run.locksHeld && !ended,
    timestamp(run.cancelRequestedAt),
    run.cancelRequestedBy,
    timestamp(run.endedAt),
    release,
    wakeAt(commit),
    release ? run.waitsFor : null,
    release ? json(run.context) : null,
    json(commit.steps.map(stepColumns)),
    json(commit.events.map((event, index) => eventColumns(event, run.eventSeq + index + 1))),
    readSignals,
    nowParameter(session),
  ])
  return rowCount === 1 ? 'committed' : 'fenced'
}

/**
 * A run let go in the middle of its work is due at once, before all others; one at rest never, and
 * one that waits for somebody only when they say so.
 */
function wakeAt({ run, release }: Commit): string | null {
  if (!release || run.status === 'parked' || hasEnded(run.status)) return null
  return timestamp(run.wakeAt ?? (run.waitsFor === null ? 0 : null))
}

const fencedWrite = `with run as (
  update saga.saga_runs r set
    revision = r.revision + 1, stalls = 0, last_write = $4::uuid, status = $5, direction = $6,
    current_step = $7, error = $8::jsonb, parked = $9::jsonb, locks_held = $10,
    cancel_requested_at = $11::timestamptz, cancel_requested_by = $12,
    ended_at = $13::timestamptz,
    worker_id = case when $14::boolean then null else r.worker_id end,
    wake_at = $15::timestamptz, waits_for = $16,
    context = coalesce($17::jsonb, r.context),
    event_seq = r.event_seq + jsonb_array_length($19::jsonb)
  where r.id = $1 and r.epoch = $2 and r.revision = $3
    -- Completing first wins; a cancel that was accepted before has to be read first.
    and ($5 <> 'completed' or not exists (
      select from saga.saga_signals s
      where s.run_id = r.id and s.type = 'cancel' and s.read_at is null
        and s.id <> all($20::bigint[])))
  returning r.id, r.parent_id, r.parent_step
), ledger as (
  insert into saga.saga_step_results as l (
    saga_id, step_idx, name, status, input, key, receipt, issued_at, output, attempts, next_at,
    deadline_at, unknown_since, failed_lookups, error, undo_attempts, undo_deadline_at,
    undo_error, started_at, finished_at, undo_started_at, undo_finished_at)
  select run.id, s.* from run, jsonb_to_recordset($18::jsonb) as s (
    step_idx int, name text, status text, input jsonb, key text, receipt jsonb,
    issued_at timestamptz, output jsonb, attempts int, next_at timestamptz,
    deadline_at timestamptz, unknown_since timestamptz, failed_lookups int, error jsonb,
    undo_attempts int, undo_deadline_at timestamptz, undo_error jsonb, started_at timestamptz,
    finished_at timestamptz, undo_started_at timestamptz, undo_finished_at timestamptz)
  on conflict (saga_id, step_idx) do update set
    name = excluded.name, status = excluded.status, input = excluded.input, key = excluded.key,
    receipt = excluded.receipt, issued_at = excluded.issued_at, output = excluded.output,
    attempts = excluded.attempts, next_at = excluded.next_at,
    deadline_at = excluded.deadline_at, unknown_since = excluded.unknown_since,
    failed_lookups = excluded.failed_lookups, error = excluded.error,
    undo_attempts = excluded.undo_attempts, undo_deadline_at = excluded.undo_deadline_at,
    undo_error = excluded.undo_error, finished_at = excluded.finished_at,
    undo_started_at = excluded.undo_started_at, undo_finished_at = excluded.undo_finished_at
), history as (
  insert into saga.saga_events (saga_id, seq, type, step_idx, detail, actor, at)
  select run.id, e.* from run, jsonb_to_recordset($19::jsonb) as e (
    seq int, type text, step_idx int, detail jsonb, actor text, at timestamptz)
), taken_note as (
  update saga.saga_signals set read_at = ${nowSql('$21')}
  from run
  where saga_signals.run_id = run.id and saga_signals.read_at is null
    -- To an ended run nothing is left to say, but that it left something after all.
    and (saga_signals.id = any($20::bigint[])
      or ($13::timestamptz is not null and saga_signals.type <> 'stray_effect'))
)`

const statement = `${fencedWrite} select id from run`

const endingStatement = `${fencedWrite}, given_up as (
  update saga.saga_locks l set released_at = ${nowSql('$21')}
  from run where l.run_id = run.id and l.released_at is null and l.acquired_at is not null
  returning l.key
), left_queues as (
  delete from saga.saga_locks l using run
  where l.run_id = run.id and l.released_at is null and l.acquired_at is null
  returning l.key
), next_in_line as (
  select distinct head.run_id
  from (select key from given_up union select key from left_queues) k
  cross join lateral (
    select q.run_id from saga.saga_locks q
    where q.key = k.key and q.released_at is null and q.run_id <> $1
    order by q.place limit 1
  ) head
), wake_up as (
  insert into saga.saga_signals (run_id, type, step_idx, created_at)
  select run_id, 'lock_released', null, ${nowSql('$21')} from next_in_line
  union all
  select parent.id, 'child_ended', run.parent_step, ${nowSql('$21')}
  from run join saga.saga_runs parent on parent.id = run.parent_id and parent.ended_at is null
  returning run_id
)
select run.id, (select count(pg_notify('saga_wake', run_id::text)) from wake_up) from run`

function stepColumns(step: StepRecord): object {
  return {
    step_idx: step.idx,
    name: step.name,
    status: step.status,
    input: step.input,
    key: step.key,
    receipt: step.receipt,
    issued_at: timestamp(step.issuedAt),
    output: step.output,
    attempts: step.attempts,
    next_at: timestamp(step.nextAt),
    deadline_at: timestamp(step.deadlineAt),
    unknown_since: timestamp(step.unknownSince),
    failed_lookups: step.failedLookups,
    error: step.error,
    undo_attempts: step.undoAttempts,
    undo_deadline_at: timestamp(step.undoDeadlineAt),
    undo_error: step.undoError,
    started_at: timestamp(step.startedAt),
    finished_at: timestamp(step.finishedAt),
    undo_started_at: timestamp(step.undoStartedAt),
    undo_finished_at: timestamp(step.undoFinishedAt),
  }
}

/** Inputs, receipts and outputs stand in the ledger; the history says only what happened. */
function eventColumns(event: SagaEvent, seq: number): object {
  const { type, now, ...data } = event
  const { idx, actor, input, receipt, output, ...detail } = {
    idx: null,
    actor: null,
    input: undefined,
    receipt: undefined,
    output: undefined,
    ...data,
  }
  return { seq, type, step_idx: idx, detail, actor, at: timestamp(now) }
}
