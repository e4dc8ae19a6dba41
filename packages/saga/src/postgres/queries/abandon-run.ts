import { nowParameter, nowSql, type Session } from '../sql.ts'

/** Lets go of a run that its holder cannot go on with; fenced like every write of a holder. */
export async function abandonRun(
  session: Session,
  { runId, epoch, delayMs }: { runId: string; epoch: number; delayMs: number },
): Promise<void> {
  await session.query(
    `update saga.saga_runs
     set worker_id = null, revision = revision + 1,
       wake_at = ${nowSql('$4')} + $3::int * interval '1 millisecond'
     where id = $1 and epoch = $2 and worker_id is not null`,
    [runId, epoch, delayMs, nowParameter(session)],
  )
}
