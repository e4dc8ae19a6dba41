import type { Signal } from '../../engine/store.ts'
import { nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * Leaves a signal for a run that has not ended, and a hint to its worker. The share lock waits for
 * a write of the holder that is under way, so that a run that ends just now is seen to have ended.
 */
export async function insertSignal(
  session: Session,
  { runId, type, actor }: { runId: string; type: Signal['type']; actor: string | null },
): Promise<boolean> {
  const { rowCount } = await session.query(
    `with run as (
      select id from saga.saga_runs where id = $1 and ended_at is null for share
    ), signal as (
      insert into saga.saga_signals (run_id, type, actor, created_at)
      select id, $2, $3, ${nowSql('$4')} from run
      returning run_id
    )
    select pg_notify('saga_wake', run_id::text) from signal`,
    [runId, type, actor, nowParameter(session)],
  )
  return rowCount === 1
}
