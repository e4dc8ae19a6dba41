import { z } from 'zod'
import { nodeSizes } from '../../catalog/kubernetes.ts'
import { unprocessable } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import { destroyDroplets, isLeaving, makeDroplets } from '../droplets/droplet-batch.ts'
import type { ClusterRecord, PoolRecord } from './record.ts'
import { poolTags } from './view.ts'

const resourceName = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/
const nodeImage = 'debian-12-x64'
const mostNodes = 512

/** The official client has sent the fields of taints in capitals. */
const taint = z.preprocess(
  (given) => {
    const fields = z.record(z.string(), z.unknown()).safeParse(given).data
    return (
      fields &&
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
    )
  },
  z.object({
    key: z.string(),
    value: z.string().default(''),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  }),
)

const scaling = {
  count: z.int().min(0).nullish(),
  tags: z.array(z.string()).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  taints: z.array(taint).nullish(),
  auto_scale: z.boolean().nullish(),
  min_nodes: z.int().min(0).nullish(),
  max_nodes: z.int().min(0).nullish(),
}
export const poolInput = z.object({ name: z.string(), size: z.string(), ...scaling })
export const poolChange = z.object({ name: z.string().nullish(), ...scaling })
type PoolChange = z.infer<typeof poolChange>

/** What a pool's nodes are made in. */
type Home = Pick<ClusterRecord, 'id' | 'region' | 'vpc'>

/**
 * A new pool with its nodes.
 * @throws ApiError 422 for a name, size or number that there is not
 */
export function makePool(call: Call, home: Home, asked: z.infer<typeof poolInput>): PoolRecord {
  if (!nodeSizes.some((size) => size.slug === asked.size)) {
    throw unprocessable('validation error: invalid size slug')
  }
  const id = call.world.random.uuid('node-pool', call.tx.next('node-pool'))
  const empty: PoolRecord = {
    id,
    name: asked.name,
    size: asked.size,
    count: 0,
    tags: [],
    labels: null,
    taints: [],
    autoScale: false,
    minNodes: 0,
    maxNodes: 0,
    nodes: [],
  }
  return scaled(call, home, alteredPool(empty, { ...asked, count: asked.count ?? null }))
}

/** A pool as it is to be, but for its nodes. @throws ApiError 422 for a name or number that cannot be */
export function alteredPool(pool: PoolRecord, asked: PoolChange): PoolRecord {
  const name = asked.name ?? pool.name
  checkResourceName(name)
  const autoScale = asked.auto_scale ?? pool.autoScale
  const minNodes = asked.min_nodes ?? pool.minNodes
  const maxNodes = asked.max_nodes ?? pool.maxNodes
  if (autoScale && (maxNodes < 1 || minNodes > maxNodes)) {
    throw unprocessable('validation error: min_nodes and max_nodes do not fit')
  }
  const wanted = asked.count ?? pool.count
  const count = autoScale ? Math.min(Math.max(wanted, minNodes), maxNodes) : wanted
  if (count > mostNodes || (count < 1 && !autoScale)) {
    throw unprocessable(`validation error: count must be between 1 and ${mostNodes}`)
  }
  return {
    ...pool,
    name,
    count,
    autoScale,
    minNodes,
    maxNodes,
    tags: asked.tags ? ownTags(asked.tags) : pool.tags,
    labels: asked.labels ?? pool.labels,
    taints: asked.taints ?? pool.taints,
  }
}

/** @throws ApiError 422 for a name that no cluster or pool may have */
export function checkResourceName(name: string): void {
  if (!resourceName.test(name)) throw unprocessable('validation error: invalid name')
}

/** Clients send back all they were told; the cluster's own tags are not theirs. */
export function ownTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag !== 'k8s' && !tag.startsWith('k8s:'))
}

/** The pool with as many nodes as it is to have: the newest go first. */
export function scaled(call: Call, home: Home, pool: PoolRecord): PoolRecord {
  const present = pool.nodes.filter((node) => {
    const droplet = call.tx.tables.droplets.get(node.dropletId)
    return droplet !== undefined && droplet.deletedMs === null
  })
  const staying = stayingNodes(call, pool)
  const surplus = staying.slice(pool.count)
  destroyDroplets(
    call,
    surplus.map((node) => node.dropletId),
  )
  const missing = Math.max(0, pool.count - staying.length)
  return { ...pool, nodes: [...present, ...makeNodes(call, home, pool, missing)] }
}

/** The nodes of a pool whose droplets are there and not on their way out. */
export function stayingNodes(call: Call, pool: PoolRecord): PoolRecord['nodes'] {
  return pool.nodes.filter((node) => {
    const droplet = call.tx.tables.droplets.get(node.dropletId)
    return droplet !== undefined && !isLeaving(call, droplet)
  })
}

function makeNodes(call: Call, home: Home, pool: PoolRecord, count: number): PoolRecord['nodes'] {
  const { random } = call.world
  const ids = Array.from({ length: count }, () => random.uuid('node', call.tx.next('node')))
  const names = ids.map((id) => `${pool.name}-${id.replaceAll('-', '').slice(0, 5)}`)
  const droplets = makeDroplets(call, names, {
    region: home.region,
    size: pool.size,
    image: nodeImage,
    vpc_uuid: home.vpc,
    tags: poolTags(home.id, pool),
  })
  return ids.flatMap((id, index) => {
    const [name, dropletId] = [names[index], droplets[index]]
    if (name === undefined || dropletId === undefined) return []
    return [{ id, name, dropletId, createdMs: call.now }]
  })
}
