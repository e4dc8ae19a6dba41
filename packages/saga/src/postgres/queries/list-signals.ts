import type { Json } from '../../core/json.ts'
import type { Signal } from '../../engine/store.ts'
import { named } from '../prepared.ts'
import type { Session } from '../sql.ts'

interface SignalRow {
  id: string
  run_id: string
  type: Signal['type']
  actor: string | null
  step_idx: number | null
  payload: Json
  created_at: Date
}

const unread = named(
  'saga_list_signals',
  `select id, run_id, type, actor, step_idx, payload, created_at from saga.saga_signals
   where run_id = any($1::uuid[]) and read_at is null order by id`,
)

/** What has been asked of these runs and not been read yet. */
export async function listSignals(
  session: Session,
  { runIds }: { runIds: readonly string[] },
): Promise<readonly Signal[]> {
  const { rows } = await session.query<SignalRow>(unread.text, [runIds], unread.name)
  return rows.map(({ id, run_id, type, actor, step_idx, payload, created_at }) => ({
    id,
    runId: run_id,
    type,
    actor,
    stepIdx: step_idx,
    payload,
    at: created_at.getTime(),
  }))
}
