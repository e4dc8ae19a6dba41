import { isIPv4 } from 'node:net'
import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import type { DomainRecord } from './domain-record.ts'
import { addRecord, domainNamed } from './domain-records.ts'
import { zoneFile } from './zone-file.ts'

const creation = z.object({ name: z.string().nullish(), ip_address: z.string().nullish() })

const validName = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/
const defaultTtl = 1_800
const nameServers = ['ns1', 'ns2', 'ns3'].map((host) => `${host}.digitalocean.com.`)

/** Domains: found by their name, made with the records that every zone has. */
export const domainRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/domains', scopes: ['domain:read'], handle: list },
  { method: 'POST', path: '/v2/domains', scopes: ['domain:create'], handle: create },
  { method: 'GET', path: '/v2/domains/:domain', scopes: ['domain:read'], handle: show },
  { method: 'DELETE', path: '/v2/domains/:domain', scopes: ['domain:delete'], handle: remove },
]

function list(call: Call) {
  return listingOf(call, 'domains', call.tx.tables.domains.rows(), (each) => view(call, each))
}

function show(call: Call) {
  return { status: 200, body: { domain: view(call, domainNamed(call)) } }
}

function create(call: Call) {
  const { tx, now } = call
  const asked = parseBody(creation, call.body)
  const name = (asked.name ?? '').toLowerCase()
  if (name === '') throw unprocessable("Name can't be blank")
  if (!validName.test(name)) throw unprocessable('Name is not a valid domain name')
  if (tx.tables.domains.get(name)) throw unprocessable('Name already exists')
  if (asked.ip_address && !isIPv4(asked.ip_address)) {
    throw unprocessable('IP address did not match IPv4 format (e.g. 127.0.0.1).')
  }
  const domain = tx.put(tx.tables.domains, { name, ttl: defaultTtl, createdMs: now })
  addRecord(call, domain, 'SOA', { data: String(defaultTtl) })
  for (const data of nameServers) addRecord(call, domain, 'NS', { data })
  if (asked.ip_address) addRecord(call, domain, 'A', { name: '@', data: asked.ip_address })
  // The real API has not made the zone yet when it answers.
  return { status: 201, body: { domain: { name, ttl: defaultTtl, zone_file: null } } }
}

function remove(call: Call) {
  const { tx } = call
  const domain = domainNamed(call)
  for (const record of tx.tables.dnsRecords.find('domain', domain.name)) {
    tx.remove(tx.tables.dnsRecords, record.id)
  }
  tx.remove(tx.tables.domains, domain.name)
  return { status: 204 }
}

function view(call: Call, domain: DomainRecord) {
  const records = call.tx.tables.dnsRecords.find('domain', domain.name)
  return { name: domain.name, ttl: domain.ttl, zone_file: zoneFile(domain, records) }
}
