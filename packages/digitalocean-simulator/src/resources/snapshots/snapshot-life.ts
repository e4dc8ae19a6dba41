import { notFound } from '../../http/answer.ts'
import type { Call, World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

/** A lag drawn for one resource: between half of the longest and the longest. */
export function drawLag(
  world: World,
  longestMs: number,
  ...key: readonly (string | number)[]
): number {
  return Math.round(world.time.scaled(longestMs) * (0.5 + world.random.fraction('lag', ...key) / 2))
}

interface Listed {
  readonly createdMs: number
  readonly listedMs: number
  readonly unlistedMs: number | null
}

/** Whether a listing shows a record yet, and still. */
export function isListed(call: Call, row: Listed): boolean {
  if (row.unlistedMs !== null && row.unlistedMs <= call.now) return false
  return row.listedMs + call.hideYoungerMs <= call.now
}

/** Those snapshots that a listing shows. */
export function listedSnapshots(call: Call, rows: Iterable<SnapshotRecord>): SnapshotRecord[] {
  return Array.from(rows).filter((row) => isListed(call, row))
}

/** @throws ApiError 404 when there is no such snapshot, or no longer */
export function livingSnapshot(tx: Transaction, id: string): SnapshotRecord {
  const snapshot = tx.tables.snapshots.get(id)
  if (!snapshot || snapshot.deletedMs !== null) throw notFound()
  return snapshot
}

/** Gone by id at once; listings go on showing it for some seconds. */
export function deleteSnapshot(
  { tx, world, now }: Pick<Call, 'tx' | 'world' | 'now'>,
  snapshot: SnapshotRecord,
): void {
  const lag = drawLag(world, world.lag.deleted, 'deleted', snapshot.id)
  tx.put(tx.tables.snapshots, { ...snapshot, deletedMs: now, unlistedMs: now + lag })
}
