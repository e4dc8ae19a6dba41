import type { Stranded } from '../../engine/api.ts'
import { nowParameter, nowSql, type Session } from '../sql.ts'

interface StrandedRow {
  kind: string
  version: number
  reserved_for: string | null
  missing_steps: readonly string[]
  count: string
  oldest_due_at: Date
}

/**
 * What is due, or was left by a lost worker, and no worker with a lease can run. It goes from lane to
 * lane of the index of lanes and counts those alone that have no worker: what is merely in line
 * is not touched, however much of it there is.
 */
export async function listStranded(session: Session): Promise<readonly Stranded[]> {
  const { rows } = await session.query<StrandedRow>(statement, [nowParameter(session)])
  return rows.map(({ kind, version, reserved_for, missing_steps, count, oldest_due_at }) => ({
    kind,
    version,
    reservedFor: reserved_for,
    missingSteps: missing_steps,
    count: Number(count),
    oldestDueAt: oldest_due_at.getTime(),
  }))
}

const lane = 'r.kind, r.version, r.shape, r.reserved'
const inLane = 'r.worker_id is null and r.wake_at is not null'

/** The names of an ad-hoc plan; none of a declared one, which is known by kind and version. */
const steps = `case when r.kind = 'ad_hoc' then (
  select jsonb_agg(distinct step -> 'name') from jsonb_array_elements(r.plan) step
) else '[]' end`

/** A live worker that may claim what stands in lane `l`, and knows how. */
const someone = `exists (
  select from alive a
  where l.reserved in ('', a.name)
    and a.kinds @> jsonb_build_array(jsonb_build_object('kind', l.kind, 'version', l.version))
    and a.steps @> l.steps)`

const statement = `with recursive moment as materialized (select ${nowSql('$1')} as now),
alive as materialized (
  select name, kinds, steps from saga.saga_workers
  where lease_until >= (select now from moment)
), lanes as (
  (select r.kind, r.version, r.shape, r.reserved, ${steps} as steps
   from saga.saga_runs r where ${inLane} order by ${lane} limit 1)
  union all
  select next.* from lanes l cross join lateral (
    select r.kind, r.version, r.shape, r.reserved, ${steps}
    from saga.saga_runs r
    where ${inLane} and (${lane}) > (l.kind, l.version, l.shape, l.reserved)
    order by ${lane} limit 1
  ) next
), unknown as materialized (
  select * from lanes l where not ${someone}
), due as (
  select l.*, d.count, d.since from unknown l cross join lateral (
    select count(*), min(r.wake_at) as since from saga.saga_runs r
    where (${lane}) = (l.kind, l.version, l.shape, l.reserved)
      and r.worker_id is null and r.wake_at <= (select now from moment)
  ) d
), orphaned as (
  select * from (
    select r.kind, r.version, r.shape, r.reserved, ${steps} as steps,
      1 as count, w.lease_until as since
    from saga.saga_workers w join saga.saga_runs r on r.worker_id = w.id
    where w.lease_until < (select now from moment)
  ) l
  where not ${someone}
)
select kind, version, nullif(reserved, '') as reserved_for, missing.steps as missing_steps,
  sum(count) as count, min(since) as oldest_due_at
from (select * from due where count > 0 union all select * from orphaned) l
cross join lateral (
  select coalesce(array_agg(step order by step), '{}') as steps
  from jsonb_array_elements_text(l.steps) step
  where not exists (select from alive a where a.steps ? step)
) missing
group by kind, version, reserved, missing.steps
order by oldest_due_at, kind, version`
