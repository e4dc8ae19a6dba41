import { sql } from 'kysely'
import type { Db, SpecOwner, SpecSource } from '../../database/index.ts'
import { inTransaction } from '../../database/index.ts'
import type { JsonObject } from '../../kinds/index.ts'
import { OwnedElsewhere, ResourceDeleted, ResourceNotFound, SpecMoved } from './errors.ts'
import { ownerInWords } from './owner.ts'
import { type RecordedSpec, recordProvisioned } from './record.ts'

/** What is asked of a resource now. */
export interface ProvisionedSpec {
  readonly resourceId: string
  readonly spec: JsonObject
  readonly canonical: JsonObject
  readonly specVersion: number
  readonly specHash: string
  readonly source: SpecSource
  readonly owner: SpecOwner
  readonly ownerDetail: JsonObject
  readonly sagaId: string | null
  readonly actor: string | null
  readonly writtenAt: Date
}

/**
 * What is asked of a resource; undefined when nothing is.
 * @param options `lock`: nobody else writes it until the transaction that `db` is ends
 */
export async function provisionedSpec(
  db: Db,
  resourceId: string,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<ProvisionedSpec | undefined> {
  const row = await db
    .selectFrom('cloud_provisioned')
    .selectAll()
    .where('resource_id', '=', resourceId)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    resourceId: row.resource_id,
    spec: row.spec,
    canonical: row.canonical,
    specVersion: row.spec_version,
    specHash: row.spec_hash,
    source: row.source,
    owner: row.owner,
    ownerDetail: row.owner_detail,
    sagaId: row.saga_id,
    actor: row.actor,
    writtenAt: row.written_at,
  }
}

/**
 * Says what is asked of a resource from now on, in place of what was.
 * @throws {ResourceNotFound}
 * @throws {ResourceDeleted}
 * @throws {OwnedElsewhere} when another tool says what is asked of it
 * @throws {SpecMoved} when `specVersion` is given and is not the one there is (null: none is)
 * @throws {SpecRefused} naming each field that cannot be asked for
 */
export function putSpec(
  db: Db,
  entry: {
    readonly resourceId: string
    readonly spec: JsonObject
    readonly actor: string
    readonly specVersion?: number | null
  },
): Promise<RecordedSpec> {
  const { resourceId, spec, actor } = entry
  return inTransaction(db, async (tx) => {
    const current = await provisionedSpec(tx, resourceId, { lock: true })
    await refuseDeleted(tx, resourceId)
    if (current !== undefined && current.owner !== 'arcadia') {
      const { owner, ownerDetail } = current
      throw new OwnedElsewhere(resourceId, ownerInWords({ owner, owner_detail: ownerDetail }))
    }
    const now = current?.specVersion ?? null
    if (entry.specVersion !== undefined && entry.specVersion !== now) {
      throw new SpecMoved(resourceId, entry.specVersion, now)
    }
    const recorded = await recordProvisioned(tx, { resourceId, spec, source: 'operator', actor })
    const detail = JSON.stringify({ spec_version: recorded.specVersion })
    await tx
      .insertInto('audit_log')
      .values({ actor, action: 'spec.put', target: `resource/${resourceId}`, detail })
      .execute()
    return recorded
  })
}

async function refuseDeleted(tx: Db, resourceId: string): Promise<void> {
  const resource = await tx
    .selectFrom('cloud_resources')
    .select('deleted_at')
    .where('id', '=', resourceId)
    // A deletion that is being recorded is waited for.
    .forShare()
    .executeTakeFirst()
  if (resource === undefined) throw new ResourceNotFound(resourceId)
  if (resource.deleted_at !== null) throw new ResourceDeleted(resourceId, resource.deleted_at)
}

/**
 * Changes some of what is asked of a resource and keeps the rest; where nothing was, only this is
 * asked from now on.
 */
export function amendProvisioned(
  db: Db,
  entry: {
    readonly resourceId: string
    readonly changes: JsonObject
    readonly source: SpecSource
    readonly sagaId?: string
    readonly actor?: string
  },
): Promise<RecordedSpec & { readonly versionBefore: number | null }> {
  return inTransaction(db, async (tx) => {
    const { changes, ...rest } = entry
    const current = await provisionedSpec(tx, entry.resourceId, { lock: true })
    const spec = { ...current?.spec, ...changes }
    const recorded = await recordProvisioned(tx, { ...rest, spec })
    return { ...recorded, versionBefore: current?.specVersion ?? null }
  })
}

/**
 * Takes back what {@link amendProvisioned} recorded: the version before becomes the next one.
 * @throws {SpecMoved} when something else was asked for since
 */
export function restoreProvisioned(
  db: Db,
  entry: {
    readonly resourceId: string
    readonly specVersion: number
    readonly versionBefore: number | null
    readonly sagaId: string
  },
): Promise<void> {
  const { resourceId, specVersion, versionBefore, sagaId } = entry
  return inTransaction(db, async (tx) => {
    const current = await provisionedSpec(tx, resourceId, { lock: true })
    if (current?.specVersion !== specVersion) {
      throw new SpecMoved(resourceId, specVersion, current?.specVersion ?? null)
    }
    if (versionBefore === null) {
      await forgetProvisioned(tx, resourceId)
      return
    }
    const before = await tx
      .selectFrom('cloud_provisioned_versions')
      .select('spec')
      .where('resource_id', '=', resourceId)
      .where('spec_version', '=', versionBefore)
      .executeTakeFirstOrThrow()
    await recordProvisioned(tx, { resourceId, spec: before.spec, source: 'saga', sagaId })
  })
}

/**
 * Asks nothing of a resource any more; its versions stay known. Repeating it changes nothing.
 * @returns whether anything was asked
 */
export async function forgetProvisioned(db: Db, resourceId: string): Promise<boolean> {
  const { rows } = await sql`
    delete from arcadia.cloud_provisioned where resource_id = ${resourceId} returning 1`.execute(db)
  return rows.length > 0
}
