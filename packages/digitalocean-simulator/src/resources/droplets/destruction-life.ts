import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { volumePrice } from '../billing/prices.ts'
import { bookEnd } from '../billing/usage.ts'
import { deleteSnapshot } from '../snapshots/snapshot-life.ts'
import { deleteVolumeSnapshot } from '../volumes/volume-snapshots.ts'
import type { AssociatedKind, DestructionRecord } from './destruction-record.ts'

interface Moment {
  readonly tx: Transaction
  readonly world: World
  readonly now: number
}

/** Ends those destructions whose droplet's action is over, as of when that ended. */
export function settleDestructions(tx: Transaction, world: World): void {
  const { destructions, actions } = tx.tables
  for (const destruction of destructions.find('state', 'under-way')) {
    const endedMs = actions.get(destruction.action)?.completedMs ?? null
    if (endedMs !== null) completeDestruction({ tx, world, now: endedMs }, destruction)
  }
}

/** Destroys what is left of it, if the droplet is gone, and notes what could not be. */
export function completeDestruction(at: Moment, destruction: DestructionRecord): void {
  const { tx, now } = at
  const droplet = tx.tables.droplets.get(destruction.droplet)
  const isGone = !droplet || droplet.deletedMs !== null
  const doomed = destruction.doomed.map((each) => {
    if (each.destroyedMs !== null) return each
    const error = isGone
      ? destroyers[each.kind](at, each.id)
      : 'The Droplet could not be destroyed.'
    return { ...each, error, destroyedMs: error === null ? now : null }
  })
  tx.put(tx.tables.destructions, {
    ...destruction,
    destroyedMs: isGone ? (destruction.destroyedMs ?? now) : null,
    error: isGone ? null : 'The Droplet could not be destroyed.',
    doomed,
    completedMs: now,
  })
}

/** How one thing of each kind is destroyed, or why not. What is gone already is well gone. */
const destroyers: Readonly<Record<AssociatedKind, (at: Moment, id: string) => string | null>> = {
  reserved_ips: ({ tx }, id) => {
    const reserved = tx.tables.reservedIps.get(id)
    if (reserved?.droplet) return 'The reserved IP is assigned to another Droplet.'
    if (reserved) tx.remove(tx.tables.reservedIps, id)
    return null
  },
  snapshots: (at, id) => {
    const snapshot = at.tx.tables.snapshots.get(id)
    if (snapshot && snapshot.deletedMs === null) deleteSnapshot(at, snapshot)
    return null
  },
  volumes: ({ tx, now }, id) => {
    const volume = tx.tables.volumes.get(id)
    if (volume && (volume.droplet !== null || volume.pendingAction !== null)) {
      return 'The volume is in use.'
    }
    if (volume) {
      bookEnd(tx, volumePrice(volume, now))
      tx.remove(tx.tables.volumes, id)
    }
    return null
  },
  volume_snapshots: (at, id) => {
    const snapshot = at.tx.tables.volumeSnapshots.get(id)
    if (snapshot && snapshot.deletedMs === null) deleteVolumeSnapshot(at, snapshot)
    return null
  },
}
