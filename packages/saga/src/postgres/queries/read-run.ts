import type { Run, StepRecord } from '../../core/run.ts'
import { type RunRow, runColumns, type StepRow, toRun, toStep } from '../rows.ts'
import type { Session } from '../sql.ts'

/** A run and its ledger. A cancel that its holder has not read yet already shows. */
export async function readRun(
  session: Session,
  { id }: { id: string },
): Promise<{ run: Run; steps: readonly StepRecord[] } | undefined> {
  const { rows } = await session.query<RunRow & { asked_at: Date | null; asked_by: string | null }>(
    `select ${runColumns('r')}, asked.created_at as asked_at, asked.actor as asked_by
     from saga.saga_runs r
     left join lateral (
       select s.created_at, s.actor from saga.saga_signals s
       where s.run_id = r.id and s.type = 'cancel' and s.read_at is null
       order by s.id limit 1
     ) asked on r.ended_at is null
     where r.id = $1`,
    [id],
  )
  const row = rows[0]
  if (row === undefined) return undefined
  const { rows: steps } = await session.query<StepRow>(
    'select * from saga.saga_step_results where saga_id = $1 order by step_idx',
    [id],
  )
  const run = toRun({
    ...row,
    cancel_requested_at: row.cancel_requested_at ?? row.asked_at,
    cancel_requested_by: row.cancel_requested_by ?? row.asked_by,
  })
  return { run, steps: steps.map(toStep) }
}
