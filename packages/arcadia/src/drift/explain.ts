import type { Db } from '../database/index.ts'
import { getResource } from '../inventory/index.ts'
import { canonicalMember, explainField, kindOf } from '../kinds/index.ts'
import { ownerInWords, type ProvisionedSpec, provisionedSpec } from '../provisioning/index.ts'
import { type Act, acts, refusalOf, type Situation } from './acts.ts'
import { DriftNotFound } from './errors.ts'
import { findDrift } from './listing.ts'
import { holderOf, type Locks } from './locks.ts'
import { elsewhere, liveOf, movedSince } from './situation.ts'
import { type DriftRecord, driftView } from './views.ts'

export interface ExplainDeps {
  readonly db: Db
  readonly locks: Pick<Locks, 'lockHolders'>
}

/**
 * Answers "why is this different?" and "why can't I press this?" about one row, in the shape the
 * HTTP API gives.
 * @throws {DriftNotFound}
 */
export async function explainDrift({ db, locks }: ExplainDeps, id: string) {
  const drift = await findDrift(db, id)
  if (drift === undefined) throw new DriftNotFound(id)
  const resource = await getResource(db, drift.resource_id)
  if (resource === undefined) throw new DriftNotFound(id)
  const spec = await provisionedSpec(db, drift.resource_id)
  const situation: Situation = {
    status: drift.status,
    type: drift.type,
    lockedBy: await holderOf(locks, resource),
    moved: movedSince(drift, spec, resource),
  }
  const live = liveOf(resource, drift.field)
  return {
    drift: driftView(drift),
    rule: ruleOf(drift),
    asked_for: spec === undefined ? null : askedFor(spec, drift),
    live: {
      raw: drift.type === 'field' ? live.raw : null,
      canonical: drift.type === 'field' ? live.canonical : null,
      observed_at: resource.observed_at.toISOString(),
      deleted_at: resource.deleted_at?.toISOString() ?? null,
    },
    /** What the two sides were when the row was last judged. */
    judged: {
      expected: drift.expected,
      expected_canonical: drift.expected_canonical,
      actual: drift.actual,
      actual_canonical: drift.actual_canonical,
      observed_at: drift.observed_at.toISOString(),
      spec_version: drift.spec_version,
    },
    owner: spec === undefined ? null : ownerInWords(ownership(spec)),
    locked_by: situation.lockedBy ?? null,
    acts: actNames.map((act) => explainAct(act, situation, drift, spec)),
  }
}

export type DriftExplanation = Awaited<ReturnType<typeof explainDrift>>

const actNames: readonly Act[] = ['accept']

function ruleOf({ type, field, resource_kind: kind }: DriftRecord) {
  if (type === 'field') return explainField(kindOf(kind), field)
  return {
    kind,
    field: null,
    rule:
      type === 'missing'
        ? `${kind}: something is asked of it, and the cloud answered 404 for its own id.`
        : `${kind}: it is there, and nothing is asked of it.`,
  }
}

function askedFor(spec: ProvisionedSpec, { type, field }: DriftRecord) {
  const { source, specVersion, sagaId, actor, writtenAt, owner, ownerDetail } = spec
  const whole = type !== 'field'
  return {
    raw: whole ? spec.spec : (spec.spec[field] ?? null),
    canonical: whole ? spec.canonical : canonicalMember(spec.canonical, field),
    spec_version: specVersion,
    source,
    saga_id: sagaId,
    actor,
    written_at: writtenAt.toISOString(),
    owner,
    owner_detail: ownerDetail,
  }
}

function ownership({ owner, ownerDetail }: ProvisionedSpec) {
  return { owner, owner_detail: ownerDetail }
}

function explainAct(
  act: Act,
  situation: Situation,
  { type, field, resource_kind: kind }: DriftRecord,
  spec: ProvisionedSpec | undefined,
) {
  const refusal = refusalOf(act, situation)
  return {
    act,
    label: acts[act],
    allowed: refusal === undefined,
    reason: refusal?.reason ?? null,
    /** What has to be given besides. */
    needs: type === 'missing' ? ['confirm_name'] : [],
    also_change: spec === undefined ? null : elsewhere(spec, kind, field),
  }
}
