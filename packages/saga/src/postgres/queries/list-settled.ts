import type { Run } from '../../core/run.ts'
import { named } from '../prepared.ts'
import { type RunRow, runColumns, toRun } from '../rows.ts'
import type { Session } from '../sql.ts'

const settled = named(
  'saga_list_settled',
  `select ${runColumns('r')} from saga.saga_runs r
   where r.id = any($1::uuid[]) and r.worker_id is null
     and r.status in ('completed', 'rolled_back', 'failed', 'parked')`,
)

/** Those of the runs that have ended or are parked, and that no worker holds. */
export async function listSettled(
  session: Session,
  { ids }: { ids: readonly string[] },
): Promise<readonly Run[]> {
  const { rows } = await session.query<RunRow>(settled.text, [ids], settled.name)
  return rows.map(toRun)
}
