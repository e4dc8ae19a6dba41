import type { World } from '../http/route.ts'
import { ensureTags } from '../resources/tags/tag-naming.ts'
import type { Transaction } from '../store/transaction.ts'
import { addDroplets, addSnapshots } from './droplets.ts'
import { planMachines, productionRegions } from './machines.ts'
import { addClusters, addDatabases, addProjects, addSshKeys, fillProjects } from './managed.ts'
import { addDomains, addRecords } from './names.ts'
import { addFirewalls, addNetworks, addReservedIps } from './networks.ts'
import { Past } from './past.ts'
import { nodesPerCluster, ownTags, shareOut } from './shares.ts'
import { addVolumeSnapshots, addVolumes } from './storage.ts'
import { addLoadBalancers, connectDroplets } from './traffic.ts'

/** The most resources a fleet may have. */
export const largestFleet = 100_000
export const defaultFleet = 40

/**
 * Fills an empty account with a fleet that has grown over two years: services of several roles in
 * several regions with all that goes with them, a tenth of the machines off.
 */
export function seedFleet(tx: Transaction, world: World, resources: number, now: number): void {
  const shares = shareOut(resources)
  const past = new Past(tx, world, now)
  const count = shares.droplets - shares.clusters * nodesPerCluster
  const tags = ensureTags(tx, ownTags(shares))
  addSshKeys(past, shares.sshKeys)
  const projects = addProjects(past, shares.projects)
  const networks = addNetworks(past, productionRegions(world.random, count), shares.vpcs)
  const machines = planMachines(world.random, count, networks)
  const domains = addDomains(past, shares.domains, shares.certificates)
  const balancers = addLoadBalancers(past, machines, domains, shares.loadBalancers)
  addFirewalls(past, tags, shares.firewalls)
  const fleet = addDroplets(past, machines, tags)
  connectDroplets(past, balancers, fleet)
  addSnapshots(past, fleet, shares.snapshots)
  addVolumes(past, fleet, shares.volumes)
  addVolumeSnapshots(past, shares.volumeSnapshots)
  addReservedIps(past, fleet, shares.reservedIps)
  addRecords(past, domains, balancers, fleet)
  addDatabases(past, networks, tags, shares.databases)
  addClusters(past, networks, shares.clusters)
  past.settle()
  fillProjects(past, projects, fleet)
}
