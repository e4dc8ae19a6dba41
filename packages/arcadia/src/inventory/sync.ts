import { type Account, getAccount } from '../accounts/index.ts'
import { inTransaction, type SyncRow } from '../database/index.ts'
import type { Kind } from '../kinds/index.ts'
import {
  type Confirmed,
  confirmAbsent,
  confirmRevenants,
  countAbsent,
  countLive,
  mostAbsent,
  mostRevenants,
} from './absence.ts'
import { type DatabaseClock, databaseClock, systemClock } from './clock.ts'
import { verifyOwner } from './owner.ts'
import { record } from './recording.ts'
import { sightingOf } from './sighting.ts'
import { type SyncDeps, type SyncScene, turnOf } from './sync-scene.ts'
import { closeSync, countSync, openSync } from './syncs.ts'

export interface SyncOptions {
  readonly accountId: string
  readonly kind: Kind
  readonly sagaId?: string
  readonly signal?: AbortSignal
  /** An operator's word that many may be gone at once; each is still asked for by its id. */
  readonly allowMassDeletion?: boolean
}

/** A listing that ended before its last page. */
class IncompleteListing extends Error {
  override readonly name = 'IncompleteListing'
  readonly code = 'incomplete_listing'
  readonly effect = 'none'
  readonly retryable = true
}

/** DigitalOcean's largest page: the fewest requests there can be. */
const perPage = 200

/**
 * Brings the inventory of one kind of one account up to date, and says so in `cloud_syncs`. A
 * listing that fails marks nothing deleted; neither does one that lacks suspiciously many.
 * @returns the sync's row: `complete`, or `withheld` when an operator has to look
 * @throws what made it fail, after saying so in the row
 */
export async function syncKind(deps: SyncDeps, options: SyncOptions): Promise<SyncRow> {
  const { db, clock: local = systemClock } = deps
  const { accountId, kind, sagaId = null } = options
  const account = await getAccount(db, accountId)
  const clock = await databaseClock(db, local)
  const startedAt = clock.now()
  const syncId = await openSync(db, { accountId, kind: kind.name, sagaId, startedAt })
  try {
    const scene = await enter(deps, options, { account, clock, syncId, startedAt })
    const knownBefore = await countLive(db, accountId, kind)
    const revenants = await listAll(scene)
    await confirmRevenants(scene, revenants)
    return await judgeAbsent(scene, startedAt, knownBefore, options.allowMassDeletion === true)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await closeSync(db, syncId, { status: 'failed', finishedAt: clock.now(), error: reason })
    throw error
  }
}

async function enter(
  { db, clouds, log, clock: local = systemClock }: SyncDeps,
  { kind, signal = new AbortController().signal }: SyncOptions,
  begun: {
    readonly account: Account
    readonly clock: DatabaseClock
    readonly syncId: string
    readonly startedAt: Date
  },
): Promise<SyncScene> {
  const { account, clock, syncId, startedAt } = begun
  const cloud = await clouds.reading(account.id)
  // The saga of a sync notices changes; it did not make them.
  const occasion = { accountId: account.id, kind, sagaId: null, sync: { id: syncId, startedAt } }
  await verifyOwner(db, account, cloud, signal)
  return { db, cloud, log, local, clock, account, kind, syncId, signal, occasion }
}

/** Streams every page into the inventory; gives what is listed though it was marked deleted. */
async function listAll(scene: SyncScene): Promise<string[]> {
  const { cloud, kind, signal } = scene
  const revenants: string[] = []
  for (const listing of kind.listings(cloud, { perPage, signal })) {
    let complete = false
    await turnOf(scene)
    for await (const page of listing) {
      const returned = await recordPage(scene, page.items, scene.clock.of(page.sentAt))
      revenants.push(...returned.slice(0, mostRevenants - revenants.length))
      complete = page.last
      if (!complete) await turnOf(scene)
    }
    if (!complete) throw new IncompleteListing(`the listing of ${kind.plural} has no last page`)
  }
  return revenants
}

/** A page and its counts are committed together, so that the counts hold after a crash too. */
function recordPage(
  { db, kind, syncId, occasion }: SyncScene,
  items: readonly object[],
  observedAt: Date,
): Promise<readonly string[]> {
  return inTransaction(db, async (tx) => {
    const sightings = items.map((item) => sightingOf(kind, item))
    const recorded = await record(tx, { ...occasion, observedAt, seenIn: 'listing' }, sightings)
    await countSync(tx, syncId, recorded)
    return recorded.revenants
  })
}

async function judgeAbsent(
  scene: SyncScene,
  startedAt: Date,
  knownBefore: number,
  allowMassDeletion: boolean,
): Promise<SyncRow> {
  const { db, log, account, kind, syncId, clock } = scene
  const absent = await countAbsent(db, account.id, kind, startedAt)
  if (absent > mostAbsent(knownBefore) && !allowMassDeletion) {
    const error = `${absent} of ${knownBefore} ${kind.plural} are missing from the listing, more than a sync marks by itself, so none was marked: an operator has to see whether they are gone or the token has lost its sight, and can then sync with allow_mass_deletion`
    log.warn({ account: account.name, kind: kind.name, absent, known: knownBefore }, error)
    return closeSync(db, syncId, { status: 'withheld', finishedAt: clock.now(), absent, error })
  }
  const confirmed = absent === 0 ? undefined : await confirmAbsent(scene, startedAt)
  return closeSync(db, syncId, {
    status: 'complete',
    finishedAt: clock.now(),
    absent,
    error: confirmed === undefined ? null : doubtsIn(confirmed, absent),
  })
}

/** What a complete sync could not settle; null when there is nothing. */
function doubtsIn({ deleted, found, reason }: Confirmed, absent: number): string | null {
  const unsettled = absent - deleted - found
  if (unsettled <= 0 || reason === undefined) return null
  return `${unsettled} of ${absent} absent could not be settled and stay as they are: ${reason}`
}
