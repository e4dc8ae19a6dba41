import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { ApiError, conflict, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { formatRange } from './ip-range.ts'
import { checkRange, findVpc, freeRange } from './vpc-life.ts'
import { isEmptyVpc, memberKinds, type VpcMember } from './vpc-members.ts'
import type { VpcRecord } from './vpc-record.ts'

const validName = /^[a-zA-Z0-9\-.]+$/
const description = z.string().max(255)

const creation = z.object({
  name: z.string(),
  region: z.string(),
  description: description.nullish(),
  ip_range: z.string().nullish(),
})
const replacement = z.object({
  name: z.string(),
  description: description.nullish(),
  default: z.boolean().nullish(),
})
const change = replacement.partial()
type Change = z.infer<typeof change>

/** Networks: one in each region that everything lands in, and those that were made. */
export const vpcRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/vpcs', scopes: ['vpc:read'], handle: list },
  { method: 'POST', path: '/v2/vpcs', scopes: ['vpc:create'], handle: create },
  { method: 'GET', path: '/v2/vpcs/:vpc', scopes: ['vpc:read'], handle: show },
  { method: 'PUT', path: '/v2/vpcs/:vpc', scopes: ['vpc:update'], handle: replace },
  { method: 'PATCH', path: '/v2/vpcs/:vpc', scopes: ['vpc:update'], handle: update },
  { method: 'DELETE', path: '/v2/vpcs/:vpc', scopes: ['vpc:delete'], handle: remove },
  { method: 'GET', path: '/v2/vpcs/:vpc/members', scopes: ['vpc:read'], handle: listMembers },
]

function list(call: Call) {
  return listingOf(call, 'vpcs', call.tx.tables.vpcs.rows(), vpcView)
}

function show(call: Call) {
  return { status: 200, body: { vpc: vpcView(findVpc(call.tx, call.params['vpc'])) } }
}

/** The first network of a region is its default, and stays it until another one is made it. */
function create(call: Call) {
  const { tx, world, now } = call
  const asked = parseBody(creation, call.body)
  checkName(call, asked.name)
  if (!availableRegions.includes(asked.region)) {
    throw unprocessable('You specified an invalid region for VPC creation.')
  }
  const range = asked.ip_range
    ? checkRange(tx, asked.region, asked.ip_range)
    : freeRange(tx, asked.region)
  const vpc = tx.put(tx.tables.vpcs, {
    id: world.random.uuid('vpc', tx.next('vpc')),
    name: asked.name,
    description: asked.description ?? '',
    region: asked.region,
    ipRange: formatRange(range),
    isDefault: tx.tables.vpcs.find('default', asked.region).length === 0,
    createdMs: now,
  })
  return { status: 201, body: { vpc: vpcView(vpc) } }
}

/** A description that is left out is emptied: clients that have none send none. */
function replace(call: Call) {
  const vpc = findVpc(call.tx, call.params['vpc'])
  const asked = parseBody(replacement, call.body)
  return alter(call, vpc, { ...asked, description: asked.description ?? '' })
}

function update(call: Call) {
  return alter(call, findVpc(call.tx, call.params['vpc']), parseBody(change, call.body))
}

function alter(call: Call, vpc: VpcRecord, asked: Change) {
  const { tx } = call
  if (asked.name !== undefined && asked.name !== vpc.name) checkName(call, asked.name)
  if (asked.default === false && vpc.isDefault) {
    throw unprocessable('The default VPC of a region can not be unset')
  }
  const isDefault = vpc.isDefault || asked.default === true
  for (const other of isDefault ? tx.tables.vpcs.find('default', vpc.region) : []) {
    if (other.id !== vpc.id) tx.put(tx.tables.vpcs, { ...other, isDefault: false })
  }
  const altered = tx.put(tx.tables.vpcs, {
    ...vpc,
    name: asked.name ?? vpc.name,
    description: asked.description ?? vpc.description,
    isDefault,
  })
  return { status: 200, body: { vpc: vpcView(altered) } }
}

function remove(call: Call) {
  const vpc = findVpc(call.tx, call.params['vpc'])
  if (vpc.isDefault) throw new ApiError(403, 'forbidden', 'Can not delete default VPCs')
  if (!isEmptyVpc(call.tx, call.world, vpc.id)) {
    throw conflict('Can not delete VPC with members')
  }
  call.tx.remove(call.tx.tables.vpcs, vpc.id)
  return { status: 204 }
}

/** Only what the token may see, and of one type if asked for. */
function listMembers(call: Call) {
  const vpc = findVpc(call.tx, call.params['vpc'])
  const type = call.url.searchParams.get('resource_type')?.toLowerCase().replaceAll('_', '')
  const members = memberKinds
    .filter((kind) => !type || kind.type === type)
    .filter((kind) => call.access.can(kind.scope))
    .flatMap((kind) => kind.membersOf(call.tx, call.world, vpc.id))
  return listingOf(call, 'members', members, memberView)
}

function checkName(call: Call, name: string): void {
  if (!validName.test(name)) {
    throw unprocessable('Name must only contain alphanumeric characters, dashes, and periods')
  }
  for (const vpc of call.tx.tables.vpcs.rows()) {
    if (vpc.name === name) throw unprocessable('a VPC with the same name already exists')
  }
}

function vpcView(vpc: VpcRecord) {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region,
    ip_range: vpc.ipRange,
    default: vpc.isDefault,
    created_at: timestamp(vpc.createdMs),
  }
}

function memberView({ urn, name, createdMs }: VpcMember) {
  return { urn, name, created_at: timestamp(createdMs) }
}
