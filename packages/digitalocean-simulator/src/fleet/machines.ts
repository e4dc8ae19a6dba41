import type { Random } from '../random.ts'
import type { DropletRecord } from '../resources/droplets/droplet-record.ts'
import { environmentOf, type Role, regionOf, roleOf } from './vocabulary.ts'

/** What a droplet of the fleet is to be, before it is made. */
export interface MachinePlan {
  readonly index: number
  readonly role: Role
  readonly region: string
  readonly environment: string
  /** The network that it is to be in; undefined for the default one of its region. */
  readonly vpc: string | undefined
}

/** A droplet of the fleet, and what it is for. */
export interface Machine {
  readonly droplet: DropletRecord
  readonly plan: MachinePlan
}

/** The most machines of one network: a /20 has addresses for these, and some for what comes. */
const mostInNetwork = 3_500

/** The regions in which most of production is, the largest first. */
export function productionRegions(random: Random, count: number): readonly string[] {
  const machines = new Map<string, number>()
  for (let index = 0; index < count; index++) {
    if (environmentOf(random, index) !== 'production') continue
    const region = regionOf(random, index)
    machines.set(region, (machines.get(region) ?? 0) + 1)
  }
  return [...machines].sort(([, one], [, other]) => other - one).map(([region]) => region)
}

/** Plans machines: production goes into the networks that were made for it, as long as there is room. */
export function planMachines(
  random: Random,
  count: number,
  networks: ReadonlyMap<string, string>,
): readonly MachinePlan[] {
  const taken = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const region = regionOf(random, index)
    const environment = environmentOf(random, index)
    const network = environment === 'production' ? networks.get(region) : undefined
    const number = (taken.get(network ?? '') ?? 0) + 1
    if (network !== undefined) taken.set(network, number)
    const vpc = number > mostInNetwork ? undefined : network
    return { index, role: roleOf(random, index), region, environment, vpc }
  })
}

/** The item for number `index` of `count`, if they are spread evenly over all items. */
export function spread<T>(items: readonly T[], index: number, count: number): T | undefined {
  return items[Math.floor((index * items.length) / count)]
}
