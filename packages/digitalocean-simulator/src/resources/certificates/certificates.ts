import { z } from 'zod'
import { ApiError, notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { listingOf } from '../../http/listing.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Tables } from '../../store/tables.ts'
import type { Transaction } from '../../store/transaction.ts'
import { timestamp } from '../../time.ts'
import type { CertificateRecord } from './certificate-record.ts'
import { readOwnCertificate } from './own-certificate.ts'

const text = z.string().nullish()
const creation = z.object({
  name: text,
  type: z.enum(['custom', 'lets_encrypt']).nullish(),
  dns_names: z.array(z.string()).nullish(),
  private_key: text,
  leaf_certificate: text,
  certificate_chain: text,
})
type Creation = z.infer<typeof creation>

const dayMs = 86_400_000
const letsEncryptDays = 90
/** How long the real cloud takes to be given a certificate, about. */
const issuanceMs = 40_000

/**
 * The kinds of resource that hold certificates: what they hold is not deleted. A new kind adds its
 * line here.
 */
const holders: readonly ((tables: Tables, id: string) => boolean)[] = [
  (tables, id) => tables.cdnEndpoints.find('certificate', id).length > 0,
  (tables, id) =>
    Array.from(tables.loadBalancers.rows()).some(({ settings }) =>
      settings.forwarding_rules.some((rule) => rule.certificate_id === id),
    ),
]

/** Certificates: brought along, or asked of Let's Encrypt. */
export const certificateRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/certificates', scopes: ['certificate:read'], handle: list },
  { method: 'POST', path: '/v2/certificates', scopes: ['certificate:create'], handle: create },
  {
    method: 'GET',
    path: '/v2/certificates/:certificate',
    scopes: ['certificate:read'],
    handle: show,
  },
  {
    method: 'DELETE',
    path: '/v2/certificates/:certificate',
    scopes: ['certificate:delete'],
    handle: remove,
  },
]

function list(call: Call) {
  const name = call.url.searchParams.get('name')
  const { certificates } = call.tx.tables
  const found = name ? certificates.find('name', name) : certificates.rows()
  return listingOf(call, 'certificates', found, (row) => view(call, row))
}

function show(call: Call) {
  const certificate = certificateWithId(call.tx, call.params['certificate'])
  return { status: 200, body: { certificate: view(call, certificate) } }
}

function create(call: Call) {
  const { tx, world } = call
  const asked = parseBody(creation, call.body)
  const name = asked.name ?? ''
  if (name === '') throw unprocessable("Name can't be blank")
  if (tx.tables.certificates.find('name', name).length > 0) {
    throw unprocessable('Name has already been taken')
  }
  const id = world.random.uuid('certificate', tx.next('certificate'))
  const made = asked.type === 'lets_encrypt' ? issued(call, asked, id) : brought(call, asked)
  const certificate = tx.put(tx.tables.certificates, { id, name, createdMs: call.now, ...made })
  return { status: 201, body: { certificate: view(call, certificate) } }
}

type Made = Omit<CertificateRecord, 'id' | 'name' | 'createdMs'>

function brought(call: Call, asked: Creation): Made {
  const pem = {
    leaf: asked.leaf_certificate ?? '',
    key: asked.private_key ?? '',
    chain: asked.certificate_chain ?? '',
  }
  const own = readOwnCertificate(pem, call.now)
  return { type: 'custom', ...own, decidedMs: call.now, outcome: 'verified' }
}

/** Let's Encrypt gives one for the domains whose names DigitalOcean serves. */
function issued(call: Call, asked: Creation, id: string): Made {
  const dnsNames = (asked.dns_names ?? []).map((name) => name.toLowerCase())
  if (dnsNames.length === 0) throw unprocessable("Dns names can't be blank")
  const domains = Array.from(call.tx.tables.domains.rows())
  const isOurs = (name: string) => domains.some((domain) => `.${name}`.endsWith(`.${domain.name}`))
  if (!dnsNames.every(isOurs)) {
    throw unprocessable('one or more of the domains are not managed by DigitalOcean')
  }
  const { random, time } = call.world
  return {
    type: 'lets_encrypt',
    dnsNames,
    notAfterMs: call.now + letsEncryptDays * dayMs,
    sha1: [1, 2]
      .map((part) => random.uuid('sha1', part, id).replaceAll('-', ''))
      .join('')
      .slice(0, 40),
    decidedMs: call.now + time.scaled(issuanceMs * (0.8 + 0.4 * random.fraction('issuance', id))),
    outcome: call.fate === 'errored' ? 'error' : 'verified',
  }
}

function remove(call: Call) {
  const { id } = certificateWithId(call.tx, call.params['certificate'])
  if (holders.some((holds) => holds(call.tx.tables, id))) {
    const message = 'Make sure the certificate is not in use before deleting it'
    throw new ApiError(403, 'forbidden', message)
  }
  call.tx.remove(call.tx.tables.certificates, id)
  return { status: 204 }
}

/** @throws ApiError 404 when there is no such certificate */
export function certificateWithId(tx: Transaction, id: string | undefined): CertificateRecord {
  const certificate = tx.tables.certificates.get(id ?? '')
  if (!certificate) throw notFound()
  return certificate
}

/** As it stands: `pending` until it is decided. */
export function certificateState(now: number, certificate: CertificateRecord) {
  return now < certificate.decidedMs ? 'pending' : certificate.outcome
}

function view(call: Call, certificate: CertificateRecord) {
  return {
    id: certificate.id,
    name: certificate.name,
    not_after: timestamp(certificate.notAfterMs),
    sha1_fingerprint: certificate.sha1,
    created_at: timestamp(certificate.createdMs),
    dns_names: certificate.dnsNames,
    state: certificateState(call.now, certificate),
    type: certificate.type,
  }
}
