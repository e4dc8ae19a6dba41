import { NotFound } from '@arcadia-cloud/digitalocean'
import type { Db } from '../database/index.ts'
import type { Attrs, Kind } from '../kinds/index.ts'
import { type Occasion, record, recordDeletion } from './recording.ts'
import { sightingOf } from './sighting.ts'
import { type SyncScene, turnOf } from './sync-scene.ts'
import { countSync } from './syncs.ts'

/** A resource that a complete listing lacked. */
interface Absentee {
  readonly external_id: string
  readonly attrs: Attrs
  /** The last sync that saw it; null when none ever did. */
  readonly sync_id: string | null
}

/**
 * How many may be absent at once before it looks like our mistake rather than somebody's deletions:
 * a token that lost its scope, a listing that lied.
 * @param known how many there were
 */
export function mostAbsent(known: number): number {
  return Math.max(10, Math.floor(known * 0.05))
}

/** How many resources there are by the inventory's word. */
export async function countLive(db: Db, accountId: string, kind: Kind): Promise<number> {
  return count(liveOf(db, accountId, kind))
}

/** How many of them nobody has seen since a moment. */
export async function countAbsent(
  db: Db,
  accountId: string,
  kind: Kind,
  since: Date,
): Promise<number> {
  return count(liveOf(db, accountId, kind).where('observed_at', '<', since))
}

function liveOf(db: Db, accountId: string, kind: Kind) {
  return db
    .selectFrom('cloud_resources')
    .where('account_id', '=', accountId)
    .where('kind', '=', kind.name)
    .where('deleted_at', 'is', null)
}

async function count(query: ReturnType<typeof liveOf>): Promise<number> {
  const row = await query
    .select((select) => select.fn.countAll<string>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(row.rows)
}

/** What asking for each absent resource by its own id came to. */
export interface Confirmed {
  readonly deleted: number
  /** Still there: the listing had missed them. */
  readonly found: number
  /** Neither: nothing was marked. */
  readonly unclear: number
  /** The last reason why. */
  readonly reason: string | undefined
}

type Tally = { -readonly [K in keyof Confirmed]: Confirmed[K] }

const batchSize = 200
/** After so many failures in a row the cloud is in no state to be asked. */
const failuresInARow = 3

/**
 * Asks for every absent resource by its own id: only a 404 marks it deleted; an answer is recorded
 * as any other; whatever else leaves it as it is, until the next sync.
 */
export async function confirmAbsent(scene: SyncScene, since: Date): Promise<Confirmed> {
  const tally: Tally = { deleted: 0, found: 0, unclear: 0, reason: undefined }
  let failures = 0
  for (let after = ''; ; ) {
    const batch = await absentAfter(scene, since, after)
    for (const absentee of batch) {
      const outcome = await askFor(scene, absentee, since)
      tally[outcome.is] += 1
      failures = outcome.is === 'unclear' && outcome.failed ? failures + 1 : 0
      if (outcome.is === 'unclear') tally.reason = outcome.reason
      if (failures >= failuresInARow) return tally
    }
    const last = batch.at(-1)
    if (last === undefined || batch.length < batchSize) return tally
    after = last.external_id
  }
}

function absentAfter(
  { db, account, kind }: SyncScene,
  since: Date,
  after: string,
): Promise<Absentee[]> {
  return liveOf(db, account.id, kind)
    .where('observed_at', '<', since)
    .where('external_id', '>', after)
    .select(['external_id', 'attrs', 'sync_id'])
    .orderBy('external_id')
    .limit(batchSize)
    .execute()
}

type Outcome =
  | { readonly is: 'deleted' | 'found' }
  | { readonly is: 'unclear'; readonly failed: boolean; readonly reason: string }

async function askFor(scene: SyncScene, absentee: Absentee, since: Date): Promise<Outcome> {
  const { db, account, kind, syncId } = scene
  if (isNewborn(kind, absentee, since)) {
    const reason = `${kind.name} ${absentee.external_id} was made moments ago and may not be listed yet`
    return { is: 'unclear', failed: false, reason }
  }
  const answer = await ask(scene, absentee.external_id)
  if (answer.is === 'failed') return { is: 'unclear', failed: true, reason: answer.reason }
  if (answer.is === 'answer') {
    await recordAnswer(scene, answer.raw, answer.observedAt)
    return { is: 'found' }
  }
  await recordDeletion(db, {
    accountId: account.id,
    kind: kind.name,
    externalId: absentee.external_id,
    observedAt: answer.observedAt,
    syncId,
  })
  await countSync(db, syncId, { deleted: 1 })
  return { is: 'deleted' }
}

/**
 * A GET just after a create may answer 404. What only its own create has shown so far, moments ago,
 * is not judged; what a sync has seen is known to the listings.
 */
function isNewborn(kind: Kind, { attrs, sync_id }: Absentee, since: Date): boolean {
  if (sync_id !== null) return false
  const age = since.getTime() - Date.parse(kind.bornAt(attrs) ?? '')
  return Math.abs(age) < kind.settleMs
}

type Answer =
  | { readonly is: 'answer'; readonly raw: object; readonly observedAt: Date }
  | { readonly is: 'gone'; readonly observedAt: Date }
  | { readonly is: 'failed'; readonly reason: string }

/** A resource's own GET. An abort is thrown, for it says nothing of the resource. */
async function ask(scene: SyncScene, externalId: string): Promise<Answer> {
  const { cloud, kind, signal } = scene
  await turnOf(scene)
  const observedAt = scene.clock.now()
  try {
    return { is: 'answer', raw: await kind.get(cloud, externalId, { signal }), observedAt }
  } catch (error) {
    if (error instanceof NotFound) return { is: 'gone', observedAt }
    signal.throwIfAborted()
    return { is: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

async function recordAnswer(scene: SyncScene, raw: object, observedAt: Date): Promise<void> {
  const { db, kind } = scene
  const occasion: Occasion = { ...scene.occasion, observedAt, seenIn: 'answer' }
  const recorded = await record(db, occasion, [sightingOf(kind, raw)])
  await countSync(db, scene.syncId, recorded)
}

/** The most that is asked for in one sync of what is listed though it was marked deleted. */
export const mostRevenants = 200

/** Listings show for a while what is gone; only its own answer brings a resource back. */
export async function confirmRevenants(
  scene: SyncScene,
  externalIds: readonly string[],
): Promise<void> {
  for (const externalId of externalIds) {
    const answer = await ask(scene, externalId)
    if (answer.is === 'failed') return
    if (answer.is === 'answer') await recordAnswer(scene, answer.raw, answer.observedAt)
  }
}
