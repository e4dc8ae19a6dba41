import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { imageNeeds } from '../images/image-origin.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { retentionMs, windowBegins } from './backup-window.ts'
import { drawId } from './droplet-life.ts'
import type { BackupPolicy, DropletRecord } from './droplet-record.ts'

const hourMs = 3_600_000
/** Every window begins at a multiple of this. */
const slotMs = 4 * hourMs
const madeUntil = 'backups-made-until-slot'
/** No backup is kept for longer, so that windows before that need not be gone through. */
const mostSlots = (28 * 24 * hourMs) / slotMs

/**
 * The beginnings of windows since backups were last made, oldest first; none before the first time,
 * for what was before it is not known.
 */
export function windowsSince(tx: Transaction, now: number): readonly number[] {
  const { settings } = tx.tables
  const slot = Math.floor(now / slotMs)
  const until = settings.get(madeUntil)?.value
  if (until === slot) return []
  tx.put(settings, { id: madeUntil, value: slot })
  if (until === undefined || until > slot) return []
  const first = Math.max(until + 1, slot - mostSlots)
  return Array.from({ length: slot - first + 1 }, (_, index) => (first + index) * slotMs)
}

/** Makes the backups of one window, and drops those that have been kept for long enough. */
export function makeBackups(tx: Transaction, world: World, windowMs: number): void {
  for (const droplet of tx.tables.droplets.rows()) {
    const { backups, status, deletedMs } = droplet
    if (backups === null || status === 'new' || deletedMs !== null) continue
    if (!windowBegins(backups, windowMs)) continue
    dropOld(tx, droplet, backups, windowMs)
    addBackup(tx, world, droplet, windowMs)
  }
}

function addBackup(tx: Transaction, world: World, droplet: DropletRecord, windowMs: number): void {
  const id = drawId(world, 'snapshot', tx.next('snapshot'))
  const used = 0.06 + 0.2 * world.random.fraction('snapshot-size', id)
  // They are taken one droplet after the other, somewhere in the window.
  const createdMs = windowMs + world.random.integer(0, 90, 'backup', id) * 60_000
  tx.put(tx.tables.snapshots, {
    id,
    backup: true,
    name: `${droplet.name}- ${new Date(windowMs).toISOString().slice(0, 10)}`,
    dropletId: droplet.id,
    distribution: imageNeeds(droplet.image).distribution,
    regions: [droplet.region],
    minDiskSize: droplet.disk,
    sizeGigabytes: Number((droplet.disk * used).toFixed(2)),
    tags: [],
    createdMs,
    listedMs: createdMs + drawLag(world, world.lag.snapshot, 'snapshot', id),
    deletedMs: null,
    unlistedMs: null,
  })
}

/** Those whose days are over by the end of the window. */
function dropOld(
  tx: Transaction,
  droplet: DropletRecord,
  policy: BackupPolicy,
  windowMs: number,
): void {
  for (const each of tx.tables.snapshots.find('droplet', droplet.id)) {
    const kept = each.createdMs + retentionMs(policy) > windowMs + slotMs
    if (each.backup === true && each.deletedMs === null && !kept) {
      tx.put(tx.tables.snapshots, { ...each, deletedMs: windowMs, unlistedMs: windowMs })
    }
  }
}

/** A droplet's backups go with it; its snapshots stay. */
export function forgetBackups(tx: Transaction, droplet: DropletRecord, atMs: number): void {
  for (const each of tx.tables.snapshots.find('droplet', droplet.id)) {
    if (each.backup === true && each.deletedMs === null) {
      tx.put(tx.tables.snapshots, { ...each, deletedMs: atMs, unlistedMs: atMs })
    }
  }
}
