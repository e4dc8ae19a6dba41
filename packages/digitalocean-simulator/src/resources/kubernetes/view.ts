import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { isLeaving } from '../droplets/droplet-batch.ts'
import { stateOf } from './life.ts'
import type { ClusterRecord, PoolRecord } from './record.ts'

/** A cluster as the API writes it: without an address before it runs. */
export function clusterView(call: Call, cluster: ClusterRecord) {
  const state = stateOf(cluster, call.now)
  const reachable = cluster.pending?.state !== 'provisioning'
  return {
    id: cluster.id,
    name: cluster.name,
    region: cluster.region,
    version: cluster.version,
    cluster_subnet: cluster.clusterSubnet,
    service_subnet: cluster.serviceSubnet,
    vpc_uuid: cluster.vpc,
    ipv4: reachable ? addressOf(call, cluster) : '',
    endpoint: reachable ? endpointOf(cluster) : '',
    tags: [...cluster.tags, ...clusterTags(cluster.id)],
    node_pools: cluster.pools.map((pool) => poolView(call, cluster, pool)),
    maintenance_policy: {
      start_time: cluster.maintenance.startTime,
      duration: '4h0m0s',
      day: cluster.maintenance.day,
    },
    auto_upgrade: cluster.autoUpgrade,
    surge_upgrade: cluster.surgeUpgrade,
    ha: cluster.ha,
    isolated_workers: false,
    registry_enabled: false,
    registries: [],
    status: { state, message: '' },
    created_at: timestamp(cluster.createdMs),
    updated_at: timestamp(cluster.updatedMs),
    ...cluster.settings,
  }
}

export function poolView(call: Call, cluster: ClusterRecord, pool: PoolRecord) {
  return {
    id: pool.id,
    name: pool.name,
    size: pool.size,
    count: pool.count,
    tags: poolTags(cluster.id, pool),
    labels: pool.labels,
    taints: pool.taints,
    auto_scale: pool.autoScale,
    min_nodes: pool.minNodes,
    max_nodes: pool.maxNodes,
    nodes: pool.nodes.flatMap((node) => nodeViews(call, node)),
  }
}

/** None for a node whose droplet is gone. */
function nodeViews(call: Call, node: PoolRecord['nodes'][number]) {
  const droplet = call.tx.tables.droplets.get(node.dropletId)
  if (!droplet || droplet.deletedMs !== null) return []
  const running = droplet.status === 'new' ? 'provisioning' : 'running'
  return [
    {
      id: node.id,
      name: node.name,
      status: { state: isLeaving(call, droplet) ? 'deleting' : running, message: '' },
      droplet_id: String(node.dropletId),
      created_at: timestamp(node.createdMs),
      updated_at: timestamp(node.createdMs),
    },
  ]
}

export function endpointOf(cluster: ClusterRecord): string {
  return `https://${cluster.id}.k8s.ondigitalocean.com`
}

/** What its tags are besides those that were asked for. */
function clusterTags(id: string): string[] {
  return ['k8s', `k8s:${id}`]
}

/** What the droplets of a pool are tagged with. */
export function poolTags(cluster: string, pool: Pick<PoolRecord, 'tags'>): string[] {
  return [...pool.tags, ...clusterTags(cluster), 'k8s:worker']
}

/** Out of RFC 2544's range, as those of droplets, and behind them. */
function addressOf(call: Call, cluster: ClusterRecord): string {
  const part = (name: string) => call.world.random.integer(1, 254, 'kubernetes', name, cluster.id)
  return `198.19.${part('third')}.${part('fourth')}`
}
