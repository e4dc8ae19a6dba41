import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { destroyDroplets } from '../droplets/droplet-batch.ts'
import { change, clusterOf, poolOf } from './life.ts'
import { alteredPool, makePool, poolChange, poolInput, scaled } from './nodes.ts'
import type { ClusterRecord, PoolRecord } from './record.ts'
import { poolView } from './view.ts'

const recycling = z.object({ nodes: z.array(z.string()).min(1) })

const all = '/v2/kubernetes/clusters/:cluster/node_pools'
const one = `${all}/:pool`

/** The pools of a cluster: so many droplets of one size. Listings are whole, without pages. */
export const kubernetesPoolRoutes: readonly Route[] = [
  { method: 'GET', path: all, scopes: ['kubernetes:read'], handle: list },
  { method: 'POST', path: all, scopes: ['kubernetes:create'], handle: create },
  { method: 'GET', path: one, scopes: ['kubernetes:read'], handle: show },
  { method: 'PUT', path: one, scopes: ['kubernetes:update'], handle: alter },
  { method: 'DELETE', path: one, scopes: ['kubernetes:delete'], handle: remove },
  {
    method: 'DELETE',
    path: `${one}/nodes/:node`,
    scopes: ['kubernetes:update'],
    handle: removeNode,
  },
  { method: 'POST', path: `${one}/recycle`, scopes: ['kubernetes:delete'], handle: recycle },
]

function list(call: Call) {
  const cluster = clusterOf(call)
  const pools = cluster.pools.map((each) => poolView(call, cluster, each))
  return { status: 200, body: { node_pools: pools } }
}

function show(call: Call) {
  const cluster = clusterOf(call)
  return { status: 200, body: { node_pool: poolView(call, cluster, poolOf(call, cluster)) } }
}

function create(call: Call) {
  const cluster = clusterOf(call)
  const asked = parseBody(poolInput, call.body)
  checkFree(cluster, asked.name)
  const pool = makePool(call, cluster, asked)
  change(call, cluster, { pools: [...cluster.pools, pool] })
  return { status: 201, body: { node_pool: poolView(call, cluster, pool) } }
}

function alter(call: Call) {
  const cluster = clusterOf(call)
  const pool = poolOf(call, cluster)
  const asked = parseBody(poolChange, call.body)
  if (asked.name && asked.name !== pool.name) checkFree(cluster, asked.name)
  const changed = scaled(call, cluster, alteredPool(pool, asked))
  replacePool(call, cluster, changed)
  return { status: 202, body: { node_pool: poolView(call, cluster, changed) } }
}

function remove(call: Call) {
  const cluster = clusterOf(call)
  const pool = poolOf(call, cluster)
  if (cluster.pools.length === 1) {
    throw unprocessable('validation error: a cluster needs at least one node pool')
  }
  destroyNodes(call, pool.nodes)
  change(call, cluster, { pools: cluster.pools.filter((each) => each !== pool) })
  return { status: 204 }
}

/** Another comes in its place if `replace` says so. */
function removeNode(call: Call) {
  const cluster = clusterOf(call)
  const pool = poolOf(call, cluster)
  const nodes = nodesNamed(pool, [call.params['node'] ?? ''])
  const replaced = ['1', 'true'].includes(call.url.searchParams.get('replace') ?? '')
  const count = replaced ? pool.count : Math.max(0, pool.count - 1)
  destroyNodes(call, nodes)
  replacePool(call, cluster, scaled(call, cluster, { ...pool, count }))
  return { status: 202 }
}

function recycle(call: Call) {
  const cluster = clusterOf(call)
  const pool = poolOf(call, cluster)
  destroyNodes(call, nodesNamed(pool, parseBody(recycling, call.body).nodes))
  replacePool(call, cluster, scaled(call, cluster, pool))
  return { status: 202 }
}

function destroyNodes(call: Call, nodes: PoolRecord['nodes']): void {
  destroyDroplets(
    call,
    nodes.map((node) => node.dropletId),
  )
}

function nodesNamed(pool: PoolRecord, ids: readonly string[]): PoolRecord['nodes'] {
  return ids.map((id) => {
    const found = pool.nodes.find((node) => node.id === id)
    if (!found) throw notFound()
    return found
  })
}

function replacePool(call: Call, cluster: ClusterRecord, pool: PoolRecord): void {
  const pools = cluster.pools.map((each) => (each.id === pool.id ? pool : each))
  change(call, cluster, { pools })
}

function checkFree(cluster: ClusterRecord, name: string): void {
  if (cluster.pools.some((each) => each.name === name)) {
    throw unprocessable('validation error: node pool names must be unique')
  }
}
