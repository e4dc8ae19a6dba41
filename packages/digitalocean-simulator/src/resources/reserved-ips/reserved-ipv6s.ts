import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { actionView } from '../actions/actions.ts'
import { assignTo, requireFree, reserve, unassign } from './reserved-ip-assignment.ts'
import { findReservedIp } from './reserved-ip-life.ts'
import type { ReservedIpRecord } from './reserved-ip-record.ts'
import { addressOrder, dropletField } from './reserved-ips.ts'

const creation = z.object({ region_slug: z.string() })

/** Addresses of version 6. Their actions are found among those of the account only. */
export const reservedIpv6Routes: readonly Route[] = [
  { method: 'GET', path: '/v2/reserved_ipv6', scopes: ['reserved_ip:read'], handle: list },
  { method: 'POST', path: '/v2/reserved_ipv6', scopes: ['reserved_ip:create'], handle: create },
  { method: 'GET', path: '/v2/reserved_ipv6/:ip', scopes: ['reserved_ip:read'], handle: show },
  {
    method: 'DELETE',
    path: '/v2/reserved_ipv6/:ip',
    scopes: ['reserved_ip:delete'],
    handle: remove,
  },
  {
    method: 'POST',
    path: '/v2/reserved_ipv6/:ip/actions',
    scopes: ['reserved_ip:update'],
    handle: act,
  },
]

function list(call: Call) {
  const rows = call.tx.tables.reservedIpv6s.rows()
  return listingOf(call, 'reserved_ipv6s', rows, (each) => reservedIpv6View(call, each))
}

function show(call: Call) {
  return { status: 200, body: { reserved_ipv6: reservedIpv6View(call, find(call)) } }
}

function create(call: Call) {
  const reserved = reserve(call, 6, parseBody(creation, call.body).region_slug)
  return { status: 201, body: { reserved_ipv6: reservedIpv6View(call, reserved) } }
}

/** Unlike one of version 4 it has to lead nowhere. */
function remove(call: Call) {
  const reserved = find(call)
  requireFree(reserved)
  if (reserved.droplet !== null) {
    throw unprocessable('The reserved IPv6 is assigned to a Droplet. Unassign it first.')
  }
  call.tx.remove(call.tx.tables.reservedIpv6s, reserved.ip)
  return { status: 204 }
}

function act(call: Call) {
  const asked = parseBody(addressOrder, call.body)
  const reserved = find(call)
  const action =
    asked.type === 'assign' ? assignTo(call, reserved, asked.droplet_id) : unassign(call, reserved)
  return { status: 201, body: { action: actionView(action) } }
}

function find(call: Call): ReservedIpRecord {
  return findReservedIp(call.tx.tables.reservedIpv6s, call.params['ip'])
}

function reservedIpv6View(call: Call, reserved: ReservedIpRecord) {
  return {
    ip: reserved.ip,
    region_slug: reserved.region,
    reserved_at: timestamp(reserved.createdMs),
    ...dropletField(call, reserved),
  }
}
