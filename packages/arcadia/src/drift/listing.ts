import { type RawBuilder, sql } from 'kysely'
import type { Db, DriftSeverity, DriftStatus } from '../database/index.ts'
import type { ListPage } from '../inventory/index.ts'
import type { DriftRecord } from './views.ts'

export interface DriftFilter {
  /** What waits for an operator (open and under review), when left out. */
  readonly status?: DriftStatus | readonly DriftStatus[] | undefined
  readonly accountId?: string | undefined
  readonly kind?: string | undefined
  readonly resourceId?: string | undefined
  readonly field?: string | undefined
  readonly severity?: DriftSeverity | undefined
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** From 1 to 200. */
  readonly limit: number
}

/** What waits for an operator. */
export const waitingStatuses: readonly DriftStatus[] = ['open', 'review']

const longestPage = 200
const uuidShape = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const columns = sql`d.*, r.name as resource_name, r.kind as resource_kind,
  r.external_id as resource_external_id`

/**
 * Drift with its resources, newest first, in one statement. Each status is read in order from its
 * own index, a page at most, so that a long history costs nothing.
 */
export async function listDrift(db: Db, filter: DriftFilter): Promise<ListPage<DriftRecord>> {
  const { status = waitingStatuses, limit } = filter
  const statuses = typeof status === 'string' ? [status] : status
  const size = Math.max(1, Math.min(longestPage, Math.trunc(limit)))
  const { rows } = await sql<DriftRecord>`
    select found.*
    from unnest(${statuses}::text[]) as wanted(status)
    cross join lateral (
      select ${columns}
      from arcadia.cloud_drift d
      join arcadia.cloud_resources r on r.id = d.resource_id
      where d.status = wanted.status and ${conditionsOf(filter)}
      order by d.id desc
      limit ${size + 1}
    ) found
    order by found.id desc
    limit ${size + 1}`.execute(db)
  const data = rows.slice(0, size)
  return { data, nextCursor: rows.length > size ? (data.at(-1)?.id ?? null) : null }
}

function conditionsOf(filter: DriftFilter): RawBuilder<unknown> {
  const { accountId, kind, resourceId, field, severity, cursor } = filter
  const conditions = [
    ...(accountId === undefined ? [] : [sql`d.account_id = ${accountId}`]),
    ...(resourceId === undefined ? [] : [sql`d.resource_id = ${resourceId}`]),
    ...(kind === undefined ? [] : [sql`r.kind = ${kind}`]),
    ...(field === undefined ? [] : [sql`d.field = ${field}`]),
    ...(severity === undefined ? [] : [sql`d.severity = ${severity}`]),
    ...(cursor === undefined ? [] : [sql`d.id < ${cursor}`]),
  ]
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}

/** A row of drift; undefined when there is none. */
export async function findDrift(db: Db, id: string): Promise<DriftRecord | undefined> {
  if (!uuidShape.test(id)) return undefined
  const { rows } = await sql<DriftRecord>`
    select ${columns}
    from arcadia.cloud_drift d
    join arcadia.cloud_resources r on r.id = d.resource_id
    where d.id = ${id}`.execute(db)
  return rows[0]
}

/** How many rows wait for an operator: what exit codes and metrics are made of. */
export async function countWaiting(
  db: Db,
  accountId?: string,
): Promise<{ readonly open: number; readonly review: number }> {
  const account = accountId === undefined ? sql`` : sql`and account_id = ${accountId}`
  const { rows } = await sql<{ readonly open: number; readonly review: number }>`
    select count(*) filter (where status = 'open')::int as open,
      count(*) filter (where status = 'review')::int as review
    from arcadia.cloud_drift where status in ('open', 'review') ${account}`.execute(db)
  return rows[0] ?? { open: 0, review: 0 }
}
