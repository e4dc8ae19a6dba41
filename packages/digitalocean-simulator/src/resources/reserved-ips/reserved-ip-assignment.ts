import { availableRegions, regionIndex } from '../../catalog/regions.ts'
import { unprocessable } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import type { ActionRecord } from '../actions/action-record.ts'
import { beginAction, endAction, readableDroplet, startAction } from '../droplets/droplet-life.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import { formatAddress } from '../vpcs/ip-range.ts'
import { addressesLike, canonicalIp } from './reserved-ip-life.ts'
import type { ReservedIpRecord } from './reserved-ip-record.ts'

/** How many addresses the account may have of each version. */
export const reservedIpLimit = 1_000

/**
 * Reserves an address, and notes that as an action that is over.
 * @throws ApiError 422 for a region without capacity, and beyond the limit
 */
export function reserve(call: Call, version: 4 | 6, region: string): ReservedIpRecord {
  const { tx, now } = call
  if (!availableRegions.includes(region)) {
    throw unprocessable('You specified an invalid region for reserved IP creation.')
  }
  const table = version === 6 ? tx.tables.reservedIpv6s : tx.tables.reservedIps
  if (table.size >= reservedIpLimit) {
    throw unprocessable(`You have reached your reserved IP limit of ${reservedIpLimit}`)
  }
  const ordinal = tx.next(table.name)
  const ip = version === 6 ? ipv6Of(region, ordinal) : ipv4Of(ordinal)
  const reserved = tx.put(table, { ip, region, droplet: null, pendingAction: null, createdMs: now })
  const quiet = { ...call, fate: 'complete', begun: () => undefined } as const
  endAction(tx, startAction(quiet, { type: 'reserve_ip', address: ip }, region), 'completed', now)
  return reserved
}

/** Out of RFC 6598's range, which nobody owns in public. */
function ipv4Of(ordinal: number): string {
  return formatAddress((100 * 256 + 64) * 2 ** 16 + ordinal)
}

/** Out of RFC 3849's, apart from what droplets have. */
function ipv6Of(region: string, ordinal: number): string {
  const place = (regionIndex(region) + 1).toString(16)
  return canonicalIp(
    `2001:db8:ffff:${place}::${(ordinal >>> 16).toString(16)}:${(ordinal & 0xffff).toString(16)}`,
  )
}

/**
 * Begins to lead an address to a droplet, away from the one it led to: both are busy meanwhile.
 * @throws ApiError 404 without such a droplet, 422 when the two cannot be brought together
 */
export function assignTo(call: Call, reserved: ReservedIpRecord, dropletId: number): ActionRecord {
  const droplet = assignable(call, reserved, dropletId)
  requireFree(reserved)
  const effect = { type: 'assign_ip', address: reserved.ip, droplet: dropletId } as const
  return note(call, reserved, beginAction(call, droplet, effect).action)
}

/** @throws ApiError 422 when it leads nowhere, or while something is under way */
export function unassign(call: Call, reserved: ReservedIpRecord): ActionRecord {
  const { tx } = call
  requireFree(reserved)
  const droplet = tx.tables.droplets.get(reserved.droplet ?? '')
  if (!droplet) throw unprocessable('The floating IP is not assigned to a Droplet.')
  const effect = { type: 'unassign_ip', address: reserved.ip } as const
  return note(call, reserved, beginAction(call, droplet, effect).action)
}

/** @throws ApiError 422 while something is under way */
export function requireFree(reserved: ReservedIpRecord): void {
  if (reserved.pendingAction !== null) {
    throw unprocessable('The floating IP already has a pending event.')
  }
}

function note(call: Call, reserved: ReservedIpRecord, action: ActionRecord): ActionRecord {
  const table = addressesLike(call.tx.tables, reserved.ip)
  call.tx.put(table, { ...reserved, pendingAction: action.id })
  return action
}

function assignable(call: Call, reserved: ReservedIpRecord, dropletId: number): DropletRecord {
  const droplet = readableDroplet(call, String(dropletId))
  if (droplet.region !== reserved.region) {
    throw unprocessable('The Droplet is not in the region of the reserved IP.')
  }
  const others = addressesLike(call.tx.tables, reserved.ip).find('droplet', dropletId)
  if (others.some((each) => each.ip !== reserved.ip)) {
    throw unprocessable('The Droplet already has a reserved IP.')
  }
  if (reserved.ip.includes(':') && !droplet.ipv6) {
    throw unprocessable('The Droplet does not have IPv6 enabled.')
  }
  return droplet
}
