import type { Db, ResourceEventRow, ResourceRow } from '../database/index.ts'

/** One page of a list, and where the next one begins; null after the last. */
export interface ListPage<Row> {
  readonly data: readonly Row[]
  readonly nextCursor: string | null
}

export interface ResourceFilter {
  readonly kind?: string | undefined
  readonly accountId?: string | undefined
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** From 1 to 200. */
  readonly limit: number
}

const longestPage = 200

function clampLimit(limit: number): number {
  return Math.max(1, Math.min(longestPage, Math.trunc(limit)))
}

function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
): ListPage<Row> {
  const data = rows.slice(0, limit)
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null }
}

/** What is there now, in the order in which it was first seen. */
export async function listResources(
  db: Db,
  { kind, accountId, cursor, limit }: ResourceFilter,
): Promise<ListPage<ResourceRow>> {
  const size = clampLimit(limit)
  const rows = await db
    .selectFrom('cloud_resources')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId ?? ''))
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(size + 1)
    .execute()
  return pageOf(rows, size)
}

/** A resource, deleted ones included; undefined when there is none. */
export function getResource(db: Db, id: string): Promise<ResourceRow | undefined> {
  return db.selectFrom('cloud_resources').selectAll().where('id', '=', id).executeTakeFirst()
}

/** A resource by the provider's id for it, deleted ones included. */
export function findResource(
  db: Db,
  key: { readonly accountId: string; readonly kind: string; readonly externalId: string },
): Promise<ResourceRow | undefined> {
  return db
    .selectFrom('cloud_resources')
    .selectAll()
    .where('account_id', '=', key.accountId)
    .where('kind', '=', key.kind)
    .where('external_id', '=', key.externalId)
    .executeTakeFirst()
}

/** What has happened to a resource, newest first. */
export async function listResourceEvents(
  db: Db,
  resourceId: string,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<ListPage<ResourceEventRow>> {
  const size = clampLimit(limit)
  const rows = await db
    .selectFrom('cloud_resource_events')
    .selectAll()
    .where('resource_id', '=', resourceId)
    .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute()
  return pageOf(rows, size)
}
