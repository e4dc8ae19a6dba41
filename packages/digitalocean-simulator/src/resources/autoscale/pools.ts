import { badRequest, notFound, unprocessable } from '../../http/answer.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { destroyDroplets, isLeaving, makeDroplets } from '../droplets/droplet-batch.ts'
import type { Pace } from '../pace.ts'
import { assignAsked } from '../projects/project-membership.ts'
import { parsePool } from './input.ts'
import type { AutoscalePoolRecord } from './record.ts'
import { autoscalePoolView, historyView, memberView, presentMembers } from './view.ts'

const all = '/v2/droplets/autoscale'
const one = `${all}/:pool`
/** How long a deletion takes, about, in seconds. */
const deletionSeconds = 30

/** Autoscale pools. Their paths are those of droplets, and so come before them. */
export const autoscalePoolRoutes: readonly Route[] = [
  { method: 'GET', path: all, scopes: ['droplet:read'], handle: list },
  { method: 'POST', path: all, scopes: ['droplet:create'], handle: create },
  { method: 'GET', path: one, scopes: ['droplet:read'], handle: show },
  { method: 'PUT', path: one, scopes: ['droplet:create'], handle: alter },
  { method: 'DELETE', path: one, scopes: ['droplet:delete'], handle: remove },
  {
    method: 'DELETE',
    path: `${one}/dangerous`,
    scopes: ['droplet:delete'],
    handle: removeWithDroplets,
  },
  { method: 'GET', path: `${one}/members`, scopes: ['droplet:read'], handle: listMembers },
  { method: 'GET', path: `${one}/history`, scopes: ['droplet:read'], handle: listHistory },
]

function list(call: Call) {
  const name = call.url.searchParams.get('name')
  const pools = [...call.tx.tables.autoscalePools.rows()]
  const page = paginate(name ? pools.filter((each) => each.name === name) : pools, call.url)
  const views = page.items.map((each) => autoscalePoolView(call, each))
  return { status: 200, body: { autoscale_pools: views, links: page.links, meta: page.meta } }
}

function create(call: Call) {
  const asked = parsePool(call.body)
  const { tx, world, now } = call
  const id = world.random.uuid('autoscale-pool', tx.next('autoscale-pool'))
  const pool = scaled(call, {
    id,
    ...asked,
    members: [],
    history: [],
    createdMs: now,
    updatedMs: now,
    goneMs: null,
  })
  return { status: 202, body: { autoscale_pool: autoscalePoolView(call, pool) } }
}

function show(call: Call) {
  return { status: 200, body: { autoscale_pool: autoscalePoolView(call, poolOf(call)) } }
}

/** Another template is for droplets to come. */
function alter(call: Call) {
  const pool = livingPool(call)
  const changed = scaled(call, { ...pool, ...parsePool(call.body), updatedMs: call.now })
  return { status: 200, body: { autoscale_pool: autoscalePoolView(call, changed) } }
}

/** Its droplets stay, unless the header says what the official client says by it. */
function remove(call: Call) {
  const pool = livingPool(call)
  if (isDangerous(call)) destroyMembers(call, pool)
  return leave(call, pool)
}

function removeWithDroplets(call: Call) {
  const pool = livingPool(call)
  if (!isDangerous(call)) throw badRequest('The X-Dangerous header must be true.')
  destroyMembers(call, pool)
  return leave(call, pool)
}

function listMembers(call: Call) {
  const page = paginate(presentMembers(call, poolOf(call)), call.url)
  const droplets = page.items.map((each) => memberView(call, each))
  return { status: 200, body: { droplets, links: page.links, meta: page.meta } }
}

function listHistory(call: Call) {
  const page = paginate([...poolOf(call).history].reverse(), call.url)
  const history = page.items.map(historyView)
  return { status: 200, body: { history, links: page.links, meta: page.meta } }
}

/** The pool with as many droplets as it is to have, the oldest of them staying. */
function scaled(call: Call, pool: AutoscalePoolRecord): AutoscalePoolRecord {
  const present = presentMembers(call, pool)
  const staying = present.filter(({ droplet }) => {
    const found = call.tx.tables.droplets.get(droplet)
    return found !== undefined && !isLeaving(call, found)
  })
  const desired = desiredCount(pool, staying.length)
  destroyDroplets(
    call,
    staying.slice(desired).map((each) => each.droplet),
  )
  const made = makeMembers(call, pool, Math.max(0, desired - staying.length))
  const event = {
    id: call.world.random.uuid('autoscale-event', pool.id, pool.history.length),
    current: staying.length,
    desired,
    reason: 'CONFIGURATION_CHANGE' as const,
    ms: call.now,
  }
  return call.tx.put(call.tx.tables.autoscalePools, {
    ...pool,
    members: [...present, ...made],
    history: [...pool.history, event],
  })
}

/** Nothing is ever so busy that there would have to be more than the least. */
function desiredCount({ config }: AutoscalePoolRecord, current: number): number {
  if ('target' in config) return config.target
  return Math.min(Math.max(current, config.min), config.max)
}

function makeMembers(call: Call, pool: AutoscalePoolRecord, count: number) {
  const { template } = pool
  const prefix = template.name || pool.name
  const names = Array.from({ length: count }, () => {
    const id = call.world.random.uuid('autoscale-member', call.tx.next('autoscale-member'))
    return `${prefix}-${id.slice(0, 8)}`
  })
  const droplets = makeDroplets(call, names, {
    region: template.region,
    size: template.size,
    image: template.image,
    ssh_keys: template.sshKeys,
    tags: template.tags,
    ...(template.vpc === '' ? {} : { vpc_uuid: template.vpc }),
    with_droplet_agent: template.agent,
    ipv6: template.ipv6,
    public_networking: template.publicNetworking,
  })
  return droplets.map((droplet) => {
    assignAsked(call.tx, template.project, `do:droplet:${droplet}`, call.now)
    return { droplet, createdMs: call.now }
  })
}

function destroyMembers(call: Call, pool: AutoscalePoolRecord): void {
  destroyDroplets(
    call,
    pool.members.map((each) => each.droplet),
  )
}

function leave(call: Call, pool: AutoscalePoolRecord) {
  const goneMs = call.now + call.world.time.scaled(deletionSeconds * 1000)
  call.tx.put(call.tx.tables.autoscalePools, { ...pool, goneMs, updatedMs: call.now })
  return { status: 202 }
}

function isDangerous(call: Call): boolean {
  return call.header('x-dangerous')?.toLowerCase() === 'true'
}

function poolOf(call: Call): AutoscalePoolRecord {
  const pool = call.tx.tables.autoscalePools.get(call.params['pool'] ?? '')
  if (!pool) throw notFound()
  return pool
}

function livingPool(call: Call): AutoscalePoolRecord {
  const pool = poolOf(call)
  if (pool.goneMs !== null) throw unprocessable('autoscale pool is being deleted')
  return pool
}

/** Forgets the pools whose deletion is over. */
export function settleAutoscalePools(tx: Transaction, now: number): void {
  const { autoscalePools } = tx.tables
  for (const pool of autoscalePools.find('leaving', 'leaving')) {
    if (pool.goneMs !== null && pool.goneMs <= now) tx.remove(autoscalePools, pool.id)
  }
}

/** Moves the ends of deletions. */
export function rescheduleAutoscalePools(tx: Transaction, { moved }: Pace): void {
  for (const pool of tx.tables.autoscalePools.find('leaving', 'leaving')) {
    const goneMs = pool.goneMs === null ? null : moved(pool.goneMs)
    tx.put(tx.tables.autoscalePools, { ...pool, goneMs })
  }
}
