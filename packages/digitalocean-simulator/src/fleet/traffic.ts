import { z } from 'zod'
import type { Machine, MachinePlan } from './machines.ts'
import type { Domain } from './names.ts'
import type { Past } from './past.ts'
import { dayMs, foundedMs } from './timeline.ts'

/** A load balancer, and the place that it balances. */
export interface Balancer {
  readonly id: string
  readonly ip: string
  readonly place: string
  /** Whether it finds its droplets by their tag. */
  readonly tagged: boolean
}

const made = z.object({ load_balancer: z.object({ id: z.string() }) })
const shown = z.object({ load_balancer: z.object({ ip: z.string() }) })
const front = 'web'

/** Load balancers where there are web machines, most where these are most. The first one is by tag. */
export function addLoadBalancers(
  past: Past,
  machines: readonly MachinePlan[],
  domains: readonly Domain[],
  count: number,
): readonly Balancer[] {
  const places = placesOf(machines)
  return Array.from({ length: count }, (_, index) => {
    const place = places.reduce((best, each) => (waiting(each) > waiting(best) ? each : best))
    place.balancers++
    const { region, vpc } = place.plan
    const order = {
      atMs: past.now - foundedMs + (25 + index / 100) * dayMs,
      path: '/v2/load_balancers',
      body: {
        name: `web-${region}-${index + 1}`,
        region,
        vpc_uuid: vpc,
        tag: index === 0 ? `role:${front}` : undefined,
        forwarding_rules: rulesFor(domains[index]),
        redirect_http_to_https: domains[index]?.certificate !== undefined,
        health_check: { protocol: 'http', port: 80, path: '/health' },
      },
    }
    const { id } = past.ask(order, made).load_balancer
    return { id, ip: addressOf(past, id), place: keyOf(place.plan), tagged: index === 0 }
  })
}

function rulesFor(domain: Domain | undefined) {
  const target = { target_protocol: 'http', target_port: 80 }
  const plain = { entry_protocol: 'http', entry_port: 80, ...target }
  if (domain?.certificate === undefined) return [plain]
  const secure = { entry_protocol: 'https', entry_port: 443, ...target }
  return [plain, { ...secure, certificate_id: domain.certificate }]
}

function addressOf(past: Past, id: string): string {
  const path = '/v2/load_balancers/:balancer'
  const order = { atMs: past.now, method: 'GET', path, params: { balancer: id }, body: {} } as const
  return past.ask(order, shown).load_balancer.ip
}

interface Place {
  readonly plan: MachinePlan
  machines: number
  balancers: number
}

function placesOf(machines: readonly MachinePlan[]): readonly Place[] {
  const places = new Map<string, Place>()
  for (const plan of machines) {
    if (plan.role.name !== front) continue
    const place = places.get(keyOf(plan)) ?? { plan, machines: 0, balancers: 0 }
    place.machines++
    places.set(keyOf(plan), place)
  }
  return [...places.values()]
}

/** How many machines there are for one more. */
function waiting({ machines, balancers }: Place): number {
  return machines / (balancers + 1)
}

/** Machines that one load balancer can be in front of: those of one network. */
function keyOf({ region, vpc }: MachinePlan): string {
  return `${region}/${vpc ?? 'default'}`
}

/** Puts the web machines behind the load balancers of their network, in turn. */
export function connectDroplets(
  past: Past,
  balancers: readonly Balancer[],
  machines: readonly Machine[],
): void {
  const byPlace = Map.groupBy(
    balancers.filter((each) => !each.tagged),
    (each) => each.place,
  )
  const behind = new Map<string, number[]>()
  const turns = new Map<string, number>()
  for (const { plan, droplet } of machines) {
    const place = keyOf(plan)
    const own = byPlace.get(place)
    if (plan.role.name !== front || !own) continue
    const turn = turns.get(place) ?? 0
    turns.set(place, turn + 1)
    const { id } = own[turn % own.length] ?? {}
    if (id !== undefined)
      behind
        .set(id, behind.get(id) ?? [])
        .get(id)
        ?.push(droplet.id)
  }
  for (const [balancer, ids] of behind) {
    past.tell({
      atMs: past.now,
      path: '/v2/load_balancers/:balancer/droplets',
      params: { balancer },
      body: { droplet_ids: ids },
    })
  }
}
