import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { replicaPrice } from '../billing/prices.ts'
import { bookEnd } from '../billing/usage.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { ensureTags } from '../tags/tag-naming.ts'
import { chooseVpc } from '../vpcs/vpc-life.ts'
import { checkLayout, checkName } from './creation.ts'
import { engineOf } from './engines.ts'
import {
  change,
  changeReplica,
  clusterOf,
  dueAt,
  idleCluster,
  named,
  replicaAsCluster,
  requireKind,
  withEvent,
} from './life.ts'
import type { DatabaseRecord, DatabaseReplica } from './record.ts'
import { replicaView } from './view.ts'

const creation = z.object({
  name: z.string(),
  region: z.string().nullish(),
  size: z.string().nullish(),
  storage_size_mib: z.int().nonnegative().nullish(),
  private_network_uuid: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
})

const all = '/v2/databases/:cluster/replicas'
const one = `${all}/:name`

/** Read-only copies of a cluster, which take their time to come, and can become clusters. */
export const databaseReplicaRoutes: readonly Route[] = [
  { method: 'GET', path: all, scopes: ['database:read'], handle: list },
  { method: 'POST', path: all, scopes: ['database:create'], handle: create },
  { method: 'GET', path: one, scopes: ['database:read'], handle: show },
  { method: 'DELETE', path: one, scopes: ['database:delete'], handle: remove },
  { method: 'PUT', path: `${one}/promote`, scopes: ['database:update'], handle: promote },
]

function list(call: Call) {
  const cluster = withReplicas(call)
  const replicas = readable(call, cluster).map((each) => replicaView(call, cluster, each))
  return { status: 200, body: { replicas } }
}

function show(call: Call) {
  const cluster = withReplicas(call)
  return { status: 200, body: { replica: replicaView(call, cluster, replicaNamed(call, cluster)) } }
}

function create(call: Call) {
  withReplicas(call)
  const cluster = idleCluster(call)
  const asked = parseBody(creation, call.body)
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  checkName(call, asked.name)
  const region = asked.region || cluster.region
  if (!availableRegions.includes(region)) throw unprocessable('invalid region')
  const size = asked.size || cluster.size
  const { tx, world, now } = call
  const id = world.random.uuid('database', tx.next('database'))
  const replica: DatabaseReplica = {
    id,
    name: asked.name,
    region,
    size,
    storageMib: checkLayout(engineOf(cluster.engine), size, 1, asked.storage_size_mib),
    vpc: chooseVpc(call, asked.private_network_uuid, region).id,
    tags: ensureTags(tx, asked.tags ?? []),
    createdMs: now,
    readableMs: now + drawLag(world, world.lag.read, 'database', id),
    dueMs: dueAt(call, 'replica', id),
    becomes: null,
    rules: [],
  }
  change(call, cluster, { replicas: [...cluster.replicas, replica] })
  return { status: 201, body: { replica: replicaView(call, cluster, replica) } }
}

/**
 * Resizes the replica whose id a request names as if it were a cluster, which is how the Terraform
 * provider does it.
 * @returns whether there is such a replica
 * @throws ApiError 412 while it is not online, 422 for a size that it cannot have
 */
export function resizeReplica(
  call: Call,
  asked: { readonly size: string; readonly storage_size_mib?: number | null | undefined },
): boolean {
  const found = replicaAsCluster(call)
  if (!found) return false
  const { cluster, replica } = found
  if (replica.dueMs !== null) {
    throw new ApiError(412, 'precondition_failed', 'replica is not online')
  }
  const { size, storage_size_mib } = asked
  const least = checkLayout(engineOf(cluster.engine), size, 1, storage_size_mib)
  const becomes = { size, storageMib: Math.max(least, replica.storageMib) }
  const dueMs = dueAt(call, 'resizing', replica.id)
  changeReplica(call, cluster, { ...replica, becomes, dueMs })
  return true
}

function remove(call: Call) {
  const cluster = withReplicas(call)
  const replica = replicaNamed(call, cluster)
  bookEnd(call.tx, replicaPrice(replica, call.now))
  without(call, cluster, replica)
  return { status: 204 }
}

/** A cluster of its own from then on, under the replica's id, of one node. */
function promote(call: Call) {
  const cluster = withReplicas(call)
  const replica = replicaNamed(call, cluster)
  if (replica.dueMs !== null) throw unprocessable('replica is not online')
  without(call, cluster, replica)
  const { id, name, region, size, storageMib, vpc, tags, rules, createdMs, readableMs } = replica
  const own = { id, name, region, size, storageMib, vpc, tags, createdMs, readableMs, numNodes: 1 }
  const events = withEvent(call, { id, events: [] }, 'cluster_master_promotion')
  const fresh = { rules, pools: [], replicas: [], events }
  call.tx.put(call.tx.tables.databases, { ...cluster, ...own, ...fresh })
  return { status: 204 }
}

function without(call: Call, cluster: DatabaseRecord, replica: DatabaseReplica): void {
  change(call, cluster, { replicas: cluster.replicas.filter((each) => each !== replica) })
}

function withReplicas(call: Call): DatabaseRecord {
  const cluster = clusterOf(call)
  requireKind(cluster, 'replicas')
  return cluster
}

function replicaNamed(call: Call, cluster: DatabaseRecord): DatabaseReplica {
  return named(readable(call, cluster), call.params['name'])
}

/** A new one is not found at once. */
function readable(call: Call, cluster: DatabaseRecord): readonly DatabaseReplica[] {
  return cluster.replicas.filter((each) => each.readableMs <= call.now)
}
