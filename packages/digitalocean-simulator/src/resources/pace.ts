import type { Transaction } from '../store/transaction.ts'
import { rescheduleAutoscalePools } from './autoscale/pools.ts'
import { rescheduleDatabases } from './databases/life.ts'
import { rescheduleKubernetes } from './kubernetes/life.ts'

/** How what is to come moves when time changes its pace. */
export interface Pace {
  /** Whether any of these is yet to come. */
  isAhead(...times: readonly (number | null)[]): boolean
  /**
   * When something comes now. What has come stays where it is.
   * @param fromMs when it begins to run, if that is yet to come itself
   */
  moved(ms: number, fromMs?: number): number
}

/** @param factor how many times longer than so far everything takes that is under way */
export function paceFrom(now: number, factor: number): Pace {
  return {
    isAhead: (...times) => times.some((ms) => ms !== null && ms > now),
    moved: (ms, fromMs = now) => {
      const from = Math.max(now, fromMs)
      return ms > from ? from + Math.round((ms - from) * factor) : ms
    },
  }
}

/** Moves the end of all that is under way, and every lag. A new kind that takes time adds its line. */
export function reschedule(tx: Transaction, pace: Pace): void {
  moveActions(tx, pace)
  moveLags(tx, pace)
  rescheduleDatabases(tx, pace)
  rescheduleKubernetes(tx, pace)
  rescheduleAutoscalePools(tx, pace)
  moveLoadBalancers(tx, pace)
  moveFirewalls(tx, pace)
  moveCertificates(tx, pace)
  moveImports(tx, pace)
}

function moveActions(tx: Transaction, { moved }: Pace): void {
  for (const action of tx.tables.actions.find('status', 'in-progress')) {
    tx.put(tx.tables.actions, { ...action, dueMs: moved(action.dueMs) })
  }
}

function moveLags(tx: Transaction, { isAhead, moved }: Pace): void {
  const { droplets, snapshots, volumeSnapshots } = tx.tables
  const orNull = (ms: number | null) => (ms === null ? null : moved(ms))
  for (const row of droplets.rows()) {
    const { readableMs, listedMs, unlistedMs } = row
    if (!isAhead(readableMs, listedMs, unlistedMs)) continue
    const times = { readableMs: moved(readableMs), listedMs: moved(listedMs) }
    tx.put(droplets, { ...row, ...times, unlistedMs: orNull(unlistedMs) })
  }
  for (const row of snapshots.rows()) {
    if (!isAhead(row.listedMs, row.unlistedMs)) continue
    // A backup of the window that runs may be taken later in it.
    const listedMs = moved(row.listedMs, row.createdMs)
    tx.put(snapshots, { ...row, listedMs, unlistedMs: orNull(row.unlistedMs) })
  }
  for (const row of volumeSnapshots.rows()) {
    if (!isAhead(row.unlistedMs)) continue
    tx.put(volumeSnapshots, { ...row, unlistedMs: orNull(row.unlistedMs) })
  }
}

function moveLoadBalancers(tx: Transaction, { isAhead, moved }: Pace): void {
  const { loadBalancers } = tx.tables
  for (const row of loadBalancers.rows()) {
    if (isAhead(row.readyMs)) tx.put(loadBalancers, { ...row, readyMs: moved(row.readyMs) })
  }
}

function moveFirewalls(tx: Transaction, { isAhead, moved }: Pace): void {
  const { firewalls } = tx.tables
  for (const row of firewalls.rows()) {
    const until = [...row.pending, ...row.leaving].map((each) => each.untilMs)
    if (!isAhead(...until)) continue
    const pending = row.pending.map((each) => ({ ...each, untilMs: moved(each.untilMs) }))
    const leaving = row.leaving.map((each) => ({ ...each, untilMs: moved(each.untilMs) }))
    tx.put(firewalls, { ...row, pending, leaving })
  }
}

function moveCertificates(tx: Transaction, { isAhead, moved }: Pace): void {
  const { certificates } = tx.tables
  for (const row of certificates.rows()) {
    if (isAhead(row.decidedMs)) tx.put(certificates, { ...row, decidedMs: moved(row.decidedMs) })
  }
}

function moveImports(tx: Transaction, { isAhead, moved }: Pace): void {
  const { customImages } = tx.tables
  for (const row of customImages.rows()) {
    if (isAhead(row.underWayMs)) tx.put(customImages, { ...row, underWayMs: moved(row.underWayMs) })
  }
}
