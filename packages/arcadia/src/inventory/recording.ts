import { sql } from 'kysely'
import { type Db, inTransaction, type ResourceEventType } from '../database/index.ts'
import { changedFields, type Kind, kindOf } from '../kinds/index.ts'
import { insertSightings, type KnownRow, lockKnown, overwrite, touch } from './rows.ts'
import { type Sighting, sightingOf } from './sighting.ts'

/** Where and when something was seen, and by whom. */
export interface Occasion {
  readonly accountId: string
  readonly kind: Kind
  /** When the request was sent, by the database's clock. */
  readonly observedAt: Date
  /**
   * A listing may lag, and show what is gone: it does not bring back what was marked deleted. The
   * answer of a resource's own GET, or of a change, does.
   */
  readonly seenIn: 'listing' | 'answer'
  /** The saga that made it so; null when nobody of ours did. */
  readonly sagaId: string | null
  /** The sync, and when it began: what it has seen before is not counted again. */
  readonly sync: { readonly id: string; readonly startedAt: Date } | null
}

export interface Recorded {
  /** By external id: the ids of the resources seen. */
  readonly ids: ReadonlyMap<string, string>
  /** Resources that this sync sees for the first time. */
  readonly seen: number
  readonly created: number
  /** Changed in meaning, or back again. */
  readonly changed: number
  /** Marked deleted and yet in a listing: their own GET has to say. */
  readonly revenants: readonly string[]
}

interface Event {
  readonly resource_id: string
  readonly type: ResourceEventType
  readonly detail: object
}

/**
 * Records what one request showed, in a handful of statements however many resources it is about,
 * and their events. An older sight never overwrites a newer one; what has not changed costs no
 * event and no rewriting.
 */
export function record(db: Db, occasion: Occasion, seen: readonly Sighting[]): Promise<Recorded> {
  // A page that shifted may hold one twice; rows are locked in one order everywhere.
  const byId = new Map(seen.map((sighting) => [sighting.externalId, sighting]))
  const sightings = [...byId.values()].sort((a, b) => (a.externalId < b.externalId ? -1 : 1))
  return inTransaction(db, async (tx) => {
    const known = await lockKnown(tx, occasion, sightings)
    const strangers = sightings.filter(({ externalId }) => !known.has(externalId))
    const created = await insertSightings(tx, occasion, strangers)
    // Somebody else inserted these since: now they are known.
    const raced = strangers.filter(({ externalId }) => !created.has(externalId))
    for (const [id, row] of await lockKnown(tx, occasion, raced)) known.set(id, row)
    return recordKnown(tx, occasion, byId, known, created)
  })
}

async function recordKnown(
  tx: Db,
  occasion: Occasion,
  byId: ReadonlyMap<string, Sighting>,
  known: ReadonlyMap<string, KnownRow>,
  created: ReadonlyMap<string, string>,
): Promise<Recorded> {
  const plan = planOf(occasion, byId, known)
  await touch(tx, occasion, plan.unchanged)
  await overwrite(tx, occasion, plan.rewritten)
  const births = [...created.values()].map(
    (id): Event => ({ resource_id: id, type: 'created', detail: {} }),
  )
  await insertEvents(tx, occasion, [...births, ...plan.events])
  const knownIds = [...known].map(([externalId, { id }]) => [externalId, id] as const)
  return {
    ids: new Map([...created, ...knownIds]),
    seen: created.size + [...known.values()].filter((row) => isNews(occasion, row)).length,
    created: created.size,
    changed: plan.events.length,
    revenants: plan.revenants,
  }
}

/** Whether a sync counts a row as seen: once, and not on the word of a listing that lags. */
function isNews({ seenIn }: Occasion, row: KnownRow): boolean {
  return !row.counted && !(row.deleted && seenIn === 'listing')
}

interface Plan {
  readonly unchanged: string[]
  readonly rewritten: { readonly id: string; readonly sighting: Sighting }[]
  readonly events: Event[]
  readonly revenants: string[]
}

