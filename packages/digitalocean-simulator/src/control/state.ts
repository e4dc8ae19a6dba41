import type { Simulation } from '../simulation.ts'
import type { Tables } from '../store/tables.ts'

/** Tables that hold no resources. */
type Bookkeeping = 'counters' | 'settings' | 'assignments' | 'charges' | 'destructions'

type Count = (tables: Tables) => number | Readonly<Record<string, number>>

/** For each table, what is counted of it. A new kind does not compile before it is counted. */
const counts: Readonly<
  Record<Exclude<keyof Tables, Bookkeeping>, Readonly<Record<string, Count>>>
> = {
  droplets: {
    droplets: ({ droplets }) => droplets.size - droplets.find('state', 'deleted').length,
    droplets_by_status: ({ droplets }) => tally(droplets.rows()),
  },
  snapshots: {
    snapshots: ({ snapshots }) => living(snapshots.rows(), (each) => each.backup !== true),
    backups: ({ snapshots }) => living(snapshots.rows(), (each) => each.backup === true),
  },
  tags: { tags: ({ tags }) => tags.size },
  actions: {
    actions: ({ actions }) => actions.size,
    actions_in_progress: ({ actions }) => actions.find('status', 'in-progress').length,
  },
  customImages: { custom_images: ({ customImages }) => customImages.size },
  volumes: { volumes: ({ volumes }) => volumes.size },
  volumeSnapshots: {
    volume_snapshots: ({ volumeSnapshots }) => living(volumeSnapshots.rows()),
  },
  sshKeys: { ssh_keys: ({ sshKeys }) => sshKeys.size },
  domains: { domains: ({ domains }) => domains.size },
  dnsRecords: { domain_records: ({ dnsRecords }) => dnsRecords.size },
  certificates: { certificates: ({ certificates }) => certificates.size },
  cdnEndpoints: { cdn_endpoints: ({ cdnEndpoints }) => cdnEndpoints.size },
  vpcs: { vpcs: ({ vpcs }) => vpcs.size },
  firewalls: { firewalls: ({ firewalls }) => firewalls.size },
  loadBalancers: { load_balancers: ({ loadBalancers }) => loadBalancers.size },
  reservedIps: { reserved_ips: ({ reservedIps }) => reservedIps.size },
  reservedIpv6s: { reserved_ipv6s: ({ reservedIpv6s }) => reservedIpv6s.size },
  projects: { projects: ({ projects }) => projects.size },
  databases: {
    databases: ({ databases }) => databases.size,
    database_replicas: ({ databases }) => sum(databases.rows(), (each) => each.replicas.length),
  },
  kubernetes: {
    kubernetes_clusters: ({ kubernetes }) => kubernetes.size,
    kubernetes_node_pools: ({ kubernetes }) => sum(kubernetes.rows(), (each) => each.pools.length),
  },
  autoscalePools: { autoscale_pools: ({ autoscalePools }) => autoscalePools.size },
}

/** The state in figures: how many there are of each kind, deleted ones not counted. */
export function stateView(simulation: Simulation) {
  const time = new Date(simulation.now()).toISOString()
  const { tables } = simulation.store
  const figures = Object.values(counts).flatMap((kind) => Object.entries(kind))
  return {
    time,
    speed: simulation.world.time.speed,
    ...Object.fromEntries(figures.map(([name, count]) => [name, count(tables)])),
    faults: simulation.faults.list().length,
  }
}

interface Mortal {
  readonly deletedMs: number | null
}

function living<Row extends Mortal>(rows: Iterable<Row>, counted = (_: Row) => true): number {
  return sum(rows, (row) => (row.deletedMs === null && counted(row) ? 1 : 0))
}

function tally(rows: Iterable<Mortal & { readonly status: string }>): Record<string, number> {
  const statuses: Record<string, number> = {}
  for (const { status, deletedMs } of rows) {
    if (deletedMs === null) statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

function sum<Row>(rows: Iterable<Row>, part: (row: Row) => number): number {
  let total = 0
  for (const row of rows) total += part(row)
  return total
}
