import { z } from 'zod'
import {
  findKubernetesVersion,
  kubernetesOptions,
  upgradesOf,
  versionView,
} from '../../catalog/kubernetes.ts'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { clusterPrice } from '../billing/prices.ts'
import { bookEnd } from '../billing/usage.ts'
import { destroyDroplets } from '../droplets/droplet-batch.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { ensureTags } from '../tags/tag-naming.ts'
import { chooseVpc } from '../vpcs/vpc-life.ts'
import { credentialsView, kubeconfig, userView } from './access.ts'
import { change, clusterOf, dueAt, stateOf } from './life.ts'
import { checkResourceName, makePool, ownTags, poolInput, stayingNodes } from './nodes.ts'
import type { ClusterRecord, PoolRecord } from './record.ts'
import { clusterView } from './view.ts'

/** What a cluster has besides, of no meaning here. */
const settingNames = [
  'control_plane_firewall',
  'cluster_autoscaler_configuration',
  'routing_agent',
  'amd_gpu_device_plugin',
  'amd_gpu_device_metrics_exporter_plugin',
  'nvidia_gpu_device_plugin',
  'rdma_shared_dev_plugin',
  'coredns_autoscaler',
  'p2p_oci_registry_plugin',
  'sso',
]
const days = [
  'any',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
const policy = z.object({
  start_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .nullish(),
  day: z.enum(days).nullish(),
})
const changeable = {
  tags: z.array(z.string()).nullish(),
  maintenance_policy: policy.nullish(),
  auto_upgrade: z.boolean().nullish(),
  surge_upgrade: z.boolean().nullish(),
  ha: z.boolean().nullish(),
}
const creation = z.looseObject({
  name: z.string(),
  region: z.string(),
  version: z.string(),
  vpc_uuid: z.string().nullish(),
  cluster_subnet: z.string().nullish(),
  service_subnet: z.string().nullish(),
  node_pools: z.array(poolInput).min(1),
  ...changeable,
})
const replacement = z.looseObject({ name: z.string().nullish(), ...changeable })
const upgrade = z.object({ version: z.string() })

const all = '/v2/kubernetes/clusters'
const one = `${all}/:cluster`

/** Kubernetes clusters. Their pools have a file of their own. */
export const kubernetesRoutes: readonly Route[] = [
  read('/v2/kubernetes/options', () => ({ status: 200, body: kubernetesOptions() })),
  read(all, list),
  { method: 'POST', path: all, scopes: ['kubernetes:create'], handle: create },
  read(one, show),
  { method: 'PUT', path: one, scopes: ['kubernetes:update'], handle: alter },
  remove(one),
  read(`${one}/upgrades`, listUpgrades),
  { method: 'POST', path: `${one}/upgrade`, scopes: ['kubernetes:update'], handle: begin },
  read(`${one}/user`, (call) => ({ status: 200, body: userView(clusterOf(call)) })),
  {
    method: 'GET',
    path: `${one}/credentials`,
    scopes: ['kubernetes:access_cluster'],
    handle: (call) => ({ status: 200, body: credentialsView(call, reachable(call)) }),
  },
  {
    method: 'GET',
    path: `${one}/kubeconfig`,
    scopes: ['kubernetes:access_cluster'],
    handle: (call) => ({ status: 200, text: kubeconfig(call, reachable(call)) }),
  },
  read(`${one}/status_messages`, listMessages),
  // Nothing runs in a cluster, and so nothing was made from within that would have to go too.
  remove(`${one}/destroy_with_associated_resources/dangerous`),
]

function read(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, scopes: ['kubernetes:read'], handle }
}

function remove(path: string): Route {
  return { method: 'DELETE', path, scopes: ['kubernetes:delete'], handle: destroy }
}

function list(call: Call) {
  const rows = [...call.tx.tables.kubernetes.rows()].filter((row) => row.readableMs <= call.now)
  const page = paginate(rows, call.url)
  const clusters = page.items.map((each) => clusterView(call, each))
  return {
    status: 200,
    body: { kubernetes_clusters: clusters, links: page.links, meta: page.meta },
  }
}

function show(call: Call) {
  return { status: 200, body: { kubernetes_cluster: clusterView(call, clusterOf(call)) } }
}

