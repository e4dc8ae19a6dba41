import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, SpecOwner, SpecSource } from '../../database/index.ts'
import { inTransaction } from '../../database/index.ts'
import {
  canonicaliserVersion,
  canonicalSpec,
  type JsonObject,
  kindOf,
  stableText,
} from '../../kinds/index.ts'
import { ResourceNotFound, SpecRefused } from './errors.ts'

/** What was asked for, by whom, and how it came to be. */
export interface SpecEntry {
  readonly resourceId: string
  /** By field name; a field that is not in it is not managed. */
  readonly spec: JsonObject
  readonly source: SpecSource
  readonly sagaId?: string
  readonly actor?: string
  /** Left out: whoever owns it now, or ArcadiaCloud. */
  readonly owner?: SpecOwner
  readonly ownerDetail?: JsonObject
}

export interface RecordedSpec {
  readonly specVersion: number
  readonly specHash: string
  readonly writtenAt: Date
}

/** A spec as it is stored: what it means, and a hash of that. Pure. */
export interface PreparedSpec {
  readonly spec: JsonObject
  readonly canonical: JsonObject
  readonly canonicalVersion: number
  readonly specHash: string
}

/** @throws {SpecRefused} when the spec asks for what cannot be asked for */
export function prepareSpec(kindName: string, spec: JsonObject): PreparedSpec {
  const { canonical, problems } = canonicalSpec(kindOf(kindName), spec)
  if (problems.length > 0) throw new SpecRefused(problems)
  return { spec, canonical, canonicalVersion: canonicaliserVersion, specHash: hashOf(canonical) }
}

/**
 * What is live as a spec. A value that the API gives and nobody could ask for is left out: it was
 * never asked for.
 */
export function prepareLive(kindName: string, live: JsonObject): PreparedSpec {
  const { problems } = canonicalSpec(kindOf(kindName), live)
  const refused = new Set(problems.map(({ field }) => field))
  const askable = Object.entries(live).filter(([name]) => !refused.has(name))
  return prepareSpec(kindName, Object.fromEntries(askable))
}

/** The same for every spec that means the same. */
function hashOf(canonical: JsonObject): string {
  return createHash('sha256').update(stableText(canonical)).digest('hex')
}

/**
 * Records what is asked of a resource, as the next version of its spec; every version is kept.
 * Runs in the transaction that `db` is, or in one of its own.
 * @throws {ResourceNotFound}
 * @throws {SpecRefused}
 */
export function recordProvisioned(db: Db, entry: SpecEntry): Promise<RecordedSpec> {
  return inTransaction(db, async (tx) => {
    const resource = await tx
      .selectFrom('cloud_resources')
      .select('kind')
      .where('id', '=', entry.resourceId)
      .executeTakeFirst()
    if (resource === undefined) throw new ResourceNotFound(entry.resourceId)
    return write(tx, entry, prepareSpec(resource.kind, entry.spec))
  })
}

interface WrittenRow {
  readonly spec_version: number
  readonly written_at: Date
}

/**
 * One statement: the spec, the version that is kept, and the event. `clock_timestamp()` because the
 * moment that counts is that of the writing, not the beginning of a transaction that waited.
 */
async function write(tx: Db, entry: SpecEntry, prepared: PreparedSpec): Promise<RecordedSpec> {
  const { resourceId, source, sagaId = null, actor = null, owner = null, ownerDetail } = entry
  const detail = ownerDetail === undefined ? null : JSON.stringify(ownerDetail)
  const { rows } = await sql<WrittenRow>`
    with written as (
      insert into arcadia.cloud_provisioned as p (resource_id, account_id, spec, canonical,
        canonical_version, spec_hash, spec_version, saga_id, source, owner, owner_detail, actor,
        written_at)
      select r.id, r.account_id, ${JSON.stringify(prepared.spec)}::jsonb,
        ${JSON.stringify(prepared.canonical)}::jsonb, ${prepared.canonicalVersion}::int,
        ${prepared.specHash}, 1 + coalesce((
          select max(v.spec_version) from arcadia.cloud_provisioned_versions v
          where v.resource_id = r.id), 0),
        ${sagaId}::uuid, ${source}, coalesce(${owner}, 'arcadia'), coalesce(${detail}::jsonb, '{}'),
        ${actor}, clock_timestamp()
      from arcadia.cloud_resources r where r.id = ${resourceId}
      on conflict (resource_id) do update set
        spec = excluded.spec, canonical = excluded.canonical,
        canonical_version = excluded.canonical_version, spec_hash = excluded.spec_hash,
        spec_version = p.spec_version + 1, saga_id = excluded.saga_id, source = excluded.source,
        owner = coalesce(${owner}, p.owner),
        owner_detail = case when ${owner}::text is null then p.owner_detail
          else excluded.owner_detail end,
        actor = excluded.actor, written_at = clock_timestamp()
      returning p.*
    ), kept as (
      insert into arcadia.cloud_provisioned_versions
        (resource_id, spec_version, spec, saga_id, source, owner, actor, written_at)
      select resource_id, spec_version, spec, saga_id, source, owner, actor, written_at
      from written
    ), told as (
      insert into arcadia.cloud_resource_events (resource_id, type, detail, saga_id, actor)
      select resource_id, 'provisioned', jsonb_build_object('spec_version', spec_version,
        'source', source, 'owner', owner), saga_id, actor
      from written
    )
    select spec_version, written_at from written`.execute(tx)
  const row = rows[0]
  if (row === undefined) throw new ResourceNotFound(resourceId)
  return {
    specVersion: row.spec_version,
    specHash: prepared.specHash,
    writtenAt: row.written_at,
  }
}
