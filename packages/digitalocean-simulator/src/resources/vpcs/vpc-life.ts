import { availableRegions, regionIndex } from '../../catalog/regions.ts'
import { reservedRanges } from '../../catalog/reserved-ranges.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import type { Call, World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import {
  formatAddress,
  formatRange,
  type IpRange,
  includes,
  netmask,
  overlaps,
  parseRange,
  sizeOfRange,
} from './ip-range.ts'
import type { VpcRecord } from './vpc-record.ts'

/** The network's own address, its gateway and its broadcast address are nobody's. */
const unusable = 3

/** Gives each region the network that everything lands in that names none; what is there stays. */
export function addDefaultVpcs(tx: Transaction, world: World, now: number): void {
  for (const region of availableRegions) defaultVpc(tx, world, region, now)
}

/** The network of what names none: the region's default, made if the region has none yet. */
export function defaultVpc(tx: Transaction, world: World, region: string, now: number): VpcRecord {
  const [known] = tx.tables.vpcs.find('default', region)
  if (known) return known
  return tx.put(tx.tables.vpcs, {
    id: world.random.uuid('default-vpc', region),
    name: `default-${region}`,
    description: '',
    region,
    ipRange: formatRange(regionalRange(region)),
    isDefault: true,
    createdMs: now,
  })
}

/** Of two /16 that are a region's own, the first: as large as a network may be, for large fleets. */
function regionalRange(region: string): IpRange {
  return { base: (10 * 256 + 100 + 2 * regionIndex(region)) * 2 ** 16, prefix: 16 }
}

/** @throws ApiError 404 when there is no such network */
export function findVpc(tx: Transaction, id: string | undefined): VpcRecord {
  const vpc = tx.tables.vpcs.get((id ?? '').toLowerCase())
  if (!vpc) throw new ApiError(404, 'not_found', 'VPC not found')
  return vpc
}

/**
 * The network that something is to be made in: the one asked for, or its region's default.
 * @throws ApiError 404 when it is not there, as was seen of droplets, 422 when it is elsewhere
 */
export function chooseVpc(call: Call, id: string | null | undefined, region: string): VpcRecord {
  if (!id) return defaultVpc(call.tx, call.world, region, call.now)
  const vpc = findVpc(call.tx, id)
  if (vpc.region !== region) {
    throw unprocessable('The VPC you specified is not in the region of the resource.')
  }
  return vpc
}

const shared: readonly IpRange[] = [
  { base: 10 * 2 ** 24, prefix: 8 },
  { base: (172 * 256 + 16) * 2 ** 16, prefix: 12 },
  { base: (192 * 256 + 168) * 2 ** 16, prefix: 16 },
]

/**
 * The range that was asked for.
 * @throws ApiError 422 for one that is not private, too large or small, reserved or taken
 */
export function checkRange(tx: Transaction, region: string, text: string): IpRange {
  const range = parseRange(text)
  if (!range) throw unprocessable('This range/size is not a valid IPv4 range in CIDR notation')
  if (range.prefix < 16 || range.prefix > 28) {
    throw unprocessable('This range/size is not supported: it must be between /16 and /28')
  }
  if (!shared.some((each) => includes(each, range))) {
    throw unprocessable('This range/size is not a private one as defined in RFC 1918')
  }
  if (isReserved(region, range)) {
    throw unprocessable(
      'This range/size overlaps with the range reserved for DigitalOcean internal use',
    )
  }
  const taken = takenBy(tx, range)
  if (taken) {
    throw unprocessable(
      `This range/size overlaps with another VPC network in your account: ${taken.name} ${taken.ipRange}`,
    )
  }
  return range
}

/**
 * A free range of the usual size: one near the region's default network, or any.
 * @throws ApiError 422 when there is none left
 */
export function freeRange(tx: Transaction, region: string): IpRange {
  const near = regionalRange(region).base + 2 ** 16
  const anywhere = (10 * 256 + 128) * 2 ** 16
  const starts = [
    ...Array.from({ length: 16 }, (_, index) => near + index * 2 ** 12),
    ...Array.from({ length: 2 ** 11 }, (_, index) => anywhere + index * 2 ** 12),
  ]
  const taken = Array.from(tx.tables.vpcs.rows(), rangeOf)
  const base = starts.find((start) => {
    const range = { base: start, prefix: 20 }
    return !isReserved(region, range) && !taken.some((each) => overlaps(each, range))
  })
  if (base === undefined) throw unprocessable('There is no range left for another VPC network')
  return { base, prefix: 20 }
}

function isReserved(region: string, range: IpRange): boolean {
  return reservedRanges(region).some((text) => {
    const reserved = parseRange(text)
    return reserved !== null && overlaps(reserved, range)
  })
}

function takenBy(tx: Transaction, range: IpRange): VpcRecord | undefined {
  return Array.from(tx.tables.vpcs.rows()).find((vpc) => overlaps(rangeOf(vpc), range))
}

function rangeOf(vpc: VpcRecord): IpRange {
  const range = parseRange(vpc.ipRange)
  if (!range) throw new Error(`VPC ${vpc.id} has the range ${vpc.ipRange}`)
  return range
}

/**
 * Takes an address out of a network, for good until the network has been gone through once: then
 * the first that no droplet in it has.
 * @returns its number in the network, from 1
 * @throws ApiError 422 when there is none left
 */
export function claimAddress(tx: Transaction, vpc: VpcRecord): number {
  const most = sizeOfRange(rangeOf(vpc)) - unusable
  const next = tx.next(`address/${vpc.id}`)
  if (next <= most) return next
  const taken = new Set(tx.tables.droplets.find('vpc', vpc.id).map((each) => each.vpcAddress))
  for (let number = 1; number <= most; number++) if (!taken.has(number)) return number
  throw unprocessable('The VPC network has no free IP address left')
}

/** An address of a network by its number, as droplets tell their private one. */
export function addressIn(vpc: VpcRecord, number: number) {
  const range = rangeOf(vpc)
  const place = number % (sizeOfRange(range) - 2)
  return { ip_address: formatAddress(range.base + 1 + place), netmask: netmask(range) }
}
