import { sizeOf } from '../catalog/sizes.ts'
import type { World } from '../http/route.ts'
import type { Transaction } from '../store/transaction.ts'
import type { ActionRecord, DropletEffect } from './actions/action-record.ts'
import { settleAutoscalePools } from './autoscale/pools.ts'
import { dropletPrice, snapshotPrice, volumeSnapshotPrice } from './billing/prices.ts'
import { bookEnd } from './billing/usage.ts'
import { settleDatabases } from './databases/life.ts'
import { makeBackups, windowsSince } from './droplets/backup-life.ts'
import { settleDestructions } from './droplets/destruction-life.ts'
import { forgetDroplet } from './droplets/droplet-destruction.ts'
import { drawId, endAction } from './droplets/droplet-life.ts'
import type { DropletRecord } from './droplets/droplet-record.ts'
import { takesImageEffect } from './images/image-life.ts'
import { imageNeeds } from './images/image-origin.ts'
import { settleKubernetes } from './kubernetes/life.ts'
import { takesAddressEffect } from './reserved-ips/reserved-ip-life.ts'
import { drawLag } from './snapshots/snapshot-life.ts'
import { takesVolumeEffect } from './volumes/volume-life.ts'

/**
 * Does what time has done since the last request: ends the actions that are due, in the order in
 * which they are due and as of that time, and forgets what listings no longer show. It depends on
 * stored times alone, so that it makes no difference when it runs, or whether in the same process.
 */
export function settle(tx: Transaction, world: World, now: number): void {
  const { droplets, snapshots, volumeSnapshots } = tx.tables
  for (const windowMs of windowsSince(tx, now)) {
    endDueActions(tx, world, windowMs)
    makeBackups(tx, world, windowMs)
  }
  endDueActions(tx, world, now)
  settleDestructions(tx, world)
  for (const droplet of droplets.find('state', 'deleted')) {
    if (droplet.unlistedMs === null || droplet.unlistedMs > now) continue
    bookEnd(tx, dropletPrice(droplet))
    tx.remove(droplets, droplet.id)
  }
  for (const snapshot of snapshots.find('state', 'deleted')) {
    if (snapshot.unlistedMs === null || snapshot.unlistedMs > now) continue
    bookEnd(tx, snapshotPrice(snapshot))
    tx.remove(snapshots, snapshot.id)
  }
  for (const snapshot of volumeSnapshots.find('state', 'deleted')) {
    if (snapshot.unlistedMs === null || snapshot.unlistedMs > now) continue
    bookEnd(tx, volumeSnapshotPrice(snapshot))
    tx.remove(volumeSnapshots, snapshot.id)
  }
  settleDatabases(tx, now)
  settleKubernetes(tx, now)
  settleAutoscalePools(tx, now)
}

function endDueActions(tx: Transaction, world: World, now: number): void {
  const due = tx.tables.actions
    .find('status', 'in-progress')
    .filter((action) => action.fate !== 'stuck' && action.dueMs <= now)
  for (const action of [...due].sort((a, b) => a.dueMs - b.dueMs || a.id - b.id)) {
    finishAction(tx, world, action, action.dueMs)
  }
}

/** Ends one action as its fate has it, at the given time. */
export function finishAction(
  tx: Transaction,
  world: World,
  action: ActionRecord,
  atMs: number,
): void {
  const works = action.fate === 'complete' && takesEffect(tx, world, action, atMs)
  endAction(tx, action, works ? 'completed' : 'errored', atMs)
}

/** Makes an action's change; false when what it was for is gone. */
function takesEffect(tx: Transaction, world: World, action: ActionRecord, atMs: number): boolean {
  const { effect } = action
  if ('volume' in effect) return takesVolumeEffect(tx, effect, action.dropletId)
  if ('address' in effect) return takesAddressEffect(tx, effect)
  if ('imageId' in effect) return takesImageEffect(tx, world, effect)
  const droplet = tx.tables.droplets.get(action.dropletId ?? '')
  if (!droplet || droplet.deletedMs !== null) return false
  if (effect.type === 'destroy') forgetDroplet(tx, world, droplet, atMs)
  else if (effect.type === 'snapshot') {
    addSnapshot(tx, world, droplet, effect.name, action.startedMs, atMs)
  } else tx.put(tx.tables.droplets, { ...droplet, ...changesOf(effect, droplet) })
  return true
}

/** What an action changes of its droplet. */
function changesOf(
  effect: Exclude<DropletEffect, { type: 'destroy' | 'snapshot' }>,
  droplet: DropletRecord,
): Partial<DropletRecord> {
  switch (effect.type) {
    case 'create':
    case 'power_on':
    case 'reboot':
    case 'power_cycle':
    case 'password_reset':
      return { status: 'active' }
    case 'power_off':
    case 'shutdown':
      return { status: 'off' }
    case 'resize':
      return {
        size: effect.size,
        disk: effect.disk ? sizeOf(effect.size).disk : droplet.disk,
      }
    case 'rename':
      return { name: effect.name }
    case 'rebuild':
    case 'restore':
      return { image: effect.image, status: 'active' }
    case 'enable_ipv6':
      return { ipv6: true }
    case 'enable_backups':
    case 'change_backup_policy':
      return { backups: effect.policy }
    case 'disable_backups':
      return { backups: null }
    case 'change_kernel':
      // Its own kernel is what a droplet boots, whatever it is told.
      return {}
    default:
      return effect satisfies never
  }
}

/** The snapshot is dated from when its action started, and is listed only some seconds after it ended. */
function addSnapshot(
  tx: Transaction,
  world: World,
  droplet: DropletRecord,
  name: string,
  startedMs: number,
  atMs: number,
): void {
  const id = drawId(world, 'snapshot', tx.next('snapshot'))
  const used = 0.06 + 0.2 * world.random.fraction('snapshot-size', id)
  tx.put(tx.tables.snapshots, {
    id,
    name,
    dropletId: droplet.id,
    distribution: imageNeeds(droplet.image).distribution,
    regions: [droplet.region],
    minDiskSize: droplet.disk,
    sizeGigabytes: Number((droplet.disk * used).toFixed(2)),
    tags: [],
    createdMs: startedMs,
    listedMs: atMs + drawLag(world, world.lag.snapshot, 'snapshot', id),
    deletedMs: null,
    unlistedMs: null,
  })
}
