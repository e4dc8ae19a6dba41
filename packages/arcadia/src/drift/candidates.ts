import { sql } from 'kysely'
import type { Db } from '../database/index.ts'
import {
  type Attrs,
  canonicaliserVersion,
  canonicalMember,
  canonicalOf,
  canonicalSpec,
  type Json,
  type JsonObject,
  kindOf,
  liveValue,
  type Severity,
  severityOf,
  stableText,
} from '../kinds/index.ts'

/** A resource of which something is asked that may not be so. */
export interface Candidate {
  readonly resource_id: string
  readonly account_id: string
  readonly kind: string
  readonly external_id: string
  readonly name: string | null
  readonly attrs: Attrs
  readonly live: JsonObject
  readonly live_version: number
  readonly unobservable: readonly string[]
  readonly observed_at: Date
  readonly deleted_at: Date | null
  readonly spec: JsonObject
  readonly asked: JsonObject
  readonly asked_version: number
  readonly spec_version: number
  readonly spec_hash: string
  readonly written_at: Date
}

/** One way in which what is there is not what was asked for. */
export interface Difference {
  readonly type: 'field' | 'missing'
  /** Empty where the whole resource is missing. */
  readonly field: string
  readonly expected: Json
  readonly actual: Json
  readonly expected_canonical: Json
  readonly actual_canonical: Json
  readonly severity: Severity
}

/**
 * Candidates of an account in the order of their ids. The comparison is PostgreSQL's, over canonical
 * forms: only what differs (or was canonicalised by another version, which cannot be compared as it
 * stands) leaves it. A million rows are a scan of some seconds.
 */
export async function candidatesAfter(
  db: Db,
  accountId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly Candidate[]> {
  const place = after === undefined ? sql`` : sql`and p.resource_id > ${after}`
  const { rows } = await sql<Candidate>`
    ${columns}
    where p.account_id = ${accountId} ${place} and (${differs})
    order by p.resource_id
    limit ${limit}`.execute(db)
  return rows
}

/** The same of certain resources, as they are now; those that do not differ any more are not in it. */
export async function candidatesAmong(
  db: Db,
  resourceIds: readonly string[],
): Promise<readonly Candidate[]> {
  if (resourceIds.length === 0) return []
  const { rows } = await sql<Candidate>`
    ${columns}
    where p.resource_id = any(${resourceIds}::uuid[]) and (${differs})
    order by p.resource_id`.execute(db)
  return rows
}

const columns = sql`
  select r.id as resource_id, r.account_id, r.kind, r.external_id, r.name, r.attrs,
    r.canonical as live, r.canonical_version as live_version, r.unobservable, r.observed_at,
    r.deleted_at, p.spec, p.canonical as asked, p.canonical_version as asked_version,
    p.spec_version, p.spec_hash, p.written_at
  from arcadia.cloud_provisioned p
  join arcadia.cloud_resources r on r.id = p.resource_id`

/**
 * Both sides in one version's canonical form are compared member by member asked for; where they
 * are the same as a whole, as after a baseline, there is no need to. (The opposite shortcut, `@>`,
 * would be wrong: it does not see what a list has too much.)
 */
const differs = sql`
  r.deleted_at is not null
  or p.canonical_version <> ${canonicaliserVersion}::int
  or r.canonical_version <> ${canonicaliserVersion}::int
  or p.canonical <> r.canonical and exists (
    select from jsonb_each(p.canonical) as a(field, value)
    where a.value is distinct from coalesce(r.canonical -> a.field, 'null')
      and a.field <> all (r.unobservable))`

/** Whether either side was canonicalised by another version than this program's. */
export function isOutdated(candidate: Candidate): boolean {
  const { asked_version: asked, live_version: live } = candidate
  return asked !== canonicaliserVersion || live !== canonicaliserVersion
}

/** What of a candidate differs, by the rules of its kind. Pure. */
export function differencesIn(candidate: Candidate): readonly Difference[] {
  if (candidate.deleted_at !== null) return [missing(candidate)]
  const kind = kindOf(candidate.kind)
  const { asked, live, unobservable } = comparable(candidate)
  return Object.entries(asked)
    .filter(([field]) => !unobservable.includes(field))
    .map(([field, expected]) => ({ field, expected, actual: canonicalMember(live, field) }))
    .filter(({ expected, actual }) => stableText(expected) !== stableText(actual))
    .map(({ field, expected, actual }) => ({
      type: 'field' as const,
      field,
      expected: candidate.spec[field] ?? null,
      actual: liveValue(kind, field, candidate.attrs) ?? null,
      expected_canonical: expected,
      actual_canonical: actual,
      severity: severityOf(kind, field, expected, actual),
    }))
}

/** Both sides by the rules of this version, whichever they were stored by. */
export function comparable(candidate: Candidate): {
  readonly asked: JsonObject
  readonly live: JsonObject
  readonly unobservable: readonly string[]
} {
  const { asked, live, unobservable } = candidate
  if (!isOutdated(candidate)) return { asked, live, unobservable }
  const kind = kindOf(candidate.kind)
  const read = canonicalOf(kind, candidate.attrs)
  return {
    asked: canonicalSpec(kind, candidate.spec).canonical,
    live: read.canonical,
    unobservable: read.unobservable,
  }
}

function missing({ name, external_id: externalId }: Candidate): Difference {
  return {
    type: 'missing',
    field: '',
    expected: name ?? externalId,
    actual: null,
    expected_canonical: null,
    actual_canonical: null,
    severity: 'critical',
  }
}
