import { sql } from 'kysely'
import { type Db, inTransaction } from '../database/index.ts'
import { canonicaliserVersion } from '../kinds/index.ts'
import { type Candidate, comparable, type Difference, isOutdated } from './candidates.ts'

/** A candidate that was judged, and what of it differs. */
export interface Judged {
  readonly candidate: Candidate
  readonly differences: readonly Difference[]
}

export interface Opened {
  /** New rows that wait for an operator. */
  readonly opened: number
  /** New rows that only another canoniser found. */
  readonly reviewed: number
}

/**
 * Opens drift, or brings up to date what is open: one row a difference, one event a row. The specs
 * are locked while it is written, and one that has another version by now is left for the next
 * sweep, so that an accept in between is never contradicted.
 */
export function openDrift(db: Db, judged: readonly Judged[]): Promise<Opened> {
  if (judged.length === 0) return Promise.resolve({ opened: 0, reviewed: 0 })
  return inTransaction(db, async (tx) => {
    const current = await lockSpecs(tx, judged)
    const standing = judged.filter(
      ({ candidate }) => current.get(candidate.resource_id) === candidate.spec_version,
    )
    const rows = standing.flatMap(rowsOf)
    const opened = rows.length === 0 ? { opened: 0, reviewed: 0 } : await writeRows(tx, rows)
    await recanonise(tx, standing)
    return opened
  })
}

/** Locks specs in the order of their ids; gives their versions. */
async function lockSpecs(tx: Db, judged: readonly Judged[]): Promise<ReadonlyMap<string, number>> {
  const ids = judged.map(({ candidate }) => candidate.resource_id)
  const rows = await tx
    .selectFrom('cloud_provisioned')
    .select(['resource_id', 'spec_version'])
    .where('resource_id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('resource_id')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.resource_id, row.spec_version]))
}

interface DriftRow extends Difference {
  readonly account_id: string
  readonly resource_id: string
  readonly status: 'open' | 'review'
  readonly spec_version: number
  readonly spec_hash: string
  readonly observed_at: Date
}

function rowsOf({ candidate, differences }: Judged): DriftRow[] {
  const { account_id, resource_id, spec_version, spec_hash, observed_at } = candidate
  // What a new canoniser finds may be its own doing: it is shown, and nobody is woken for it.
  const status = isOutdated(candidate) && candidate.deleted_at === null ? 'review' : 'open'
  return differences.map((difference) => ({
    ...difference,
    ...{ account_id, resource_id, status, spec_version, spec_hash, observed_at },
  }))
}

async function writeRows(tx: Db, rows: readonly DriftRow[]): Promise<Opened> {
  const judged = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as j(account_id uuid,
    resource_id uuid, type text, field text, expected jsonb, actual jsonb,
    expected_canonical jsonb, actual_canonical jsonb, severity text, status text,
    spec_version int, spec_hash text, observed_at timestamptz)`
  // A row under review whose values have changed since is no canoniser's doing any more.
  await sql`
    update arcadia.cloud_drift d
    set expected = j.expected, actual = j.actual, expected_canonical = j.expected_canonical,
      actual_canonical = j.actual_canonical, severity = j.severity, spec_version = j.spec_version,
      spec_hash = j.spec_hash, observed_at = j.observed_at, last_seen_at = clock_timestamp(),
      status = case when d.status = 'review' and j.status = 'open'
        and (d.expected_canonical, d.actual_canonical)
          is distinct from (j.expected_canonical, j.actual_canonical)
        then 'open' else d.status end
    from ${judged}
    where d.resource_id = j.resource_id and d.type = j.type and d.field = j.field
      and d.status in ('open', 'review') and d.observed_at <= j.observed_at`.execute(tx)
  // The index that allows one open row a pair decides between sweeps at the same time.
  const { rows: counts } = await sql<Opened>`
    with made as (
      insert into arcadia.cloud_drift (account_id, resource_id, type, field, expected, actual,
        expected_canonical, actual_canonical, severity, status, spec_version, spec_hash,
        observed_at, first_seen_at, last_seen_at, flaps)
      select j.account_id, j.resource_id, j.type, j.field, j.expected, j.actual,
        j.expected_canonical, j.actual_canonical, j.severity, j.status, j.spec_version, j.spec_hash,
        j.observed_at, clock_timestamp(), clock_timestamp(), coalesce((
          select max(earlier.flaps) + 1 from arcadia.cloud_drift earlier
          where earlier.resource_id = j.resource_id and earlier.type = j.type
            and earlier.field = j.field), 0)
      from ${judged}
      order by j.resource_id, j.field
      on conflict (resource_id, type, field) where status in ('open', 'review', 'reverting')
        do nothing
      returning *
    ), told as (
      insert into arcadia.cloud_resource_events (resource_id, type, detail)
      select resource_id, 'drift_detected', jsonb_build_object('drift_id', id, 'type', type,
        'field', field, 'expected', expected, 'actual', actual, 'severity', severity,
        'status', status, 'spec_version', spec_version)
      from made order by resource_id, field
    )
    select count(*) filter (where status = 'open')::int as opened,
      count(*) filter (where status = 'review')::int as reviewed
    from made`.execute(tx)
  return counts[0] ?? { opened: 0, reviewed: 0 }
}

/** Brings specs of another canoniser's version up to this one's; what is asked stays what it was. */
async function recanonise(tx: Db, judged: readonly Judged[]): Promise<void> {
  const outdated = judged
    .map(({ candidate }) => candidate)
    .filter((candidate) => candidate.asked_version !== canonicaliserVersion)
  if (outdated.length === 0) return
  const rows = outdated.map((candidate) => ({
    resource_id: candidate.resource_id,
    canonical: comparable(candidate).asked,
  }))
  await sql`
    update arcadia.cloud_provisioned p
    set canonical = i.canonical, canonical_version = ${canonicaliserVersion}::int
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i(resource_id uuid, canonical jsonb)
    where p.resource_id = i.resource_id`.execute(tx)
}
