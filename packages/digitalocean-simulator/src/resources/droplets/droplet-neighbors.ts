import type { Call, Route, World } from '../../http/route.ts'
import { isListed } from '../snapshots/snapshot-life.ts'
import { readableDroplet } from './droplet-life.ts'
import type { DropletRecord } from './droplet-record.ts'
import { dropletView } from './droplet-view.ts'

/** How many machines of a region the account's droplets are spread over. */
const hostsPerRegion = 100

/** Which droplets share a machine. They are drawn by the random seed, and stay where they are. */
export const dropletNeighborRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v2/droplets/:droplet/neighbors',
    scopes: ['droplet:read'],
    handle: listOfDroplet,
  },
  {
    method: 'GET',
    path: '/v2/reports/droplet_neighbors_ids',
    scopes: ['droplet:read'],
    handle: report,
  },
]

function listOfDroplet(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const host = hostOf(call.world, droplet)
  const neighbors = living(call).filter(
    (each) => each.id !== droplet.id && hostOf(call.world, each) === host,
  )
  return { status: 200, body: { droplets: neighbors.map((each) => dropletView(call, each)) } }
}

function report(call: Call) {
  const hosts = new Map<string, number[]>()
  for (const droplet of living(call)) {
    const host = hostOf(call.world, droplet)
    hosts.set(host, [...(hosts.get(host) ?? []), droplet.id])
  }
  const shared = [...hosts.values()].filter((ids) => ids.length > 1)
  return { status: 200, body: { neighbor_ids: shared } }
}

function living(call: Call): readonly DropletRecord[] {
  return Array.from(call.tx.tables.droplets.rows()).filter(
    (droplet) => droplet.deletedMs === null && isListed(call, droplet),
  )
}

function hostOf(world: World, { id, region }: DropletRecord): string {
  return `${region}/${world.random.integer(1, hostsPerRegion, 'host', id)}`
}
