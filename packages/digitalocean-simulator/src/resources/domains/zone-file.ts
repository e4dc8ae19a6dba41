import type { DnsRecord, DomainRecord } from './domain-record.ts'

/** A domain's records in the form of RFC 1035, which is how the API shows a domain. */
export function zoneFile(domain: DomainRecord, records: readonly DnsRecord[]): string {
  const serial = Math.floor(domain.createdMs / 1000)
  const soa = `ns1.digitalocean.com. hostmaster.${domain.name}. ${serial} 10800 3600 604800 1800`
  const lines = records
    .filter(({ type }) => type !== 'SOA')
    .map((record) => {
      const { type, ttl } = record
      return `${inFull(record.name, domain)} ${ttl} IN ${type} ${content(record, domain)}`
    })
  const head = [`$ORIGIN ${domain.name}.`, `$TTL ${domain.ttl}`]
  return `${[...head, `${domain.name}. IN SOA ${soa}`, ...lines].join('\n')}\n`
}

function inFull(name: string, domain: DomainRecord): string {
  return name === '@' ? `${domain.name}.` : `${name}.${domain.name}.`
}

function content(record: DnsRecord, domain: DomainRecord): string {
  const host = record.data === '@' ? `${domain.name}.` : `${record.data}.`
  switch (record.type) {
    case 'CNAME':
    case 'NS':
      return host
    case 'MX':
      return `${record.priority} ${host}`
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${host}`
    case 'TXT':
      return JSON.stringify(record.data)
    case 'CAA':
      return `${record.flags} ${record.tag} ${JSON.stringify(record.data)}`
    default:
      return record.data
  }
}
