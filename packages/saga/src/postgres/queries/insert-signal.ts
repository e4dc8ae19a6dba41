import type { Json } from '../../core/json.ts'
import type { SignalType } from '../../engine/store.ts'
import { json, nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * Leaves a signal for a run, and a hint to its worker; for one that has ended only what can still be
 * asked of it then. The share lock waits for a write of the holder that is under way, so that a run that ends just
 * now is seen to have ended.
 */
export async function insertSignal(
  session: Session,
  {
    runId,
    type,
    actor,
    stepIdx = null,
    payload = null,
  }: {
    runId: string
    type: SignalType
    actor: string | null
    stepIdx?: number | null
    payload?: Json
  },
): Promise<boolean> {
  const evenEnded = type === 'roll_back' || type === 'stray_effect'
  const { rowCount } = await session.query(
    `with run as (
      select id from saga.saga_runs where id = $1 and (ended_at is null or $7::boolean) for share
    ), signal as (
      insert into saga.saga_signals (run_id, type, actor, step_idx, payload, created_at)
      select id, $2, $3, $4::int, $5::jsonb, ${nowSql('$6')} from run
      returning run_id
    )
    select pg_notify('saga_wake', run_id::text) from signal`,
    [
      runId,
      type,
      actor,
      stepIdx,
      payload === null ? null : json(payload),
      nowParameter(session),
      evenEnded,
    ],
  )
  return rowCount === 1
}
