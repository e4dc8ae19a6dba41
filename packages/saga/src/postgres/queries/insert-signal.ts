import type { Json } from '../../core/json.ts'
import type { SignalType } from '../../engine/store.ts'
import { json, nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * Leaves a signal for a run, and a hint to its worker; for one that has ended only what can still be
 * asked of it then. The lock on its row waits for a write of the holder that is under way, so that a
 * run that ends just now is seen to have ended.
 *
 * A cancel is counted in the row as well: a statement that is about to complete the run, and began
 * before this one was committed, cannot see the signal, but does see the newest version of the row.
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
  const open = 'id = $1 and (ended_at is null or $7::boolean)'
  const lock =
    type === 'cancel'
      ? `update saga.saga_runs set unread_cancels = unread_cancels + 1 where ${open} returning id, kind`
      : `select id, kind from saga.saga_runs where ${open} for share`
  const { rowCount } = await session.query(
    `with run as (
      ${lock}
    ), signal as (
      insert into saga.saga_signals (run_id, kind, type, actor, step_idx, payload, created_at)
      select id, kind, $2, $3, $4::int, $5::jsonb, ${nowSql('$6')} from run
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
