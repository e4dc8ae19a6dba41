import type { Locks } from './locks.ts'
import { keyOf } from './locks.ts'

/** A resource as far as its freshness goes. */
export interface Reading {
  readonly account_id: string
  readonly kind: string
  readonly external_id: string
  readonly observed_at: Date
  readonly deleted_at: Date | null
  /** When its spec was last written; null when nothing is asked of it. */
  readonly written_at: Date | null
}

/**
 * - `fresh`: may be judged.
 * - `locked`: a saga is changing it.
 * - `unsettled`: a saga has just changed it, and the cloud may still show what was.
 * - `old`: it was last seen before its spec was written, or too long ago.
 */
export type Freshness = 'fresh' | 'locked' | 'unsettled' | 'old'

/** What was locked, and until when. */
export interface LockMoments {
  readonly held: ReadonlySet<string>
  /** Epoch milliseconds of the last release, by key. */
  readonly released: ReadonlyMap<string, number>
}

/**
 * How far back releases are asked for. What was not seen for longer says nothing of today: it is
 * read anew before it is judged.
 */
export const lookBackMs = 24 * 3_600_000

/** Asks who holds what now, and who let go of what within {@link lookBackMs}. */
export async function lockMoments(
  locks: Locks,
  readings: readonly Reading[],
  now: number,
): Promise<LockMoments> {
  const keys = readings.map(keyOf)
  if (keys.length === 0) return { held: new Set(), released: new Map() }
  // Holders first: a lock that is let go of between the two questions is in the second answer.
  const holders = await locks.lockHolders(keys)
  const releases = await locks.lockReleases(now - 2 * lookBackMs)
  return {
    held: new Set(holders.map(({ key }) => key)),
    released: new Map(releases.map(({ key, releasedAt }) => [key, releasedAt])),
  }
}

/**
 * Whether what was read of a resource may be held against what was asked. Pure.
 * @param options `settleMs`: how long the cloud may still show what was before a change
 */
export function freshness(
  reading: Reading,
  { held, released }: LockMoments,
  { now, settleMs }: { readonly now: number; readonly settleMs: number },
): Freshness {
  const key = keyOf(reading)
  if (held.has(key)) return 'locked'
  const observedAt = reading.observed_at.getTime()
  const settledAt = (released.get(key) ?? Number.NEGATIVE_INFINITY) + settleMs
  if (observedAt <= settledAt) return now <= settledAt ? 'unsettled' : 'old'
  if (reading.written_at !== null && observedAt <= reading.written_at.getTime()) return 'old'
  // What is gone by its own 404 stays gone: ids are not given twice.
  if (reading.deleted_at === null && observedAt < now - lookBackMs) return 'old'
  return 'fresh'
}
