import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { unprocessable } from '../../http/answer.ts'
import type { DnsRecord, DnsType } from './domain-record.ts'

const number = z.number().nullish()
const text = z.string().nullish()

/** What a record is made of or changed to. Clients send zeros and empty text for what is not meant. */
export const dnsFields = z.object({
  name: text,
  data: text,
  priority: number,
  port: number,
  ttl: number,
  weight: number,
  flags: number,
  tag: text,
})
export type DnsFields = z.infer<typeof dnsFields>

/** What can be said of a record, besides its type. */
type Content = Omit<DnsRecord, 'id' | 'domain' | 'type' | 'createdMs'>

/** The numbers and the tag that a type of record has beside its data. */
const extras: Readonly<Record<DnsType, readonly (keyof Content)[]>> = {
  A: [],
  AAAA: [],
  CAA: ['flags', 'tag'],
  CNAME: [],
  MX: ['priority'],
  NS: [],
  SOA: [],
  SRV: ['priority', 'port', 'weight'],
  TXT: [],
}

const shortestTtl = 30
const longestTtl = 2_147_483_647
const caaTags = ['issue', 'issuewild', 'iodef']

/**
 * The content of a record of a type, checked, and spelled as the API gives it back.
 * @throws ApiError 422 for what the type does not allow
 */
export function contentOf(
  type: DnsType,
  asked: DnsFields,
  domain: { readonly name: string; readonly ttl: number },
): Content {
  const has = (field: keyof Content) => extras[type].includes(field)
  const ranged = (field: 'priority' | 'port' | 'weight' | 'flags', most: number) =>
    has(field) ? inRange(field, asked[field] ?? 0, 0, most) : null
  const tag = has('tag') ? caaTag(asked.tag) : null
  return {
    name: hostName(type, asked.name, domain.name),
    data: dataOf(type, asked.data, domain.name, tag),
    priority: ranged('priority', 65_535),
    port: ranged('port', 65_535),
    ttl: inRange('ttl', asked.ttl || domain.ttl, shortestTtl, longestTtl),
    weight: ranged('weight', 65_535),
    flags: ranged('flags', 255),
    tag,
  }
}

function inRange(field: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw unprocessable(`${capitalised(field)} must be between ${least} and ${most}`)
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function caaTag(tag: string | null | undefined): string {
  if (tag && caaTags.includes(tag)) return tag
  throw unprocessable(tag ? 'Tag is not included in the list' : "Tag can't be blank")
}

/** Relative to the domain, whether it came so or in full with a dot at its end. */
function hostName(type: DnsType, name: string | null | undefined, domain: string): string {
  const wanted = (name ?? '').trim().toLowerCase()
  if (wanted === '' && !['MX', 'NS', 'SOA'].includes(type)) {
    throw unprocessable("Name can't be blank")
  }
  if (wanted === '' || wanted === '@' || wanted === `${domain}.`) return '@'
  const relative = wanted.endsWith(`.${domain}.`) ? wanted.slice(0, -domain.length - 2) : wanted
  if (!/^(\*|[a-z0-9_/-]+|\*\.[a-z0-9_/.-]+|[a-z0-9_/-][a-z0-9_/.-]*[a-z0-9_/-])$/.test(relative)) {
    throw unprocessable('Name is not a valid hostname')
  }
  return relative
}

function dataOf(
  type: DnsType,
  data: string | null | undefined,
  domain: string,
  tag: string | null,
): string {
  if (!data) throw unprocessable("Data can't be blank")
  if (type === 'A' && !isIPv4(data)) {
    throw unprocessable('IP address did not match IPv4 format (e.g. 127.0.0.1).')
  }
  if (type === 'AAAA' && !isIPv6(data)) {
    throw unprocessable('IP address did not match IPv6 format (e.g. 2001:db8::ff00:42:8329).')
  }
  return namesHost(type, tag) ? hostData(data, domain) : data
}

/** Whether the data of a type of record is the name of a host. */
export function namesHost(type: DnsType, tag: string | null): boolean {
  return ['CNAME', 'MX', 'NS', 'SRV'].includes(type) || (type === 'CAA' && tag !== 'iodef')
}

/** A host is given in full, and comes back without the dot; the domain itself comes back as `@`. */
function hostData(data: string, domain: string): string {
  if (data === '@') return data
  if (!data.endsWith('.')) throw unprocessable('Data needs to end with a dot (.)')
  const host = data.slice(0, -1)
  return host.toLowerCase() === domain ? '@' : host
}

/** @throws ApiError 422 where a CNAME would share its name: it stands for the whole name */
export function checkNeighbours(
  wanted: { readonly id?: number; readonly type: DnsType; readonly name: string },
  others: readonly DnsRecord[],
): void {
  const namesakes = others.filter(({ id, name }) => name === wanted.name && id !== wanted.id)
  const clash = wanted.type === 'CNAME' ? namesakes[0] : namesakes.find(isAlias)
  if (clash) throw unprocessable('CNAME records cannot share a name with other records')
}

function isAlias(record: DnsRecord): boolean {
  return record.type === 'CNAME'
}
