import { sql } from 'kysely'
import type { Db } from '../database/index.ts'
import { type Attrs, canonicaliserVersion } from '../kinds/index.ts'
import type { Occasion } from './recording.ts'
import type { Sighting } from './sighting.ts'

/** A row of the inventory that a sighting is about, locked until the transaction ends. */
export interface KnownRow {
  readonly id: string
  /** It was seen later than now. */
  readonly newer: boolean
  readonly deleted: boolean
  /** The sync has seen it before. */
  readonly counted: boolean
  /** What it was; null when the sighting says the same. */
  readonly attrs: Attrs | null
}

/**
 * Locks the rows that sightings are about. Answers of unchanged resources stay in the database: what
 * comes back is as large as what has changed.
 */
export async function lockKnown(
  tx: Db,
  { accountId, kind, observedAt, sync }: Occasion,
  sightings: readonly Sighting[],
): Promise<Map<string, KnownRow>> {
  if (sightings.length === 0) return new Map()
  const ids = sightings.map(({ externalId }) => externalId)
  const hashes = sightings.map(({ contentHash }) => contentHash)
  const { rows } = await sql<KnownRow & { readonly external_id: string }>`
    select r.id, r.external_id, r.observed_at > ${observedAt} as newer,
      r.deleted_at is not null as deleted,
      coalesce(r.sync_id = ${sync?.id ?? null}::uuid
        and r.last_seen_at >= ${sync?.startedAt ?? null}::timestamptz, false) as counted,
      case when r.content_hash <> i.content_hash then r.attrs end as attrs
    from unnest(${ids}::text[], ${hashes}::text[]) as i(external_id, content_hash)
    join arcadia.cloud_resources r on r.account_id = ${accountId} and r.kind = ${kind.name}
      and r.external_id = i.external_id
    order by r.external_id
    for update of r`.execute(tx)
  return new Map(rows.map(({ external_id, ...row }) => [external_id, row]))
}

/** Inserts what is not there yet; gives the ids made, by external id. */
export async function insertSightings(
  tx: Db,
  { accountId, kind, observedAt, sync }: Occasion,
  sightings: readonly Sighting[],
): Promise<Map<string, string>> {
  if (sightings.length === 0) return new Map()
  const { rows } = await sql<{ readonly id: string; readonly external_id: string }>`
    insert into arcadia.cloud_resources (account_id, kind, external_id, urn, name, region,
      size_slug, status, tags, attrs, canonical, canonical_version, content_hash, unobservable,
      first_seen_at, last_seen_at, observed_at, sync_id)
    select ${accountId}::uuid, ${kind.name}, i.external_id, i.urn, i.name, i.region,
      i.size_slug, i.status, i.tags, i.attrs, i.canonical, ${canonicaliserVersion}::int,
      i.content_hash, i.unobservable, ${observedAt}, ${observedAt}, ${observedAt},
      ${sync?.id ?? null}::uuid
    from ${recordset(sightings.map((sighting) => rowOf(sighting)))}
    order by i.external_id
    on conflict (account_id, kind, external_id) do nothing
    returning id, external_id`.execute(tx)
  return new Map(rows.map((row) => [row.external_id, row.id]))
}

/** Notes that rows are as they were. */
export async function touch(
  tx: Db,
  { observedAt, sync }: Occasion,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update arcadia.cloud_resources
    set observed_at = ${observedAt}, last_seen_at = ${observedAt},
      sync_id = coalesce(${sync?.id ?? null}::uuid, sync_id)
    where id = any(${ids}::uuid[])`.execute(tx)
}

/** Writes rows anew. A column whose field the token no longer sees keeps what was last seen. */
export async function overwrite(
  tx: Db,
  { observedAt, sync }: Occasion,
  rows: readonly { readonly id: string; readonly sighting: Sighting }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update arcadia.cloud_resources r
    set urn = i.urn, name = i.name, region = i.region, size_slug = i.size_slug, status = i.status,
      tags = case when 'tags' = any(i.unobservable) then r.tags else i.tags end,
      attrs = i.attrs, canonical = i.canonical, canonical_version = ${canonicaliserVersion}::int,
      content_hash = i.content_hash, unobservable = i.unobservable,
      last_seen_at = ${observedAt}, observed_at = ${observedAt}, deleted_at = null,
      sync_id = coalesce(${sync?.id ?? null}::uuid, r.sync_id)
    from ${recordset(rows.map(({ id, sighting }) => ({ id, ...rowOf(sighting) })))}
    where r.id = i.id`.execute(tx)
}

function rowOf({ externalId, contentHash, columns, ...sighting }: Sighting): object {
  return { external_id: externalId, content_hash: contentHash, ...columns, ...sighting }
}

/** Rows as one parameter: the statement's text, and so its plan, is the same however many. */
function recordset(rows: readonly object[]) {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i(id uuid, external_id text,
    urn text, name text, region text, size_slug text, status text, tags text[], attrs jsonb,
    canonical jsonb, content_hash text, unobservable text[])`
}
