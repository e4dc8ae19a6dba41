import type { Json } from '../../core/json.ts'
import type { RunEvent } from '../../engine/api.ts'
import type { Session } from '../sql.ts'

interface EventRow {
  seq: number
  type: string
  step_idx: number | null
  detail: { readonly [key: string]: Json }
  actor: string | null
  at: Date
}

/** A run's history, oldest first. */
export async function listEvents(
  session: Session,
  { id, after, limit }: { id: string; after: number; limit: number },
): Promise<readonly RunEvent[]> {
  const { rows } = await session.query<EventRow>(
    `select seq, type, step_idx, detail, actor, at from saga.saga_events
     where saga_id = $1 and seq > $2 order by seq limit $3`,
    [id, after, limit],
  )
  return rows.map(({ seq, type, step_idx, detail, actor, at }) => ({
    seq,
    type,
    idx: step_idx,
    detail,
    actor,
    at: at.getTime(),
  }))
}
