import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { drawId } from '../droplets/droplet-life.ts'
import { checkNeighbours, contentOf, type DnsFields, dnsFields, namesHost } from './dns-rules.ts'
import { type DnsRecord, type DnsType, type DomainRecord, dnsTypes } from './domain-record.ts'

const typed = z.object({ type: z.string().nullish() })

const all = '/v2/domains/:domain/records'
const one = '/v2/domains/:domain/records/:record'

/** The lines of a domain's zone. */
export const domainRecordRoutes: readonly Route[] = [
  { method: 'GET', path: all, scopes: ['domain:read'], handle: list },
  // These two are open to either of two scopes.
  { method: 'POST', path: all, scopes: [], handle: create },
  { method: 'GET', path: one, scopes: ['domain:read'], handle: show },
  { method: 'PATCH', path: one, scopes: ['domain:update'], handle: patch },
  { method: 'PUT', path: one, scopes: ['domain:update'], handle: put },
  { method: 'DELETE', path: one, scopes: [], handle: remove },
]

function list(call: Call) {
  const domain = domainNamed(call)
  const name = call.url.searchParams.get('name')?.toLowerCase()
  const type = call.url.searchParams.get('type')
  const found = call.tx.tables.dnsRecords
    .find('domain', domain.name)
    .filter((record) => !name || inFull(record) === name.replace(/\.$/, ''))
    .filter((record) => !type || record.type === type)
  return listingOf(call, 'domain_records', found, view)
}

/** Listings are filtered by names in full. */
function inFull(record: DnsRecord): string {
  return record.name === '@' ? record.domain : `${record.name}.${record.domain}`
}

function show(call: Call) {
  return { status: 200, body: { domain_record: view(recordOf(call, domainNamed(call))) } }
}

function create(call: Call) {
  if (!call.access.can('domain:create')) call.access.require('domain:update')
  const domain = domainNamed(call)
  const type = typeOf(call)
  if (type === 'SOA') throw unprocessable('A domain has one SOA record already')
  const record = addRecord(call, domain, type, parseBody(dnsFields, call.body))
  return { status: 201, body: { domain_record: view(record) } }
}

function patch(call: Call) {
  return change(call, typeOf(call))
}

/** The Terraform provider changes records so, and does not tell their type. */
function put(call: Call) {
  return change(call, parseBody(typed, call.body).type ? typeOf(call) : null)
}

/** What is left out stays; a type that is given has to be what it is. */
function change(call: Call, wanted: DnsType | null) {
  const domain = domainNamed(call)
  const record = recordOf(call, domain)
  const type = wanted ?? record.type
  if (type !== record.type) throw unprocessable('The type of a record cannot be changed')
  const asked = parseBody(dnsFields, call.body)
  const data = asked.data ?? dataInFull(record)
  const name = asked.name || record.name
  const content = contentOf(type, { ...record, ...given(asked), name, data }, domain)
  const changed = { ...record, ...content }
  checkNeighbours(changed, call.tx.tables.dnsRecords.find('domain', domain.name))
  call.tx.put(call.tx.tables.dnsRecords, changed)
  return { status: 200, body: { domain_record: view(changed) } }
}

function given(asked: DnsFields): DnsFields {
  return Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== null && value !== undefined),
  )
}

/** As it has to be sent: hosts with a dot at the end. */
function dataInFull({ type, tag, data }: DnsRecord): string {
  return namesHost(type, tag) && data !== '@' ? `${data}.` : data
}

function remove(call: Call) {
  if (!call.access.can('domain:delete')) call.access.require('domain:update')
  const record = recordOf(call, domainNamed(call))
  if (record.type === 'SOA') throw unprocessable('The SOA record of a domain cannot be deleted')
  call.tx.remove(call.tx.tables.dnsRecords, record.id)
  return { status: 204 }
}

/**
 * Adds a record to a domain.
 * @throws ApiError 422 for content that its type does not allow, or beside a CNAME
 */
export function addRecord(
  call: Call,
  domain: DomainRecord,
  type: DnsType,
  asked: DnsFields,
): DnsRecord {
  const { tx, world, now } = call
  const content = contentOf(type, asked, domain)
  checkNeighbours({ type, name: content.name }, tx.tables.dnsRecords.find('domain', domain.name))
  const id = drawId(world, 'dns-record', tx.next('dns-record'))
  return tx.put(tx.tables.dnsRecords, { id, domain: domain.name, type, ...content, createdMs: now })
}

function typeOf(call: Call): DnsType {
  const { type } = parseBody(typed, call.body)
  const known = dnsTypes.find((each) => each === type)
  if (!known) throw unprocessable('Record type is not included in the list')
  return known
}

function recordOf(call: Call, domain: DomainRecord): DnsRecord {
  const record = call.tx.tables.dnsRecords.get(call.params['record'] ?? '')
  if (record?.domain !== domain.name) throw notFound()
  return record
}

/** @throws ApiError 404 when the account has no such domain */
export function domainNamed(call: Call): DomainRecord {
  const domain = call.tx.tables.domains.get((call.params['domain'] ?? '').toLowerCase())
  if (!domain) throw notFound()
  return domain
}

function view({ domain: _, createdMs: __, ...record }: DnsRecord) {
  return record
}
