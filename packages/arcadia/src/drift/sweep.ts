import type { Clouds } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { databaseClock, type LocalClock } from '../inventory/index.ts'
import { kindOf } from '../kinds/index.ts'
import { type Candidate, candidatesAfter, candidatesAmong, differencesIn } from './candidates.ts'
import { closeStale, readingsOf, type Settled, settledAfter } from './closing.ts'
import { type ConfirmationDeps, confirm } from './confirmation.ts'
import { type Freshness, freshness, lockMoments, type Reading } from './gate.ts'
import type { Locks } from './locks.ts'
import { type Judged, openDrift } from './opening.ts'
import { knownPairs, pairOf } from './pairs.ts'

/** What drift is looked for with. */
export interface SweepDeps {
  readonly db: Db
  readonly clouds: Clouds
  readonly locks: Locks
  /** How many times faster than the real cloud this one settles: a simulator's. Default 1. */
  readonly speed?: number
  /** Default: the machine's own. */
  readonly clock?: LocalClock
}

export interface SweepOptions {
  readonly accountId: string
  readonly sagaId?: string
  readonly signal?: AbortSignal
}

/** What a sweep came to. */
export interface SweepSummary {
  /** Differences that wait for an operator from now on. */
  opened: number
  /** Differences that only another canoniser found: shown, and nobody is woken. */
  reviewed: number
  /** Fixed elsewhere. */
  stale: number
  /** Resources that differ, those known before included. */
  differing: number
  /** Resources read by their own id to be sure. */
  confirmed: number
  /** Not judged, because a saga is changing them or has just changed them. */
  locked: number
  /** Not judged, because they could not be read anew; the next sweep tries again. */
  unread: number
}

const pageSize = 500

interface Scene extends ConfirmationDeps {
  readonly deps: SweepDeps
  readonly accountId: string
  readonly summary: SweepSummary
}

/**
 * Compares what was asked for with what is there, in one account, and writes down what differs and
 * what does not any more. Safe to repeat, after a crash too, and beside another sweep.
 *
 * A resource is judged only on a reading that was sent after its spec was written, and after the
 * last lock on it was released and the cloud has had time to settle; a difference nobody knew of
 * yet is confirmed by a reading of its own first.
 */
export async function sweep(deps: SweepDeps, options: SweepOptions): Promise<SweepSummary> {
  const { db, clouds, speed = 1, clock = machineClock } = deps
  const scene: Scene = {
    deps,
    db,
    clouds,
    accountId: options.accountId,
    sagaId: options.sagaId,
    signal: options.signal ?? new AbortController().signal,
    clock: await databaseClock(db, clock),
    settleMs: (kind) => kindOf(kind).settleMs / speed,
    summary: {
      opened: 0,
      reviewed: 0,
      stale: 0,
      differing: 0,
      confirmed: 0,
      locked: 0,
      unread: 0,
    },
  }
  await openAll(scene)
  await closeAll(scene)
  return scene.summary
}

const machineClock: LocalClock = {
  now: () => Date.now(),
  sleep: () => Promise.reject(new Error('a sweep does not sleep')),
}

async function openAll(scene: Scene): Promise<void> {
  const { db, accountId, signal } = scene
  for (let after: string | undefined; ; ) {
    signal.throwIfAborted()
    const page = await candidatesAfter(db, accountId, { after, limit: pageSize })
    await openPage(scene, page)
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.resource_id
  }
}

async function openPage(scene: Scene, page: readonly Candidate[]): Promise<void> {
  const { db, summary } = scene
  const before = await freshnessOf(scene, page)
  const ids = page.map(({ resource_id: id }) => id)
  const known = await knownPairs(db, ids)
  const doubtful = page.filter((candidate) => {
    const state = before.get(candidate)
    if (state !== 'fresh') return state === 'old'
    // A deletion was confirmed by its own 404 when it was recorded.
    if (candidate.deleted_at !== null) return false
    return differencesIn(candidate).some(
      ({ type, field }) => !known.has(pairOf(candidate, type, field)),
    )
  })
  const confirmed = await confirm(scene, doubtful)
  summary.confirmed += confirmed.size
  const current = confirmed.size === 0 ? page : await candidatesAmong(db, ids)
  const asked = new Set(doubtful.map(({ resource_id: id }) => id))
  const judged = await judge(scene, current, { asked, confirmed })
  const { opened, reviewed } = await openDrift(db, judged)
  summary.opened += opened
  summary.reviewed += reviewed
}

/** Those that may be judged on what was read of them; the locks are asked after the readings. */
async function judge(
  scene: Scene,
  candidates: readonly Candidate[],
  read: { readonly asked: ReadonlySet<string>; readonly confirmed: ReadonlySet<string> },
): Promise<readonly Judged[]> {
  const { summary } = scene
  const states = await freshnessOf(scene, candidates)
  const judged: Judged[] = []
  for (const candidate of candidates) {
    const { resource_id: id, deleted_at: deletedAt } = candidate
    const state = states.get(candidate)
    const unsure = read.asked.has(id) && !read.confirmed.has(id)
    // A second 404 is not written down: the row goes on saying when the first one was.
    const goneStill = deletedAt !== null && read.confirmed.has(id)
    if (state === 'locked' || state === 'unsettled') summary.locked += 1
    else if (unsure || (state !== 'fresh' && !goneStill)) summary.unread += 1
    else {
      const differences = differencesIn(candidate)
      if (differences.length > 0) summary.differing += 1
      judged.push({ candidate, differences })
    }
  }
  return judged
}

async function freshnessOf<R extends Reading>(
  { deps, clock, settleMs }: Scene,
  readings: readonly R[],
): Promise<ReadonlyMap<R, Freshness>> {
  const now = clock.now().getTime()
  const moments = await lockMoments(deps.locks, readings, now)
  return new Map(
    readings.map((reading) => [
      reading,
      freshness(reading, moments, { now, settleMs: settleMs(reading.kind) }),
    ]),
  )
}

async function closeAll(scene: Scene): Promise<void> {
  const { db, accountId, signal } = scene
  for (let after: string | undefined; ; ) {
    signal.throwIfAborted()
    const page = await settledAfter(db, accountId, { after, limit: pageSize })
    await closePage(scene, page)
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.id
  }
}

async function closePage(scene: Scene, page: readonly Settled[]): Promise<void> {
  const { db, summary, sagaId } = scene
  const before = await freshnessOf(scene, page)
  const old = page.filter((row) => !row.moot && before.get(row) === 'old')
  const byResource = new Map(old.map((row) => [row.resource_id, row]))
  const confirmed = await confirm(scene, [...byResource.values()])
  summary.confirmed += confirmed.size
  const resources = new Set(page.map(({ resource_id: id }) => id))
  const current = await readingsOf(db, [...resources])
  const after = await freshnessOf(scene, [...current.values()])
  const closable = page.filter((row) => {
    const reading = current.get(row.resource_id)
    const state = reading === undefined ? undefined : after.get(reading)
    return row.moot ? state !== 'locked' : state === 'fresh'
  })
  const ids = closable.map(({ id }) => id)
  summary.stale += await closeStale(db, ids, sagaId)
}
