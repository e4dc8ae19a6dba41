import type { Db, ResourceRow } from '../database/index.ts'
import {
  canonicalMember,
  canonicalOf,
  canonicalSpec,
  fieldOf,
  type Json,
  kindOf,
  liveValue,
  stableText,
} from '../kinds/index.ts'
import { ownerInWords, type ProvisionedSpec } from '../provisioning/index.ts'
import type { DriftRecord } from './views.ts'

/** What is there of what a row of drift is about, as the inventory has it now. */
export interface LiveValue {
  readonly raw: Json
  readonly canonical: Json
  /** The last reading could not show it. */
  readonly hidden: boolean
}

/** A field of a resource, read anew from its last answer by today's rules. */
export function liveOf({ kind: kindName, attrs }: ResourceRow, field: string): LiveValue {
  const kind = kindOf(kindName)
  const { canonical, unobservable } = canonicalOf(kind, attrs)
  return {
    raw: liveValue(kind, field, attrs) ?? null,
    canonical: canonicalMember(canonical, field),
    hidden: unobservable.includes(field),
  }
}

/** Whether a value means what is live, by the field's own rule. */
export function meansTheSame(
  kindName: string,
  field: string,
  value: Json,
  live: LiveValue,
): boolean {
  const { canonical, problems } = canonicalSpec(kindOf(kindName), { [field]: value })
  const given = problems.length > 0 ? value : canonicalMember(canonical, field)
  return stableText(given) === stableText(problems.length > 0 ? live.raw : live.canonical)
}

/** What has changed since a row was written, in words; undefined when it still says what is. */
export function movedSince(
  drift: DriftRecord,
  spec: ProvisionedSpec | undefined,
  resource: ResourceRow,
): string | undefined {
  if (spec === undefined) return 'nothing is asked of this resource any more'
  if (drift.type === 'missing') {
    return resource.deleted_at === null ? 'the resource is there again: detect again' : undefined
  }
  if (resource.deleted_at !== null) return 'the resource is gone: detect again'
  const { kind } = resource
  const { canonical: asked } = canonicalSpec(kindOf(kind), spec.spec)
  if (!Object.hasOwn(asked, drift.field)) return `${drift.field} is not asked for any more`
  if (!same(canonicalMember(asked, drift.field), drift.expected_canonical)) {
    return `another ${drift.field} is asked for by now: detect again`
  }
  const live = liveOf(resource, drift.field)
  if (live.hidden) return `the last reading could not show ${drift.field}`
  if (!same(live.canonical, drift.actual_canonical)) {
    return `${drift.field} has changed again since this was seen: detect again`
  }
  return undefined
}

function same(a: Json, b: Json): boolean {
  return stableText(a) === stableText(b)
}

/** Where a change has to be written down as well when another tool owns the spec; null when none. */
export function elsewhere(
  { owner, ownerDetail }: ProvisionedSpec,
  kindName: string,
  field: string,
): string | null {
  if (owner === 'arcadia') return null
  const words = ownerInWords({ owner, owner_detail: ownerDetail })
  if (field === '') return `${words} still asks for it: take it out there, too`
  const argument = fieldOf(kindOf(kindName), field).terraform ?? field
  return owner === 'terraform'
    ? `${words} still asks for another value: change its argument "${argument}"`
    : `${words} decides about ${field}: change it there, too`
}

/** A resource, deleted ones included, locked against deletion and change while it is decided. */
export function lockedResource(db: Db, id: string): Promise<ResourceRow> {
  return db
    .selectFrom('cloud_resources')
    .selectAll()
    .where('id', '=', id)
    .forShare()
    .executeTakeFirstOrThrow()
}
