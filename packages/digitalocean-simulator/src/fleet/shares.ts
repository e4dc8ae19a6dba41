import { vocabulary } from './vocabulary.ts'

/** How many of each kind a fleet has. What is in a domain, and what every account has, is not counted. */
export interface Shares {
  /** With the nodes of the clusters. */
  readonly droplets: number
  readonly snapshots: number
  /** With those that clusters bring. */
  readonly tags: number
  readonly sshKeys: number
  readonly volumes: number
  readonly volumeSnapshots: number
  readonly vpcs: number
  readonly firewalls: number
  readonly loadBalancers: number
  readonly reservedIps: number
  readonly domains: number
  readonly projects: number
  readonly certificates: number
  readonly databases: number
  readonly clusters: number
}

/** How many nodes a cluster has. */
export const nodesPerCluster = 3
/** What every node is tagged with, besides its own cluster's tag. */
const sharedClusterTags = 2

interface Share {
  /** The smallest fleet that has any. */
  readonly from: number
  readonly part: number
  /** Half of what an account may have at the most, so that there is room for more. */
  readonly most: number
}

const shares = {
  tags: { from: 1, part: 0.12, most: vocabulary.length },
  sshKeys: { from: 10, part: 0.02, most: 12 },
  snapshots: { from: 4, part: 0.1, most: Number.POSITIVE_INFINITY },
  volumes: { from: 10, part: 0.08, most: 500 },
  volumeSnapshots: { from: 30, part: 0.03, most: 1_000 },
  vpcs: { from: 30, part: 0.01, most: 6 },
  firewalls: { from: 30, part: 0.05, most: 10 },
  loadBalancers: { from: 30, part: 0.02, most: 500 },
  reservedIps: { from: 30, part: 0.03, most: 500 },
  domains: { from: 30, part: 0.02, most: 50 },
  projects: { from: 30, part: 0.02, most: 4 },
  certificates: { from: 30, part: 0.01, most: 20 },
  databases: { from: 30, part: 0.01, most: 20 },
  clusters: { from: 100, part: 0.002, most: 5 },
} satisfies Record<string, Share>

/** How the resources of a fleet are shared out: they add up to what was asked for. */
export function shareOut(resources: number): Shares {
  const of = ({ from, part, most }: Share) =>
    resources < from ? 0 : Math.min(most, Math.max(1, Math.round(resources * part)))
  const clusters = of(shares.clusters)
  const tags = of(shares.tags)
  const roles = vocabulary.slice(0, tags).filter((tag) => tag.startsWith('role:'))
  const others = {
    snapshots: of(shares.snapshots),
    tags: tags + (clusters > 0 ? clusters + sharedClusterTags : 0),
    sshKeys: of(shares.sshKeys),
    volumes: of(shares.volumes),
    volumeSnapshots: of(shares.volumeSnapshots),
    vpcs: of(shares.vpcs),
    // Each protects the machines of one role.
    firewalls: Math.min(of(shares.firewalls), roles.length),
    loadBalancers: of(shares.loadBalancers),
    reservedIps: of(shares.reservedIps),
    domains: of(shares.domains),
    projects: of(shares.projects),
    certificates: of(shares.certificates),
    databases: of(shares.databases),
    clusters,
  }
  const taken = Object.values(others).reduce((sum, count) => sum + count, 0)
  return { droplets: resources - taken, ...others }
}

/** The tags that machines are given: without those that clusters bring. */
export function ownTags(shares: Shares): readonly string[] {
  const brought = shares.clusters > 0 ? shares.clusters + sharedClusterTags : 0
  return vocabulary.slice(0, shares.tags - brought)
}
