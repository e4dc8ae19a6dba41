import { ApiError, notFound } from '../../http/answer.ts'
import type { Call, World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { Pace } from '../pace.ts'
import { type Engine, engineOf } from './engines.ts'
import type { ClusterShape, DatabaseRecord, DatabaseReplica } from './record.ts'

/** How long the real cloud takes, about, in seconds. */
const seconds = { creating: 240, forking: 360, resizing: 300, migrating: 600, replica: 240 }

/** When something begun now ends, give or take a fifth. */
export function dueAt(call: Call, what: keyof typeof seconds, id: string): number {
  const jitter = 0.8 + 0.4 * call.world.random.fraction('database', what, id, call.now)
  return call.now + call.world.time.scaled(seconds[what] * 1000 * jitter)
}

/** @throws ApiError 404 when there is no such cluster, or when it is too new to be found */
export function clusterOf(call: Call): DatabaseRecord {
  const cluster = call.tx.tables.databases.get(call.params['cluster'] ?? '')
  if (!cluster || cluster.readableMs > call.now) {
    throw new ApiError(404, 'not_found', 'cluster not found')
  }
  return cluster
}

/**
 * The cluster, which has to be at nothing else.
 * @throws ApiError 412 while it is
 */
export function idleCluster(call: Call): DatabaseRecord {
  const cluster = clusterOf(call)
  if (cluster.pending === null) return cluster
  throw new ApiError(412, 'precondition_failed', `cluster is not online: it is ${cluster.status}`)
}

/** @throws ApiError 422 where the engine has nothing of the kind */
export function requireKind(cluster: DatabaseRecord, kind: keyof Engine['has']): void {
  if (engineOf(cluster.engine).has[kind]) return
  throw new ApiError(
    422,
    'unprocessable_entity',
    'operation is not supported for this cluster type',
  )
}

/** One of the things in a cluster, by its name. @throws ApiError 404 */
export function named<T extends { readonly name: string }>(
  things: readonly T[],
  name: string | undefined,
): T {
  const found = things.find((each) => each.name === name)
  if (!found) throw notFound()
  return found
}

/** Writes what has become of a cluster. */
export function change(
  call: Call,
  cluster: DatabaseRecord,
  changes: Partial<DatabaseRecord>,
): DatabaseRecord {
  return call.tx.put(call.tx.tables.databases, { ...cluster, ...changes })
}

/** A replica whose id a request gives as if it were a cluster's: the Terraform provider does so. */
export function replicaAsCluster(
  call: Call,
): { readonly cluster: DatabaseRecord; readonly replica: DatabaseReplica } | undefined {
  for (const cluster of call.tx.tables.databases.rows()) {
    const replica = cluster.replicas.find(({ id }) => id === call.params['cluster'])
    if (replica) return replica.readableMs <= call.now ? { cluster, replica } : undefined
  }
  return undefined
}

/** Writes what has become of a replica. */
export function changeReplica(call: Call, cluster: DatabaseRecord, replica: DatabaseReplica): void {
  const replicas = cluster.replicas.map((each) => (each.id === replica.id ? replica : each))
  change(call, cluster, { replicas })
}

/** Begins to make a cluster into something else. */
export function begin(
  call: Call,
  cluster: DatabaseRecord,
  status: 'resizing' | 'migrating',
  shape: Partial<ClusterShape>,
): void {
  const { region, size, numNodes, storageMib } = cluster
  const becomes = { region, size, numNodes, storageMib, ...shape }
  const pending = { dueMs: dueAt(call, status, cluster.id), shape: becomes, fate: call.fate }
  const events = withEvent(call, cluster, 'cluster_update')
  change(call, cluster, { status, pending, events })
}

export function withEvent(
  call: Call,
  cluster: Pick<DatabaseRecord, 'id' | 'events'>,
  type: string,
): DatabaseRecord['events'] {
  const key = [cluster.id, cluster.events.length]
  const id = call.world.random.uuid('database-event', ...key).slice(0, 8)
  return [...cluster.events, { id, type, ms: call.now }]
}

/** A password as DigitalOcean makes them. */
export function drawPassword(world: World, ...key: readonly (string | number)[]): string {
  const text = world.random.uuid('database-password', ...key).replaceAll('-', '')
  return `AVNS_${text.slice(0, 19)}`
}

/** Ends what is due by now: depends on stored times alone. */
export function settleDatabases(tx: Transaction, now: number): void {
  const { databases } = tx.tables
  for (const cluster of databases.find('busy', 'busy')) {
    const ended = ends(cluster, now)
    const replicas = cluster.replicas.map((each) =>
      each.dueMs !== null && each.dueMs <= now
        ? { ...each, ...each.becomes, becomes: null, dueMs: null }
        : each,
    )
    if (!ended && replicas.every((each, index) => each === cluster.replicas[index])) continue
    const done = ended ? { ...outcomeOf(cluster), status: 'online' as const, pending: null } : {}
    tx.put(databases, { ...cluster, ...done, replicas })
  }
}

/**
 * Whether what a cluster is at is over. A making that fails never is: there is no status for a
 * cluster that could not be made.
 */
function ends({ pending, status }: DatabaseRecord, now: number): boolean {
  if (pending === null || pending.fate === 'stuck' || pending.dueMs > now) return false
  return pending.fate === 'complete' || status === 'resizing' || status === 'migrating'
}

/** What a change makes of a cluster; nothing if it fails. */
function outcomeOf({ pending }: DatabaseRecord): Partial<ClusterShape> {
  return pending?.fate === 'complete' ? pending.shape : {}
}

/** Moves the ends of what is under way, and from when on clusters and replicas can be read. */
export function rescheduleDatabases(tx: Transaction, { isAhead, moved }: Pace): void {
  for (const cluster of tx.tables.databases.rows()) {
    const { pending, replicas, readableMs } = cluster
    const ofReplicas = replicas.flatMap((each) => [each.dueMs, each.readableMs])
    if (!isAhead(readableMs, pending?.dueMs ?? null, ...ofReplicas)) continue
    tx.put(tx.tables.databases, {
      ...cluster,
      readableMs: moved(readableMs),
      pending: pending && { ...pending, dueMs: moved(pending.dueMs) },
      replicas: replicas.map((each) => ({
        ...each,
        readableMs: moved(each.readableMs),
        dueMs: each.dueMs === null ? null : moved(each.dueMs),
      })),
    })
  }
}
