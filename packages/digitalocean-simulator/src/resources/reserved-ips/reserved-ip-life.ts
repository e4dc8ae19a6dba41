import { notFound } from '../../http/answer.ts'
import type { World } from '../../http/route.ts'
import type { Table } from '../../store/table.ts'
import type { Tables } from '../../store/tables.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { AddressEffect } from '../actions/action-record.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import { parseAddress } from '../vpcs/ip-range.ts'
import type { ReservedIpRecord } from './reserved-ip-record.ts'

type Addresses = Table<ReservedIpRecord, 'droplet'>

/** The table in which an address is. */
export function addressesLike(tables: Tables, ip: string): Addresses {
  return ip.includes(':') ? tables.reservedIpv6s : tables.reservedIps
}

/** An address in its shortest spelling, in which it is kept. */
export function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip
  return URL.parse(`http://[${ip}]`)?.hostname.slice(1, -1) ?? ip
}

/** @throws ApiError 404 when there is no such address in this table */
export function findReservedIp(table: Addresses, ip: string | undefined): ReservedIpRecord {
  const found = table.get(canonicalIp(ip ?? ''))
  if (!found) throw notFound()
  return found
}

/** Makes an action's change; false when what it was for is gone. */
export function takesAddressEffect(tx: Transaction, effect: AddressEffect): boolean {
  const table = addressesLike(tx.tables, effect.address)
  const reserved = table.get(effect.address)
  if (!reserved) return false
  if (effect.type !== 'assign_ip') {
    tx.put(table, { ...reserved, droplet: null })
    return true
  }
  const droplet = tx.tables.droplets.get(effect.droplet)
  if (!droplet || droplet.deletedMs !== null) return false
  tx.put(table, { ...reserved, droplet: droplet.id })
  return true
}

/** Lets an address be acted on again when its action ends. */
export function freeAddress(tx: Transaction, address: string, actionId: number): void {
  const table = addressesLike(tx.tables, address)
  const reserved = table.get(address)
  if (reserved?.pendingAction === actionId) tx.put(table, { ...reserved, pendingAction: null })
}

/** What led to a destroyed droplet leads nowhere, and stays the account's. */
export function leaveAddresses(tx: Transaction, _world: World, { id }: DropletRecord): void {
  for (const table of [tx.tables.reservedIps, tx.tables.reservedIpv6s]) {
    for (const reserved of table.find('droplet', id)) {
      tx.put(table, { ...reserved, droplet: null })
    }
  }
}

/** Addresses as numbers, by which actions name them: of the sixth version the last 32 bits. */
export function addressNumber(ip: string): number {
  const v4 = parseAddress(ip)
  if (v4 !== null) return v4
  const [last = '0', before = '0'] = ip.split(':').reverse()
  return Number.parseInt(before || '0', 16) * 2 ** 16 + Number.parseInt(last || '0', 16)
}
