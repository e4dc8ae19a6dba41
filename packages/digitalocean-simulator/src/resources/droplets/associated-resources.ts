import { z } from 'zod'
import { conflict, notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { timestamp } from '../../time.ts'
import { gigabytePrices } from '../billing/prices.ts'
import { completeDestruction } from './destruction-life.ts'
import {
  type AssociatedKind,
  associatedKinds,
  type DestructionRecord,
  type Doomed,
} from './destruction-record.ts'
import { beginAction, readableDroplet } from './droplet-life.ts'
import type { DropletRecord } from './droplet-record.ts'

/** Of one that leads nowhere, in US dollars a month. */
const reservedIpPrice = 5

const path = '/v2/droplets/:droplet/destroy_with_associated_resources'
const scopes = [
  'droplet:delete',
  'block_storage:delete',
  'block_storage_snapshot:delete',
  'image:delete',
  'reserved_ip:delete',
] as const

const ids = z.array(z.string()).nullish()
const selection = z.object({
  floating_ips: ids,
  reserved_ips: ids,
  snapshots: ids,
  volumes: ids,
  volume_snapshots: ids,
})

/** What belongs to a droplet, and the destruction of both together. */
export const associatedResourceRoutes: readonly Route[] = [
  { method: 'GET', path, scopes: ['droplet:read'], handle: list },
  { method: 'DELETE', path: `${path}/selective`, scopes, handle: destroySome },
  { method: 'DELETE', path: `${path}/dangerous`, scopes, handle: destroyAll },
  { method: 'GET', path: `${path}/status`, scopes: ['droplet:delete'], handle: showStatus },
  { method: 'POST', path: `${path}/retry`, scopes, handle: retry },
]

interface Associated {
  readonly kind: AssociatedKind
  readonly id: string
  readonly name: string
  /** In US dollars a month. */
  readonly cost: number
}

function list(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  return { status: 200, body: byKind(associatedWith(call.tx, droplet.id), associatedView) }
}

function associatedWith(tx: Transaction, dropletId: number): readonly Associated[] {
  const { reservedIps, snapshots, volumes, volumeSnapshots } = tx.tables
  const own = volumes.find('droplet', dropletId)
  const isLiving = (row: { readonly deletedMs: number | null }) => row.deletedMs === null
  const snapshotOf = (kind: AssociatedKind) => (row: SnapshotLike) => ({
    kind,
    id: String(row.id),
    name: row.name,
    cost: row.sizeGigabytes * gigabytePrices.snapshot,
  })
  return [
    ...reservedIps.find('droplet', dropletId).map(({ ip }) => ({
      kind: 'reserved_ips' as const,
      id: ip,
      name: ip,
      cost: reservedIpPrice,
    })),
    // Backups go with their droplet in any case.
    ...snapshots
      .find('droplet', dropletId)
      .filter((row) => isLiving(row) && row.backup !== true)
      .map(snapshotOf('snapshots')),
    ...own.map(({ id, name, gigabytes }) => ({
      kind: 'volumes' as const,
      id,
      name,
      cost: gigabytes * gigabytePrices.volume,
    })),
    ...own
      .flatMap(({ id }) => volumeSnapshots.find('volume', id))
      .filter(isLiving)
      .map(snapshotOf('volume_snapshots')),
  ]
}

interface SnapshotLike {
  readonly id: string | number
  readonly name: string
  readonly sizeGigabytes: number
}

function associatedView({ id, name, cost }: Associated) {
  return { id, name, cost: cost.toFixed(2) }
}

/** Kind by kind, each named even if there is none. Reserved IPs go by their old name, too. */
function byKind<T extends { readonly kind: AssociatedKind }>(
  all: readonly T[],
  view: (one: T) => unknown,
): Readonly<Record<string, readonly unknown[]>> {
  const of = (kind: AssociatedKind) => all.filter((one) => one.kind === kind).map(view)
  const known = Object.fromEntries(associatedKinds.map((kind) => [kind, of(kind)]))
  return { ...known, floating_ips: of('reserved_ips') }
}

function destroySome(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  const asked = parseBody(selection, call.body ?? {})
  const wanted = new Map<AssociatedKind, readonly string[]>([
    ['reserved_ips', [...(asked.reserved_ips ?? []), ...(asked.floating_ips ?? [])]],
    ['snapshots', asked.snapshots ?? []],
    ['volumes', asked.volumes ?? []],
    ['volume_snapshots', asked.volume_snapshots ?? []],
  ])
  const associated = associatedWith(call.tx, droplet.id)
  for (const [kind, ids] of wanted) {
    const stranger = ids.find((id) => !associated.some((one) => one.kind === kind && one.id === id))
    if (stranger !== undefined) {
      throw unprocessable(`${kind}: ${stranger} is not associated with the Droplet`)
    }
  }
  const chosen = associated.filter(({ kind, id }) => wanted.get(kind)?.includes(id))
  return begin(call, droplet, chosen.map(doom))
}

/** All of it, at a word that nobody sends by accident. */
function destroyAll(call: Call) {
  const droplet = readableDroplet(call, call.params['droplet'])
  if (call.header('x-dangerous')?.toLowerCase() !== 'true') {
    throw unprocessable('The X-Dangerous header must be set to true')
  }
  return begin(call, droplet, associatedWith(call.tx, droplet.id).map(doom))
}

function doom({ kind, id, name }: Associated): Doomed {
  return { kind, id, name, destroyedMs: null, error: null }
}

function begin(call: Call, droplet: DropletRecord, doomed: Doomed[]) {
  const { action } = beginAction(call, droplet, { type: 'destroy' })
  call.tx.put(call.tx.tables.destructions, {
    droplet: droplet.id,
    name: droplet.name,
    action: action.id,
    destroyedMs: null,
    error: null,
    doomed,
    completedMs: null,
  })
  return { status: 202 }
}

/** Tries again what was not destroyed; the droplet may be gone by now. */
function retry(call: Call) {
  const destruction = destructionOf(call)
  if (destruction.completedMs === null) {
    throw conflict('The request could not be completed due to a conflict.')
  }
  const { tx } = call
  const droplet = tx.tables.droplets.get(destruction.droplet)
  if (droplet && droplet.deletedMs === null) return begin(call, droplet, destruction.doomed)
  completeDestruction(call, destruction)
  return { status: 202 }
}

function showStatus(call: Call) {
  const { droplet, name, doomed, completedMs, ...fate } = destructionOf(call)
  const failures = doomed.filter(({ error }) => error !== null).length
  const body = {
    droplet: { id: String(droplet), name, ...fateView(fate) },
    resources: byKind(doomed, (one) => ({ id: one.id, name: one.name, ...fateView(one) })),
    ...(completedMs === null ? {} : { completed_at: timestamp(completedMs) }),
    failures: failures + (fate.error === null ? 0 : 1),
  }
  return { status: 200, body }
}

function fateView({ destroyedMs, error }: Pick<Doomed, 'destroyedMs' | 'error'>) {
  return {
    ...(destroyedMs === null ? {} : { destroyed_at: timestamp(destroyedMs) }),
    ...(error === null ? {} : { error_message: error }),
  }
}

function destructionOf(call: Call): DestructionRecord {
  const destruction = call.tx.tables.destructions.get(call.params['droplet'] ?? '')
  if (!destruction) throw notFound()
  return destruction
}
