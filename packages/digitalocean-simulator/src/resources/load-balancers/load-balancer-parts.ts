import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import { checkBackends, findLoadBalancer, requireReady } from './load-balancer-life.ts'
import type { LoadBalancerRecord } from './load-balancer-record.ts'
import {
  checkCertificates,
  checkRules,
  forwardingRules,
  isSameForwarding,
} from './load-balancer-settings.ts'

const dropletsOrder = z.object({ droplet_ids: z.array(numeric) })

/** What a load balancer has of parts, put in and taken out. */
export const loadBalancerPartRoutes: readonly Route[] = [
  part('POST', 'droplets', addDroplets),
  part('DELETE', 'droplets', removeDroplets),
  part('POST', 'forwarding_rules', addRules),
  part('DELETE', 'forwarding_rules', removeRules),
  {
    method: 'DELETE',
    path: '/v2/load_balancers/:balancer/cache',
    scopes: ['load_balancer:delete'],
    handle: purgeCache,
  },
]

type Change = (call: Call, balancer: LoadBalancerRecord) => Partial<LoadBalancerRecord>

function part(method: 'POST' | 'DELETE', name: string, change: Change): Route {
  const handle = (call: Call) => {
    const balancer = findLoadBalancer(call)
    requireReady(call, balancer)
    const { loadBalancers } = call.tx.tables
    call.tx.put(loadBalancers, { ...balancer, ...change(call, balancer) })
    return { status: 204 }
  }
  const path = `/v2/load_balancers/:balancer/${name}`
  return { method, path, scopes: ['load_balancer:update'], handle }
}

function addDroplets(call: Call, balancer: LoadBalancerRecord) {
  const added = readDroplets(call, balancer)
  checkBackends(call.tx, balancer, added)
  return { droplets: [...new Set([...balancer.droplets, ...added])] }
}

function removeDroplets(call: Call, balancer: LoadBalancerRecord) {
  const removed = readDroplets(call, balancer)
  return { droplets: balancer.droplets.filter((id) => !removed.includes(id)) }
}

function readDroplets(call: Call, { tag }: LoadBalancerRecord): readonly number[] {
  const { droplet_ids } = parseBody(dropletsOrder, call.body)
  if (droplet_ids.length === 0) {
    throw unprocessable('need to provide either a tag or a list of droplets')
  }
  if (tag !== '') throw unprocessable('the droplets of this load balancer are selected by a tag')
  return droplet_ids
}

function addRules(call: Call, { settings }: LoadBalancerRecord) {
  const added = parseBody(forwardingRules, call.body).forwarding_rules
  checkCertificates(call.tx, added)
  const others = settings.forwarding_rules.filter(
    (rule) => !added.some((each) => isSameForwarding(rule, each)),
  )
  return withRules(settings, [...others, ...added])
}

function removeRules(call: Call, { settings }: LoadBalancerRecord) {
  const removed = parseBody(forwardingRules, call.body).forwarding_rules
  const left = settings.forwarding_rules.filter(
    (rule) => !removed.some((each) => isSameForwarding(rule, each)),
  )
  return withRules(settings, left)
}

function withRules(
  settings: LoadBalancerRecord['settings'],
  rules: LoadBalancerRecord['settings']['forwarding_rules'],
) {
  checkRules(rules)
  return { settings: { ...settings, forwarding_rules: rules } }
}

/** Of a global one, whose cache holds nothing here. */
function purgeCache(call: Call) {
  if (findLoadBalancer(call).type !== 'GLOBAL') {
    throw unprocessable('only global load balancers have a cache')
  }
  return { status: 204 }
}
