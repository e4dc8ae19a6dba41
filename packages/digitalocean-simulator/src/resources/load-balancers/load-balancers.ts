import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { assignAsked } from '../projects/project-membership.ts'
import { chooseVpc, claimAddress, findVpc } from '../vpcs/vpc-life.ts'
import {
  checkBackends,
  findLoadBalancer,
  loadBalancerLimit,
  readySeconds,
  requireReady,
} from './load-balancer-life.ts'
import type { LoadBalancerRecord } from './load-balancer-record.ts'
import {
  checkCertificates,
  checkRules,
  checkSettings,
  type LoadBalancerSettings,
  loadBalancerSettings,
  withSizeUnit,
} from './load-balancer-settings.ts'
import { loadBalancerView } from './load-balancer-view.ts'

/** What cannot be changed later. */
const placement = z.object({
  region: z.string().nullish(),
  vpc_uuid: z.string().nullish(),
  type: z.enum(['REGIONAL', 'REGIONAL_NETWORK', 'GLOBAL']).nullish(),
  network: z.enum(['EXTERNAL', 'INTERNAL']).nullish(),
  network_stack: z.enum(['IPV4', 'DUALSTACK']).nullish(),
})
type Placement = z.infer<typeof placement>

const backends = z.object({
  droplet_ids: z.array(numeric).nullish(),
  tag: z.string().nullish(),
  project_id: z.string().nullish(),
})

/** Load balancers: about a minute in the making, changed as a whole. */
export const loadBalancerRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/load_balancers', scopes: ['load_balancer:read'], handle: list },
  { method: 'POST', path: '/v2/load_balancers', scopes: ['load_balancer:create'], handle: create },
  {
    method: 'GET',
    path: '/v2/load_balancers/:balancer',
    scopes: ['load_balancer:read'],
    handle: show,
  },
  {
    method: 'PUT',
    path: '/v2/load_balancers/:balancer',
    scopes: ['load_balancer:update'],
    handle: replace,
  },
  {
    method: 'DELETE',
    path: '/v2/load_balancers/:balancer',
    scopes: ['load_balancer:delete'],
    handle: remove,
  },
]

function list(call: Call) {
  const rows = call.tx.tables.loadBalancers.rows()
  return listingOf(call, 'load_balancers', rows, (each) => loadBalancerView(call, each))
}

function show(call: Call) {
  return { status: 200, body: { load_balancer: loadBalancerView(call, findLoadBalancer(call)) } }
}

function create(call: Call) {
  const { tx, world, now } = call
  const asked = parseBody(placement, call.body)
  const place = choosePlace(call, asked)
  const settings = readSettings(call, asked.type ?? 'REGIONAL')
  const chosen = readBackends(call, place)
  requireRoom(call)
  const ordinal = tx.next('load-balancer')
  const id = world.random.uuid('load-balancer', ordinal)
  const jitter = 0.8 + 0.4 * world.random.fraction('load-balancer', id)
  const internal = asked.network === 'INTERNAL' && place.vpc !== null
  const balancer = tx.put(tx.tables.loadBalancers, {
    id,
    ...place,
    ...chosen,
    type: asked.type ?? 'REGIONAL',
    network: asked.network ?? 'EXTERNAL',
    networkStack: asked.network_stack ?? 'IPV4',
    settings,
    ordinal,
    vpcAddress: internal ? claimAddress(tx, findVpc(tx, place.vpc ?? '')) : null,
    fate: call.fate,
    createdMs: now,
    readyMs: now + world.time.scaled(readySeconds * 1000 * jitter),
  })
  placeInProject(call, id)
  return { status: 202, body: { load_balancer: loadBalancerView(call, balancer) } }
}

/** The whole: what is left out is as in a new one. */
function replace(call: Call) {
  const balancer = findLoadBalancer(call)
  requireReady(call, balancer)
  requireSamePlace(balancer, parseBody(placement, call.body))
  const changed = call.tx.put(call.tx.tables.loadBalancers, {
    ...balancer,
    settings: readSettings(call, balancer.type),
    ...readBackends(call, balancer),
  })
  placeInProject(call, balancer.id)
  return { status: 200, body: { load_balancer: loadBalancerView(call, changed) } }
}

function remove(call: Call) {
  call.tx.remove(call.tx.tables.loadBalancers, findLoadBalancer(call).id)
  return { status: 204 }
}

function placeInProject(call: Call, id: string): void {
  const { project_id } = parseBody(backends, call.body)
  assignAsked(call.tx, project_id, `do:loadbalancer:${id}`, call.now)
}

type Place = Pick<LoadBalancerRecord, 'region' | 'vpc'>

/** A global one is nowhere; all others are in a network of their region. */
function choosePlace(call: Call, { type, region, vpc_uuid }: Placement): Place {
  if (type === 'GLOBAL') return { region: null, vpc: null }
  const where = region || (vpc_uuid && findVpc(call.tx, vpc_uuid).region)
  if (!where || !availableRegions.includes(where)) {
    throw unprocessable('You specified an invalid region for load balancer creation.')
  }
  return { region: where, vpc: chooseVpc(call, vpc_uuid, where).id }
}

/** Clients send all of it back: what is as it was is no change. */
function requireSamePlace(balancer: LoadBalancerRecord, asked: Placement): void {
  const pairs = {
    region: [asked.region, balancer.region],
    vpc_uuid: [asked.vpc_uuid, balancer.vpc],
    type: [asked.type, balancer.type],
    network: [asked.network, balancer.network],
    network_stack: [asked.network_stack, balancer.networkStack],
  }
  for (const [name, [wanted, current]] of Object.entries(pairs)) {
    if (wanted && wanted !== current) {
      throw unprocessable(`${name} of a load balancer can not be changed`)
    }
  }
}

function readSettings(call: Call, type: LoadBalancerRecord['type']): LoadBalancerSettings {
  const settings = parseBody(loadBalancerSettings, withSizeUnit(call.body))
  if (type !== 'GLOBAL') checkRules(settings.forwarding_rules)
  checkSettings(settings)
  checkCertificates(call.tx, [...settings.forwarding_rules, ...settings.domains])
  return settings
}

/** The droplets by id or by tag, but not both; neither is a load balancer without any. */
function readBackends(call: Call, place: Place): Pick<LoadBalancerRecord, 'droplets' | 'tag'> {
  const { droplet_ids, tag } = parseBody(backends, call.body)
  const droplets = [...new Set(droplet_ids ?? [])]
  if (tag && droplets.length > 0) {
    throw unprocessable('tag and droplet_ids are mutually exclusive')
  }
  checkBackends(call.tx, place, droplets)
  const spelled = tag ? (call.tx.tables.tags.get(tag.toLowerCase())?.name ?? tag) : ''
  return { droplets, tag: spelled }
}

function requireRoom(call: Call): void {
  if (call.tx.tables.loadBalancers.size < loadBalancerLimit) return
  const message = `You have reached your load balancer limit, maximum allowed ${loadBalancerLimit}. Please contact support to raise your load balancer limit.`
  throw new ApiError(429, 'too_many_requests', message)
}
