import { sql } from 'kysely'
import { type Db, inTransaction, type ResourceRow } from '../database/index.ts'
import { type Json, stableText } from '../kinds/index.ts'
import {
  forgetProvisioned,
  type ProvisionedSpec,
  provisionedSpec,
  recordProvisioned,
} from '../provisioning/index.ts'
import { refusalOf } from './acts.ts'
import {
  DriftActRefused,
  DriftMoved,
  DriftNotFound,
  NameNotConfirmed,
  ResourceLocked,
} from './errors.ts'
import { findDrift } from './listing.ts'
import { holderOf, type Locks } from './locks.ts'
import { elsewhere, liveOf, lockedResource, meansTheSame, movedSince } from './situation.ts'
import type { DriftRecord } from './views.ts'

export interface AcceptDeps {
  readonly db: Db
  readonly locks: Pick<Locks, 'lockHolders'>
}

/** What is decided, and on the strength of what. */
export interface AcceptOrder {
  readonly id: string
  readonly actor: string
  /** The spec's version as the operator saw it. */
  readonly specVersion?: number | undefined
  /** The live value as the operator saw it. */
  readonly actual?: Json | undefined
  /** The resource's name, typed: needed to forget what is missing. */
  readonly confirmName?: string | undefined
}

export interface Accepted {
  readonly drift: DriftRecord
  /** Null when nothing is asked of the resource any more. */
  readonly specVersion: number | null
  /** Where the change has to be written down as well, because another tool owns the spec. */
  readonly alsoChange: string | null
}

/**
 * Makes what is live what is asked for: the next version of the spec, the drift closed, its event
 * and the audit log, in one transaction. What is missing is forgotten instead.
 * @throws {DriftNotFound}
 * @throws {DriftActRefused} when it does not wait for an operator any more
 * @throws {DriftMoved} when the spec or the live value is not what was seen
 * @throws {ResourceLocked} while a saga is changing the resource
 * @throws {NameNotConfirmed}
 */
export async function acceptDrift(deps: AcceptDeps, order: AcceptOrder): Promise<Accepted> {
  const seen = await findDrift(deps.db, order.id)
  if (seen === undefined) throw new DriftNotFound(order.id)
  const lockedBy = await holderOf(deps.locks, {
    account_id: seen.account_id,
    kind: seen.resource_kind,
    external_id: seen.resource_external_id,
  })
  return inTransaction(deps.db, async (tx) => {
    // The spec first, as a sweep does: whoever holds it decides, and nobody waits for the other.
    const spec = await provisionedSpec(tx, seen.resource_id, { lock: true })
    const drift = await lockDrift(tx, order.id)
    const resource = await lockedResource(tx, drift.resource_id)
    refuse(order, drift, spec, resource, lockedBy)
    if (spec === undefined) throw new DriftMoved('nothing is asked of this resource any more')
    const specVersion = await keepLive(tx, order, drift, spec, resource)
    await resolve(tx, order, drift, specVersion)
    const after = await findDrift(tx, order.id)
    return {
      drift: after ?? drift,
      specVersion,
      alsoChange: elsewhere(spec, resource.kind, drift.field),
    }
  })
}

/** All that waits about the resource, in the order in which everybody locks it. */
async function lockDrift(tx: Db, id: string): Promise<DriftRecord> {
  await sql`
    select 1 from arcadia.cloud_drift d
    where d.resource_id = (select resource_id from arcadia.cloud_drift where id = ${id})
      and (d.status in ('open', 'review', 'reverting') or d.id = ${id})
    order by d.id
    for update`.execute(tx)
  const drift = await findDrift(tx, id)
  if (drift === undefined) throw new DriftNotFound(id)
  return drift
}

function refuse(
  { specVersion, actual, confirmName }: AcceptOrder,
  drift: DriftRecord,
  spec: ProvisionedSpec | undefined,
  resource: ResourceRow,
  lockedBy: string | undefined,
): void {
  const { status, type, field } = drift
  const moved = movedSince(drift, spec, resource)
  const refusal = refusalOf('accept', { status, type, lockedBy, moved })
  if (refusal?.because === 'state') throw new DriftActRefused(refusal.reason)
  if (lockedBy !== undefined) throw new ResourceLocked(lockedBy)
  if (refusal !== undefined) throw new DriftMoved(refusal.reason)
  if (specVersion !== undefined && specVersion !== spec?.specVersion) {
    throw new DriftMoved(
      `version ${spec?.specVersion} of the spec is asked for by now, not ${specVersion}: look again`,
    )
  }
  if (type === 'missing') {
    const name = resource.name ?? resource.external_id
    if (confirmName !== name) throw new NameNotConfirmed(name)
    return
  }
  if (actual === undefined) return
  const live = liveOf(resource, field)
  if (!meansTheSame(resource.kind, field, actual, live)) {
    throw new DriftMoved(
      `${field} is ${stableText(live.raw)} by now, not ${stableText(actual)}: look again`,
    )
  }
}

/** @returns the spec's version from now on; null when nothing is asked any more */
async function keepLive(
  tx: Db,
  { actor }: AcceptOrder,
  { type, field }: DriftRecord,
  { spec, resourceId }: ProvisionedSpec,
  resource: ResourceRow,
): Promise<number | null> {
  if (type === 'missing') {
    await forgetProvisioned(tx, resourceId)
    return null
  }
  const { specVersion, specHash } = await recordProvisioned(tx, {
    resourceId,
    spec: { ...spec, [field]: liveOf(resource, field).raw },
    source: 'accept',
    actor,
  })
  // What else is open about it is as true of the new version as it was of the old one.
  await sql`
    update arcadia.cloud_drift set spec_version = ${specVersion}, spec_hash = ${specHash}
    where resource_id = ${resourceId} and status in ('open', 'review') and field <> ${field}`.execute(
    tx,
  )
  return specVersion
}

/** One statement: the row, its event, and the line in the audit log. */
async function resolve(
  tx: Db,
  { id, actor }: AcceptOrder,
  { type, resource_name: name }: DriftRecord,
  specVersion: number | null,
): Promise<void> {
  const resolution = type === 'missing' ? 'forgotten' : 'accepted'
  await sql`
    with closed as (
      update arcadia.cloud_drift
      set status = 'accepted', resolved_at = clock_timestamp(), resolved_by = ${actor}
      where id = ${id}
      returning *
    ), told as (
      insert into arcadia.cloud_resource_events (resource_id, type, detail, actor)
      select resource_id, 'drift_resolved', jsonb_build_object('drift_id', id, 'type', type,
        'field', field, 'resolution', ${resolution}::text, 'spec_version', ${specVersion}::int),
        ${actor}
      from closed
    )
    insert into arcadia.audit_log (actor, action, target, detail)
    select ${actor}, 'drift.accept', 'drift/' || id, jsonb_build_object('resource_id', resource_id,
      'name', ${name}::text, 'type', type, 'field', field, 'expected', expected, 'actual', actual,
      'resolution', ${resolution}::text, 'spec_version', ${specVersion}::int)
    from closed`.execute(tx)
}
