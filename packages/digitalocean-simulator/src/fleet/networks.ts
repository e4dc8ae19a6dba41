import { z } from 'zod'
import { defaultVpc } from '../resources/vpcs/vpc-life.ts'
import { type Machine, spread } from './machines.ts'
import type { Past } from './past.ts'
import { dayMs, foundedMs, minuteMs } from './timeline.ts'
import { regionOf } from './vocabulary.ts'

/** Networks of production by their regions, the first one in the first region. */
export function addNetworks(
  past: Past,
  regions: readonly string[],
  count: number,
): ReadonlyMap<string, string> {
  const made = z.object({ vpc: z.object({ id: z.string() }) })
  const networks = new Map<string, string>()
  for (let index = 0; index < count; index++) {
    // A fleet may be in fewer regions than it has networks.
    const region = regions[index] ?? regionOf(past.world.random, index)
    const first = !networks.has(region)
    // A region's first network would be its default one.
    defaultVpc(past.tx, past.world, region, past.now - foundedMs)
    const { vpc } = past.ask(
      {
        atMs: past.now - foundedMs + index * dayMs,
        path: '/v2/vpcs',
        body: { name: first ? `production-${region}` : `spare-${index}-${region}`, region },
      },
      made,
    )
    if (first) networks.set(region, vpc.id)
  }
  return networks
}

const anywhere = { addresses: ['0.0.0.0/0', '::/0'] }
/** RFC 5737's and RFC 3849's: nobody's, and here the company's. */
const office = { addresses: ['203.0.113.0/24'] }

/** The ports of a role that others come to, and which. */
const services: Readonly<Record<string, readonly string[]>> = {
  api: ['8080'],
  db: ['5432'],
  cache: ['6379'],
  queue: ['5672'],
  search: ['9200'],
}

/** Firewalls by tag: one for each of the first roles that the fleet has tags of. */
export function addFirewalls(past: Past, tags: readonly string[], count: number): void {
  const roles = tags.filter((tag) => tag.startsWith('role:'))
  for (const [index, tag] of roles.slice(0, count).entries()) {
    const role = tag.slice('role:'.length)
    past.tell({
      // Before there were droplets, so that it is in force on all of them.
      atMs: past.now - foundedMs + (10 + index) * dayMs,
      path: '/v2/firewalls',
      body: {
        name: role,
        tags: [tag],
        inbound_rules: inboundRules(role, roles),
        outbound_rules: [
          { protocol: 'tcp', ports: 'all', destinations: anywhere },
          { protocol: 'udp', ports: 'all', destinations: anywhere },
          { protocol: 'icmp', destinations: anywhere },
        ],
      },
    })
  }
}

function inboundRules(role: string, roles: readonly string[]) {
  const bastion = roles.includes('role:bastion') && role !== 'bastion'
  const ssh = {
    protocol: 'tcp',
    ports: '22',
    sources: bastion ? { tags: ['role:bastion'] } : office,
  }
  if (role === 'web') {
    const open = ['80', '443'].map((ports) => ({ protocol: 'tcp', ports, sources: anywhere }))
    return [ssh, ...open]
  }
  const callers = ['role:web', 'role:api', 'role:worker'].filter((tag) => roles.includes(tag))
  const ports = callers.length > 0 ? (services[role] ?? []) : []
  return [
    ssh,
    ...ports.map((each) => ({ protocol: 'tcp', ports: each, sources: { tags: callers } })),
  ]
}

/** Addresses of machines that no load balancer is in front of; one in six leads nowhere. */
export function addReservedIps(past: Past, machines: readonly Machine[], count: number): void {
  const made = z.object({ reserved_ip: z.object({ ip: z.string() }) })
  const open = machines.filter(({ plan }) => plan.role.name !== 'web')
  for (let index = 0; index < count; index++) {
    const free = index % 6 === 5
    const machine = free ? undefined : spread(open, index, count)
    const { random } = past.world
    const region = machine?.droplet.region ?? regionOf(random, index)
    const age = random.integer(1, 600, 'reserved-ip', index)
    const atMs = machine ? machine.droplet.createdMs + 5 * minuteMs : past.now - age * dayMs
    const { ip } = past.ask({ atMs, path: '/v2/reserved_ips', body: { region } }, made).reserved_ip
    if (!machine) continue
    past.tell({
      atMs: atMs + minuteMs,
      path: '/v2/reserved_ips/:ip/actions',
      params: { ip },
      body: { type: 'assign', droplet_id: machine.droplet.id },
    })
  }
}
