import { z } from 'zod'
import { conflict, notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { certificateState } from '../certificates/certificates.ts'
import type { CdnEndpointRecord } from './cdn-endpoint-record.ts'

const text = z.string().nullish()
const creation = z.object({
  origin: text,
  ttl: z.number().nullish(),
  certificate_id: text,
  custom_domain: text,
})
const update = creation.omit({ origin: true })
type Update = z.infer<typeof update>
const purge = z.object({ files: z.array(z.string().min(1)).min(1) })

const ttls = [60, 600, 3_600, 86_400, 604_800]
const defaultTtl = 3_600
const space = /^([a-z0-9][a-z0-9-]*)\.([a-z]{3}\d)\.digitaloceanspaces\.com$/
const hostname = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/
/** What clients send when DigitalOcean shall get the certificate by itself. */
const managedCertificate = 'needs-cloudflare-cert'

const one = '/v2/cdn/endpoints/:endpoint'

/** Content delivery for Spaces. */
export const cdnEndpointRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/cdn/endpoints', scopes: ['cdn:read'], handle: list },
  { method: 'POST', path: '/v2/cdn/endpoints', scopes: ['cdn:create'], handle: create },
  { method: 'GET', path: one, scopes: ['cdn:read'], handle: show },
  { method: 'PUT', path: one, scopes: ['cdn:update'], handle: change },
  { method: 'DELETE', path: one, scopes: ['cdn:delete'], handle: remove },
  { method: 'DELETE', path: `${one}/cache`, scopes: ['cdn:delete'], handle: purgeCache },
]

function list(call: Call) {
  return listingOf(call, 'endpoints', call.tx.tables.cdnEndpoints.rows(), view)
}

function show(call: Call) {
  return { status: 200, body: { endpoint: view(endpointOf(call)) } }
}

function create(call: Call) {
  const { tx, world, now } = call
  const asked = parseBody(creation, call.body)
  const origin = (asked.origin ?? '').toLowerCase()
  // There are no Spaces here: any that could be one will do.
  if (!space.test(origin)) throw unprocessable('origin must be the address of a Space')
  if (tx.tables.cdnEndpoints.find('origin', origin).length > 0) {
    throw conflict('origin already has a CDN endpoint')
  }
  const endpoint = tx.put(tx.tables.cdnEndpoints, {
    id: world.random.uuid('cdn-endpoint', tx.next('cdn-endpoint')),
    origin,
    ttl: checkTtl(asked.ttl || defaultTtl),
    ...checkDomain(call, asked),
    createdMs: now,
    purgedMs: null,
  })
  return { status: 201, body: { endpoint: view(endpoint) } }
}

/** What is left out stays; an empty domain takes domain and certificate away. */
function change(call: Call) {
  const endpoint = endpointOf(call)
  const asked = parseBody(update, call.body)
  const names = asked.certificate_id !== undefined || asked.custom_domain !== undefined
  const changed = call.tx.put(call.tx.tables.cdnEndpoints, {
    ...endpoint,
    ttl: checkTtl(asked.ttl || endpoint.ttl),
    ...(names ? checkDomain(call, asked) : {}),
  })
  return { status: 200, body: { endpoint: view(changed) } }
}

function remove(call: Call) {
  call.tx.remove(call.tx.tables.cdnEndpoints, endpointOf(call).id)
  return { status: 204 }
}

function purgeCache(call: Call) {
  const endpoint = endpointOf(call)
  parseBody(purge, call.body)
  call.tx.put(call.tx.tables.cdnEndpoints, { ...endpoint, purgedMs: call.now })
  return { status: 204 }
}

function checkTtl(ttl: number): number {
  if (ttls.includes(ttl)) return ttl
  throw unprocessable(`ttl must be one of ${ttls.join(', ')}`)
}

/** A domain of one's own and its certificate come together or not at all. */
function checkDomain(call: Call, asked: Update) {
  const customDomain = asked.custom_domain || null
  const certificate = asked.certificate_id || null
  if ((customDomain === null) !== (certificate === null)) {
    throw unprocessable('custom_domain and certificate_id must be given together')
  }
  if (customDomain !== null && !hostname.test(customDomain)) {
    throw unprocessable('custom_domain must be a hostname')
  }
  if (certificate !== null && certificate !== managedCertificate) {
    const found = call.tx.tables.certificates.get(certificate)
    if (!found || certificateState(call.now, found) !== 'verified') {
      throw unprocessable('certificate_id is not the id of a certificate that is verified')
    }
  }
  return { customDomain, certificate }
}

function endpointOf(call: Call): CdnEndpointRecord {
  const endpoint = call.tx.tables.cdnEndpoints.get(call.params['endpoint'] ?? '')
  if (!endpoint) throw notFound()
  return endpoint
}

function view(endpoint: CdnEndpointRecord) {
  const { customDomain, certificate } = endpoint
  return {
    id: endpoint.id,
    origin: endpoint.origin,
    endpoint: endpoint.origin.replace(space, '$1.$2.cdn.digitaloceanspaces.com'),
    created_at: timestamp(endpoint.createdMs),
    ttl: endpoint.ttl,
    ...(certificate === null ? {} : { certificate_id: certificate }),
    ...(customDomain === null ? {} : { custom_domain: customDomain }),
  }
}
