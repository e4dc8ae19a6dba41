import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { actionView } from '../actions/actions.ts'
import { readableDroplet } from '../droplets/droplet-life.ts'
import { dropletView } from '../droplets/droplet-view.ts'
import { assignAsked, projectOf } from '../projects/project-membership.ts'
import { regionViewOf } from '../regions.ts'
import { assignTo, requireFree, reserve, unassign } from './reserved-ip-assignment.ts'
import { findReservedIp } from './reserved-ip-life.ts'
import type { ReservedIpRecord } from './reserved-ip-record.ts'

/** How one and the same addresses are called: by their old name, and by their new one. */
interface Naming {
  readonly path: string
  readonly one: 'floating_ip' | 'reserved_ip'
  readonly many: string
}

const creation = z.object({
  droplet_id: numeric.nullish(),
  region: z.string().nullish(),
  project_id: z.string().nullish(),
})

/** An action as it is asked for, of addresses of either version. */
export const addressOrder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('assign'), droplet_id: numeric }),
  z.object({ type: z.literal('unassign') }),
])

/** Addresses of version 4, under `/v2/reserved_ips` and, as they were called, `/v2/floating_ips`. */
export const reservedIpRoutes: readonly Route[] = [
  ...routesOf({ path: '/v2/reserved_ips', one: 'reserved_ip', many: 'reserved_ips' }),
  ...routesOf({ path: '/v2/floating_ips', one: 'floating_ip', many: 'floating_ips' }),
]

function routesOf(naming: Naming): readonly Route[] {
  const one = `${naming.path}/:ip`
  const actions = `${one}/actions`
  const on = (method: Route['method'], path: string, verb: string, handle: typeof list): Route => ({
    method,
    path,
    scopes: [`reserved_ip:${verb}`],
    handle: (call) => handle(call, naming),
  })
  return [
    on('GET', naming.path, 'read', list),
    on('POST', naming.path, 'create', create),
    on('GET', one, 'read', show),
    on('DELETE', one, 'delete', remove),
    on('GET', actions, 'read', listActions),
    on('POST', actions, 'update', act),
    on('GET', `${actions}/:action`, 'read', showAction),
  ]
}

function list(call: Call, { many }: Naming) {
  const rows = call.tx.tables.reservedIps.rows()
  return listingOf(call, many, rows, (each) => reservedIpView(call, each))
}

function show(call: Call, { one }: Naming) {
  return { status: 200, body: { [one]: reservedIpView(call, find(call)) } }
}

/** For a droplet it is reserved in the droplet's region, and led there by an action of its own. */
function create(call: Call, naming: Naming) {
  const asked = parseBody(creation, call.body)
  const droplet = asked.droplet_id ? readableDroplet(call, String(asked.droplet_id)) : null
  const region = droplet?.region ?? asked.region
  if (!region) throw unprocessable('You must specify either a droplet_id or a region.')
  const { ip } = reserve(call, 4, region)
  assignAsked(call.tx, asked.project_id, urnOf(ip), call.now)
  const reserved = findReservedIp(call.tx.tables.reservedIps, ip)
  const action = droplet && assignTo(call, reserved, droplet.id)
  const link = (id: number, rel: string, kind: string) => ({
    id,
    rel,
    href: `${call.url.origin}/v2/${kind}/${id}`,
  })
  const links = action
    ? {
        droplets: [link(droplet.id, 'droplet', 'droplets')],
        actions: [link(action.id, 'assign_ip', 'actions')],
      }
    : {}
  const current = findReservedIp(call.tx.tables.reservedIps, ip)
  return { status: 202, body: { [naming.one]: reservedIpView(call, current), links } }
}

/** One that leads to a droplet goes all the same. */
function remove(call: Call) {
  const reserved = find(call)
  requireFree(reserved)
  call.tx.remove(call.tx.tables.reservedIps, reserved.ip)
  return { status: 204 }
}

function listActions(call: Call, { one }: Naming) {
  const rows = [...call.tx.tables.actions.find('address', find(call).ip)].reverse()
  const dated = rows.map((action) => ({ action, createdMs: action.startedMs }))
  return listingOf(call, 'actions', dated, ({ action }) => ({
    ...actionView(action),
    resource_type: one,
  }))
}

function showAction(call: Call, { one }: Naming) {
  const { ip } = find(call)
  const action = call.tx.tables.actions.get(call.params['action'] ?? '')
  if (!action || !('address' in action.effect) || action.effect.address !== ip) throw notFound()
  return { status: 200, body: { action: { ...actionView(action), resource_type: one } } }
}

function act(call: Call, { one }: Naming) {
  const asked = parseBody(addressOrder, call.body)
  const reserved = find(call)
  const action =
    asked.type === 'assign' ? assignTo(call, reserved, asked.droplet_id) : unassign(call, reserved)
  const view = { ...actionView(action), resource_type: one, ...projectField(call, reserved) }
  return { status: 201, body: { action: view } }
}

function find(call: Call): ReservedIpRecord {
  return findReservedIp(call.tx.tables.reservedIps, call.params['ip'])
}

function reservedIpView(call: Call, reserved: ReservedIpRecord) {
  return {
    ip: reserved.ip,
    region: regionViewOf(reserved.region),
    ...dropletField(call, reserved),
    locked: reserved.pendingAction !== null,
    ...projectField(call, reserved),
  }
}

/** The whole droplet that an address leads to, for tokens that may see it. */
export function dropletField(call: Call, reserved: ReservedIpRecord) {
  if (!call.access.can('droplet:read')) return {}
  const droplet = call.tx.tables.droplets.get(reserved.droplet ?? '')
  return { droplet: droplet ? dropletView(call, droplet) : null }
}

function projectField(call: Call, { ip }: ReservedIpRecord) {
  if (!call.access.can('project:read')) return {}
  return { project_id: projectOf(call.tx, urnOf(ip)) }
}

function urnOf(ip: string): string {
  return `do:floatingip:${ip}`
}
