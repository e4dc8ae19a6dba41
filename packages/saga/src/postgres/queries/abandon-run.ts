import type { SagaEvent } from '../../core/event.ts'
import type { Run } from '../../core/run.ts'
import { type RunRow, runColumns, toRun } from '../rows.ts'
import { epochMs, nowParameter, nowSql, type Session } from '../sql.ts'

/** A run that no worker can go on with is tried so often in a row, then parked with the reason. */
const mostStalls = 10

/**
 * Lets go of a run that its holder cannot go on with; fenced like every write of a holder. Gives the
 * run and its event where that has parked it. What the holder has read in vain wakes it no more, or
 * it would be claimed again at once, for ever; it is read with what comes next, or when it is due.
 */
export async function abandonRun(
  session: Session,
  {
    runId,
    epoch,
    delayMs,
    stalled,
    seen = [],
  }: { runId: string; epoch: number; delayMs: number; stalled?: string; seen?: readonly string[] },
): Promise<{ readonly run: Run; readonly event: SagaEvent } | undefined> {
  const { rows } = await session.query<RunRow & { parked_at: Date }>(
    `with run as (update saga.saga_runs r set
       event_seq = event_seq + case when ${isOver} then 1 else 0 end,
       worker_id = null, revision = revision + 1,
       stalls = stalls + case when $5::text is null then 0 else 1 end,
       status = case when ${isOver} then 'parked' else status end,
       ended_at = case when ${isOver} then null else ended_at end,
       parked = case
         when ${isOver}
           then jsonb_build_object('reason', 'stalled:' || $5::text, 'step', current_step)
         else parked
       end,
       wake_at = case
         when status = 'parked' or ${isOver} then null
         else ${nowSql('$4')} + $3::int * interval '1 millisecond'
       end
     where id = $1 and epoch = $2 and worker_id is not null
     returning ${runColumns('r')}, r.stalls
     ), in_vain as (
     update saga.saga_signals s set early = true from run
     where s.run_id = run.id and s.id = any($6::bigint[]) and s.read_at is null
     ), event as (
     insert into saga.saga_history (saga_id, seq, entries)
     select id, event_seq, jsonb_build_array(jsonb_build_object(
       'type', 'run_parked', 'at', ${epochMs(nowSql('$4'))}, 'detail', parked))
     from run where $5::text is not null and stalls >= ${mostStalls}
     returning to_timestamp((entries -> 0 ->> 'at')::float8 / 1000) as parked_at)
     select run.*, event.parked_at from run, event`,
    [runId, epoch, delayMs, nowParameter(session), stalled ?? null, seen],
  )
  const [row] = rows
  if (row === undefined || row.parked === null) return undefined
  const now = row.parked_at.getTime()
  return { run: toRun(row), event: { type: 'run_parked', ...row.parked, now } }
}

const isOver = `($5::text is not null and stalls + 1 >= ${mostStalls})`
