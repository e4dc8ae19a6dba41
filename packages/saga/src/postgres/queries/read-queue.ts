import type { QueuedKind } from '../../engine/metrics.ts'
import { nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * How many runs of each kind are due and held by nobody, and for how long: a walk over the index of
 * what waits. A run let go in the middle of its work is due since the beginning of time, to be
 * claimed before the others; it counts, but has no age.
 */
export async function readQueue(
  session: Session,
  { kinds }: { readonly kinds: readonly { readonly kind: string; readonly version: number }[] },
): Promise<readonly QueuedKind[]> {
  const { rows } = await session.query<{ kind: string; count: number; age_ms: number }>(
    `with moment as materialized (select ${nowSql('$3')} as now)
    select k.kind, sum(due.count)::int as count, coalesce(
      extract(epoch from min(moment.now) - min(due.since)) * 1000, 0)::float8 as age_ms
    from moment, unnest($1::text[], $2::int[]) k (kind, version)
    cross join lateral (
      select count(*), min(r.wake_at) filter (where r.wake_at > 'epoch') as since
      from saga.saga_runs r
      where r.kind = k.kind and r.version = k.version and r.worker_id is null
        and r.wake_at is not null and r.wake_at <= (select now from moment)
    ) due
    group by k.kind order by k.kind`,
    [kinds.map(({ kind }) => kind), kinds.map(({ version }) => version), nowParameter(session)],
  )
  return rows.map(({ kind, count, age_ms }) => ({ kind, count, ageMs: age_ms }))
}
