import { nowParameter, nowSql, type Session } from '../sql.ts'

/** A run that no worker can go on with is tried so often in a row, then parked with the reason. */
const mostStalls = 10

/** Lets go of a run that its holder cannot go on with; fenced like every write of a holder. */
export async function abandonRun(
  session: Session,
  {
    runId,
    epoch,
    delayMs,
    stalled,
  }: { runId: string; epoch: number; delayMs: number; stalled?: string },
): Promise<void> {
  await session.query(
    `with run as (update saga.saga_runs set
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
     returning id, status, parked, event_seq, stalls)
     insert into saga.saga_events (saga_id, seq, type, detail, at)
     select id, event_seq, 'run_parked', parked, ${nowSql('$4')} from run
     where $5::text is not null and stalls >= ${mostStalls}`,
    [runId, epoch, delayMs, nowParameter(session), stalled ?? null],
  )
}

const isOver = `($5::text is not null and stalls + 1 >= ${mostStalls})`