function create(call: Call) {
  const asked = parseBody(creation, call.body)
  checkName(call, asked.name)
  if (!availableRegions.includes(asked.region)) {
    throw unprocessable('validation error: invalid region slug')
  }
  const version = findKubernetesVersion(asked.version)?.slug
  if (version === undefined) throw unprocessable('validation error: invalid version slug')
  const { tx, world, now } = call
  const id = world.random.uuid('kubernetes', tx.next('kubernetes'))
  const vpc = chooseVpc(call, asked.vpc_uuid, asked.region).id
  const home = { id, region: asked.region, vpc }
  const cluster = tx.put(tx.tables.kubernetes, {
    ...home,
    name: asked.name,
    version,
    clusterSubnet: asked.cluster_subnet || '10.244.0.0/16',
    serviceSubnet: asked.service_subnet || '10.245.0.0/16',
    tags: ensureTags(tx, ownTags(asked.tags ?? [])),
    maintenance: {
      startTime: asked.maintenance_policy?.start_time ?? '00:00',
      day: asked.maintenance_policy?.day ?? 'any',
    },
    autoUpgrade: asked.auto_upgrade ?? false,
    surgeUpgrade: asked.surge_upgrade ?? false,
    ha: asked.ha ?? false,
    settings: settingsIn(asked),
    pools: asked.node_pools.map((pool) => makePool(call, home, pool)),
    pending: {
      state: 'provisioning' as const,
      dueMs: dueAt(call, 'provisioning', id),
      version,
      fate: call.fate,
    },
    createdMs: now,
    updatedMs: now,
    readableMs: now + drawLag(world, world.lag.read, 'kubernetes', id),
  })
  return { status: 201, body: { kubernetes_cluster: clusterView(call, cluster) } }
}

function alter(call: Call) {
  const cluster = clusterOf(call)
  const asked = parseBody(replacement, call.body)
  if (asked.name && asked.name !== cluster.name) checkName(call, asked.name)
  if (cluster.ha && asked.ha === false) {
    throw unprocessable('validation error: high availability cannot be disabled')
  }
  const changed = change(call, cluster, {
    name: asked.name ?? cluster.name,
    tags: asked.tags ? ensureTags(call.tx, ownTags(asked.tags)) : cluster.tags,
    maintenance: {
      startTime: asked.maintenance_policy?.start_time ?? cluster.maintenance.startTime,
      day: asked.maintenance_policy?.day ?? cluster.maintenance.day,
    },
    autoUpgrade: asked.auto_upgrade ?? cluster.autoUpgrade,
    surgeUpgrade: asked.surge_upgrade ?? cluster.surgeUpgrade,
    ha: asked.ha ?? cluster.ha,
    settings: { ...cluster.settings, ...settingsIn(asked) },
  })
  return { status: 202, body: { kubernetes_cluster: clusterView(call, changed) } }
}

/** With its droplets, which take their time. */
function destroy(call: Call) {
  const cluster = clusterOf(call)
  const nodes = cluster.pools.flatMap((pool) => pool.nodes)
  destroyDroplets(
    call,
    nodes.map((node) => node.dropletId),
  )
  bookEnd(call.tx, clusterPrice(cluster, call.now))
  call.tx.remove(call.tx.tables.kubernetes, cluster.id)
  return { status: 204 }
}

function listUpgrades(call: Call) {
  const versions = upgradesOf(clusterOf(call).version).map(versionView).reverse()
  return { status: 200, body: { available_upgrade_versions: versions } }
}

function begin(call: Call) {
  const cluster = clusterOf(call)
  const version = findKubernetesVersion(parseBody(upgrade, call.body).version)?.slug
  if (!upgradesOf(cluster.version).some((each) => each.slug === version) || !version) {
    throw unprocessable('validation error: invalid version slug')
  }
  if (cluster.pending !== null) {
    throw new ApiError(
      412,
      'precondition_failed',
      `cluster is not running: it is ${stateOf(cluster, call.now)}`,
    )
  }
  const pending = {
    state: 'upgrading' as const,
    dueMs: dueAt(call, 'upgrading', cluster.id),
    version,
    fate: call.fate,
  }
  change(call, cluster, { pending })
  return { status: 202 }
}

function listMessages(call: Call) {
  const cluster = clusterOf(call)
  const messages = cluster.pools.flatMap((pool) => lossOf(call, pool))
  return { status: 200, body: { messages } }
}

/** What goes wrong with a cluster here: droplets that are deleted behind its back. */
function lossOf(call: Call, pool: PoolRecord) {
  const there = stayingNodes(call, pool).length
  if (there >= pool.count) return []
  const message = `Node pool ${pool.name} has ${there} of ${pool.count} nodes`
  return [{ message, timestamp: timestamp(call.now) }]
}

/** @throws ApiError 412 before there is anything to connect to */
function reachable(call: Call): ClusterRecord {
  const cluster = clusterOf(call)
  if (cluster.pending?.state !== 'provisioning') return cluster
  const state = stateOf(cluster, call.now)
  throw new ApiError(412, 'precondition_failed', `cluster is not running: it is ${state}`)
}

function checkName(call: Call, name: string): void {
  checkResourceName(name)
  for (const other of call.tx.tables.kubernetes.rows()) {
    if (other.name === name) throw unprocessable('a cluster with this name already exists')
  }
}

function settingsIn(asked: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    settingNames.flatMap((name) =>
      asked[name] === undefined || asked[name] === null ? [] : [[name, asked[name]]],
    ),
  )
}
