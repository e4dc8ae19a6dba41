import { notFound } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { Pace } from '../pace.ts'
import type { ClusterRecord, PoolRecord } from './record.ts'

/** How long the real cloud takes, about, in seconds. */
const seconds = { provisioning: 270, upgrading: 600 }

/** When something begun now ends, give or take a fifth. */
export function dueAt(call: Call, state: keyof typeof seconds, id: string): number {
  const jitter = 0.8 + 0.4 * call.world.random.fraction('kubernetes', state, id, call.now)
  return call.now + call.world.time.scaled(seconds[state] * 1000 * jitter)
}

/** @throws ApiError 404 when there is no such cluster, or when it is too new to be found */
export function clusterOf(call: Call): ClusterRecord {
  const cluster = call.tx.tables.kubernetes.get(call.params['cluster'] ?? '')
  if (!cluster || cluster.readableMs > call.now) throw notFound()
  return cluster
}

/** The pool of a cluster that a request names by its id. @throws ApiError 404 */
export function poolOf(call: Call, cluster: ClusterRecord): PoolRecord {
  const pool = cluster.pools.find((each) => each.id === call.params['pool'])
  if (!pool) throw notFound()
  return pool
}

/** Writes what has become of a cluster. */
export function change(
  call: Call,
  cluster: ClusterRecord,
  changes: Partial<ClusterRecord>,
): ClusterRecord {
  return call.tx.put(call.tx.tables.kubernetes, { ...cluster, ...changes, updatedMs: call.now })
}

/** As it stands. */
export function stateOf({ pending }: ClusterRecord, now: number) {
  if (pending === null) return 'running'
  return pending.fate === 'errored' && pending.dueMs <= now ? 'error' : pending.state
}

/** Ends what is due by now: depends on stored times alone. */
export function settleKubernetes(tx: Transaction, now: number): void {
  const { kubernetes } = tx.tables
  for (const cluster of kubernetes.find('busy', 'busy')) {
    const { pending } = cluster
    if (pending === null || pending.fate === 'stuck' || pending.dueMs > now) continue
    const works = pending.fate === 'complete'
    // One that could not be made stays what it is: there is nothing in it to go on with.
    if (!works && pending.state === 'provisioning') continue
    const version = works ? pending.version : cluster.version
    const done = { version, pending: null, updatedMs: pending.dueMs }
    tx.put(kubernetes, { ...cluster, ...done })
  }
}

/** Moves the ends of what is under way, and from when on clusters can be read. */
export function rescheduleKubernetes(tx: Transaction, { isAhead, moved }: Pace): void {
  for (const cluster of tx.tables.kubernetes.rows()) {
    const { pending, readableMs } = cluster
    if (!isAhead(readableMs, pending?.dueMs ?? null)) continue
    const later = pending && { ...pending, dueMs: moved(pending.dueMs) }
    tx.put(tx.tables.kubernetes, { ...cluster, pending: later, readableMs: moved(readableMs) })
  }
}