/** What becomes of each row that was there before. Pure. */
function planOf(
  { kind, seenIn }: Occasion,
  byId: ReadonlyMap<string, Sighting>,
  known: ReadonlyMap<string, KnownRow>,
): Plan {
  const plan: Plan = { unchanged: [], rewritten: [], events: [], revenants: [] }
  for (const [externalId, row] of known) {
    const sighting = byId.get(externalId)
    if (sighting === undefined || row.newer) continue
    if (row.deleted && seenIn === 'listing') {
      plan.revenants.push(externalId)
      continue
    }
    if (row.attrs === null && !row.deleted) {
      plan.unchanged.push(row.id)
      continue
    }
    plan.rewritten.push({ id: row.id, sighting })
    const changes = changedFields(kind, row.attrs ?? sighting.attrs, sighting.attrs)
    if (row.deleted) plan.events.push({ resource_id: row.id, type: 'reappeared', detail: changes })
    else if (Object.keys(changes).length > 0) {
      plan.events.push({ resource_id: row.id, type: 'changed', detail: changes })
    }
  }
  return plan
}

async function insertEvents(tx: Db, occasion: Occasion, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return
  await sql`
    insert into arcadia.cloud_resource_events (resource_id, type, detail, saga_id, sync_id)
    select i.resource_id, i.type, i.detail, ${occasion.sagaId}::uuid, ${occasion.sync?.id ?? null}::uuid
    from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
      as i(resource_id uuid, type text, detail jsonb)`.execute(tx)
}

/** What a step of a saga has just seen of a resource. */
export interface Observation {
  readonly accountId: string
  /** A kind's name. */
  readonly kind: string
  /** The cloud's answer, as it came. */
  readonly raw: object
  /** When the request was sent, or earlier: never later. */
  readonly observedAt: Date
  readonly sagaId?: string
}

/**
 * Records a resource's own answer, in `db` or the transaction it is. Its events name the saga.
 * @returns the resource's id in the inventory
 */
export async function recordObservation(
  db: Db,
  { accountId, kind, raw, observedAt, sagaId }: Observation,
): Promise<{ readonly resourceId: string; readonly created: boolean }> {
  const described = kindOf(kind)
  const sighting = sightingOf(described, raw)
  const recorded = await record(
    db,
    {
      accountId,
      kind: described,
      observedAt,
      seenIn: 'answer',
      sagaId: sagaId ?? null,
      sync: null,
    },
    [sighting],
  )
  const resourceId = recorded.ids.get(sighting.externalId)
  if (resourceId === undefined) {
    throw new Error(`the ${kind} ${sighting.externalId} was recorded, and is not there`)
  }
  return { resourceId, created: recorded.created > 0 }
}

/** The cloud's own word, for one id, that it is gone: a 404, or the 204 of its deletion. */
export interface Deletion {
  readonly accountId: string
  readonly kind: string
  readonly externalId: string
  readonly observedAt: Date
  readonly sagaId?: string
  readonly syncId?: string
}

/**
 * Marks a resource deleted, unless it was seen since. Repeating it changes nothing.
 * @returns the resource's id, or undefined when nothing was marked
 */
export async function recordDeletion(db: Db, deletion: Deletion): Promise<string | undefined> {
  const { accountId, kind, externalId, observedAt, sagaId = null, syncId = null } = deletion
  const { rows } = await sql<{ readonly resource_id: string }>`
    with gone as (
      update arcadia.cloud_resources
      set deleted_at = ${observedAt}, observed_at = ${observedAt},
        sync_id = coalesce(${syncId}::uuid, sync_id)
      where account_id = ${accountId} and kind = ${kind} and external_id = ${externalId}
        and deleted_at is null and observed_at <= ${observedAt}
      returning id
    )
    insert into arcadia.cloud_resource_events (resource_id, type, saga_id, sync_id)
    select id, 'deleted', ${sagaId}::uuid, ${syncId}::uuid from gone
    returning resource_id`.execute(db)
  return rows[0]?.resource_id
}
