import { sql } from 'kysely'
import type { Db } from '../database/index.ts'
import { type Attrs, canonicaliserVersion } from '../kinds/index.ts'
import type { Reading } from './gate.ts'

/** Drift that waits for an operator, and what it was about does not differ any more. */
export interface Settled extends Reading {
  readonly id: string
  readonly resource_id: string
  readonly attrs: Attrs
  /** Nothing is asked of it any more, or it is gone as a whole: no reading has to say so. */
  readonly moot: boolean
}

/**
 * Whether what a row is about is still so; of what cannot be seen or compared now, that it is. The
 * other way round than in a sweep: nothing is called fixed that was not seen to be.
 */
const stillSo = sql`
  case d.type
    when 'unmanaged' then true
    when 'missing' then p.resource_id is not null and r.deleted_at is not null
    else p.resource_id is not null and r.deleted_at is null and p.canonical ? d.field and (
      p.canonical_version <> ${canonicaliserVersion}::int
      or r.canonical_version <> ${canonicaliserVersion}::int
      or d.field = any (r.unobservable)
      or p.canonical -> d.field is distinct from coalesce(r.canonical -> d.field, 'null'))
  end`

const moot = sql`(p.resource_id is null
  or d.type = 'field' and (r.deleted_at is not null or not p.canonical ? d.field))`

/** Settled drift of an account, in the order of its ids. */
export async function settledAfter(
  db: Db,
  accountId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly Settled[]> {
  const place = after === undefined ? sql`` : sql`and d.id > ${after}`
  const { rows } = await sql<Settled>`
    select d.id, d.resource_id, r.account_id, r.kind, r.external_id, r.attrs, r.observed_at,
      r.deleted_at, p.written_at, ${moot} as moot
    from arcadia.cloud_drift d
    join arcadia.cloud_resources r on r.id = d.resource_id
    left join arcadia.cloud_provisioned p on p.resource_id = d.resource_id
    where d.account_id = ${accountId} and d.status in ('open', 'review') ${place}
      and not (${stillSo})
    order by d.id
    limit ${limit}`.execute(db)
  return rows
}

/** The freshness of resources, as they are now. */
export async function readingsOf(
  db: Db,
  resourceIds: readonly string[],
): Promise<ReadonlyMap<string, Reading>> {
  const { rows } = await sql<Reading & { readonly id: string }>`
    select r.id, r.account_id, r.kind, r.external_id, r.observed_at, r.deleted_at, p.written_at
    from arcadia.cloud_resources r
    left join arcadia.cloud_provisioned p on p.resource_id = r.id
    where r.id = any(${resourceIds}::uuid[])`.execute(db)
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Closes drift as stale, with its event: it was fixed elsewhere. What has come to differ again
 * since, or was decided by somebody, is left alone.
 * @returns how many rows were closed
 */
export async function closeStale(
  db: Db,
  ids: readonly string[],
  sagaId: string | undefined,
): Promise<number> {
  if (ids.length === 0) return 0
  const { rows } = await sql`
    with settled as (
      select d.id
      from arcadia.cloud_drift d
      join arcadia.cloud_resources r on r.id = d.resource_id
      left join arcadia.cloud_provisioned p on p.resource_id = d.resource_id
      where d.id = any(${ids}::uuid[]) and d.status in ('open', 'review') and not (${stillSo})
      order by d.id
      for update of d
    ), closed as (
      update arcadia.cloud_drift d
      set status = 'stale', resolved_at = clock_timestamp(), resolved_by = 'sweep',
        resolved_saga_id = ${sagaId ?? null}::uuid
      from settled where d.id = settled.id
      returning d.*
    )
    insert into arcadia.cloud_resource_events (resource_id, type, detail, saga_id)
    select resource_id, 'drift_resolved', jsonb_build_object('drift_id', id, 'type', type,
      'field', field, 'resolution', 'stale'), resolved_saga_id
    from closed order by id
    returning 1`.execute(db)
  return rows.length
}
