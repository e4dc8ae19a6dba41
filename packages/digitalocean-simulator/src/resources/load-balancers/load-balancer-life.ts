import { ApiError, notFound, unprocessable } from '../../http/answer.ts'
import type { Call, World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import type { LoadBalancerRecord } from './load-balancer-record.ts'

/** How many the account may have. */
export const loadBalancerLimit = 1_000

/** About how long one takes to come up. */
export const readySeconds = 75

/** @throws ApiError 404 when there is no such load balancer */
export function findLoadBalancer(call: Call): LoadBalancerRecord {
  const id = (call.params['balancer'] ?? '').toLowerCase()
  const found = call.tx.tables.loadBalancers.get(id)
  if (!found) throw notFound()
  return found
}

export function statusOf({ fate, readyMs }: LoadBalancerRecord, now: number) {
  if (fate === 'stuck' || readyMs > now) return 'new'
  return fate === 'errored' ? 'errored' : 'active'
}

/** @throws ApiError 403 while it is being made */
export function requireReady(call: Call, balancer: LoadBalancerRecord): void {
  if (statusOf(balancer, call.now) === 'new') {
    const message = "Load Balancer can't be updated while it processes previous actions"
    throw new ApiError(403, 'forbidden', message)
  }
}

/** The droplets that it balances: those named, or those of its region and network with its tag. */
export function balanced(tx: Transaction, balancer: LoadBalancerRecord): readonly number[] {
  if (balancer.tag === '') return balancer.droplets
  return tx.tables.droplets
    .find('tag', balancer.tag.toLowerCase())
    .filter((droplet) => droplet.deletedMs === null && fits(balancer, droplet))
    .map((droplet) => droplet.id)
}

/** @throws ApiError 422 for droplets that are not there, or elsewhere */
export function checkBackends(
  tx: Transaction,
  place: Pick<LoadBalancerRecord, 'region' | 'vpc'>,
  ids: readonly number[],
): void {
  for (const id of ids) {
    const droplet = tx.tables.droplets.get(id)
    if (!droplet || droplet.deletedMs !== null) throw unprocessable(`droplet ${id} does not exist`)
    if (!fits(place, droplet)) {
      throw unprocessable(`droplet ${id} is not in the region and VPC of the load balancer`)
    }
  }
}

function fits(place: Pick<LoadBalancerRecord, 'region' | 'vpc'>, droplet: DropletRecord): boolean {
  return droplet.region === place.region && droplet.vpc === place.vpc
}

/** A destroyed droplet is balanced no longer. */
export function leaveLoadBalancers(tx: Transaction, _world: World, { id }: DropletRecord): void {
  const { loadBalancers } = tx.tables
  for (const balancer of loadBalancers.find('droplet', id)) {
    tx.put(loadBalancers, {
      ...balancer,
      droplets: balancer.droplets.filter((each) => each !== id),
    })
  }
}

/** A tag that is deleted selects nothing any more, even if there is one of its name again. */
export function forgetLoadBalancerTag(tx: Transaction, key: string): void {
  const { loadBalancers } = tx.tables
  for (const balancer of loadBalancers.find('tag', key)) {
    tx.put(loadBalancers, { ...balancer, tag: '' })
  }
}
