import { z } from 'zod'
import { publicAddress } from '../resources/droplets/droplet-view.ts'
import type { Machine } from './machines.ts'
import type { Past } from './past.ts'
import { dayMs, foundedMs } from './timeline.ts'
import type { Balancer } from './traffic.ts'

/** A domain, and the certificate of it if it has one. */
export interface Domain {
  readonly name: string
  readonly certificate: string | undefined
}

const certificateMade = z.object({ certificate: z.object({ id: z.string() }) })

/** Domains, and certificates of the first of them. Names are RFC 2606's: nobody's. */
export function addDomains(past: Past, count: number, certificates: number): readonly Domain[] {
  return Array.from({ length: count }, (_, index) => {
    const name = index === 0 ? 'acme.example' : `acme-${index + 1}.example`
    const atMs = past.now - foundedMs + (20 + index / 10) * dayMs
    past.tell({ atMs, path: '/v2/domains', body: { name } })
    const certificate = index < certificates ? addCertificate(past, name, index) : undefined
    return { name, certificate }
  })
}

/** Renewed not long ago, and so younger than what uses it. */
function addCertificate(past: Past, name: string, index: number): string {
  const age = past.world.random.integer(2, 58, 'certificate', index)
  const body = {
    name: name.replace('.', '-'),
    type: 'lets_encrypt',
    dns_names: [name, `www.${name}`],
  }
  const order = { atMs: past.now - age * dayMs, path: '/v2/certificates', body }
  return past.ask(order, certificateMade).certificate.id
}

/** How many machines a domain names. */
const hostsPerDomain = 5

/** The records by which a domain leads to its load balancer, to some machines, and to mail. */
export function addRecords(
  past: Past,
  domains: readonly Domain[],
  balancers: readonly Balancer[],
  machines: readonly Machine[],
): void {
  for (const [index, { name: domain }] of domains.entries()) {
    const add = (atMs: number, body: object) => {
      past.tell({ atMs, path: '/v2/domains/:domain/records', params: { domain }, body })
    }
    const founded = past.now - foundedMs + (30 + index / 10) * dayMs
    const ip = balancers[index % balancers.length]?.ip
    if (ip) add(founded, { type: 'A', name: '@', data: ip })
    add(founded, { type: 'CNAME', name: 'www', data: '@' })
    add(founded, { type: 'MX', name: '@', data: 'mx.example.net.', priority: 10 })
    add(founded, { type: 'TXT', name: '@', data: 'v=spf1 mx -all' })
    add(founded, { type: 'CAA', name: '@', data: 'letsencrypt.org.', flags: 0, tag: 'issue' })
    const hosts = machines.slice(index * hostsPerDomain, (index + 1) * hostsPerDomain)
    for (const { droplet } of hosts) {
      const data = publicAddress(droplet)
      add(droplet.createdMs, { type: 'A', name: droplet.name, data, ttl: 3_600 })
    }
  }
}
