import { sizeOf } from '../catalog/sizes.ts'
import type { World } from '../http/route.ts'
import type { ActionEffect } from '../resources/action-record.ts'
import { defaultBackupPolicy } from '../resources/backup-window.ts'
import { drawId } from '../resources/droplet-life.ts'
import type { DropletRecord } from '../resources/droplet-record.ts'
import { imageNeeds } from '../resources/image-origin.ts'
import { ensureTags, noteTagged } from '../resources/tag-naming.ts'
import { claimAddress, defaultVpc } from '../resources/vpc-life.ts'
import type { Transaction } from '../store/transaction.ts'
import { environmentOf, imageOf, regionOf, roleOf, tagsFor, vocabulary } from './vocabulary.ts'

/** The most resources a fleet may have. */
export const largestFleet = 100_000
export const defaultFleet = 40

const dayMs = 86_400_000
const oldestDays = 700

/** How the resources of a fleet are shared out: they add up to what was asked for. */
export function shareOut(resources: number): { droplets: number; snapshots: number; tags: number } {
  const tags = Math.min(vocabulary.length, Math.max(1, Math.round(resources * 0.2)))
  const snapshots = Math.round((resources - tags) * 0.25)
  return { droplets: resources - tags - snapshots, snapshots, tags }
}

/**
 * Fills an empty account with a fleet that has grown over two years: services of several roles in
 * several regions, a tenth of them off, snapshots of some.
 */
export function seedFleet(tx: Transaction, world: World, resources: number, now: number): void {
  const share = shareOut(resources)
  const tags = ensureTags(tx, vocabulary.slice(0, share.tags))
  const counts = new Map<string, number>()
  const droplets: DropletRecord[] = []
  for (let index = 0; index < share.droplets; index++) {
    const age = oldestDays * dayMs * (1 - index / share.droplets)
    const createdMs = Math.floor(now - age - world.random.fraction('created', index) * 0.5 * dayMs)
    droplets.push(addDroplet(tx, world, index, createdMs, tags, counts))
  }
  // Once a tag, for its last droplet: a write for each would be most of a large fleet's writes.
  const lastTagged = new Map(
    droplets.flatMap(({ id, tags }) => tags.map((tag): [string, number] => [tag, id])),
  )
  for (const [tag, id] of lastTagged) noteTagged(tx, [tag], 'droplets', id)
  for (let index = 0; index < share.snapshots; index++) {
    const droplet = droplets[Math.floor((index * droplets.length) / share.snapshots)]
    if (droplet) addSnapshot(tx, world, droplet, index, now)
  }
}

function addDroplet(
  tx: Transaction,
  world: World,
  index: number,
  createdMs: number,
  known: readonly string[],
  counts: Map<string, number>,
): DropletRecord {
  const { random } = world
  const role = roleOf(random, index)
  const region = regionOf(random, index)
  const place = `${role.name}.${region}`
  const number = (counts.get(place) ?? 0) + 1
  counts.set(place, number)
  const size = random.pick(role.sizes, 'size', index)
  const ordinal = tx.next('droplet')
  const id = drawId(world, 'droplet', ordinal)
  const wanted = tagsFor(role, environmentOf(random, index))
  const tags = known.filter((tag) => wanted.includes(tag))
  const vpc = defaultVpc(tx, world, region, createdMs)
  const droplet: DropletRecord = {
    id,
    name: `${role.name}-${String(number).padStart(2, '0')}.${region}`,
    region,
    size,
    disk: sizeOf(size).disk,
    status: random.fraction('off', index) < 0.1 ? 'off' : 'active',
    image: { kind: 'base', slug: imageOf(random, role, index) },
    ordinal,
    publicNetworking: true,
    ipv6: random.fraction('ipv6', index) < 0.4,
    monitoring: random.fraction('monitoring', index) < 0.8,
    agent: true,
    backups: role.backedUp ? defaultBackupPolicy : null,
    vpc: vpc.id,
    vpcAddress: claimAddress(tx, vpc),
    tags,
    pendingAction: null,
    createdMs,
    readableMs: createdMs,
    listedMs: createdMs,
    deletedMs: null,
    unlistedMs: null,
  }
  addAction(tx, world, droplet, { type: 'create' }, createdMs)
  return tx.put(tx.tables.droplets, droplet)
}

function addSnapshot(
  tx: Transaction,
  world: World,
  droplet: DropletRecord,
  index: number,
  now: number,
): void {
  const id = drawId(world, 'snapshot', tx.next('snapshot'))
  const share = world.random.fraction('snapshot-age', index)
  const createdMs = Math.floor(droplet.createdMs + share * (now - droplet.createdMs - dayMs / 2))
  const name = `${droplet.name}-${new Date(createdMs).toISOString().slice(0, 10)}`
  addAction(tx, world, droplet, { type: 'snapshot', name }, createdMs)
  tx.put(tx.tables.snapshots, {
    id,
    name,
    dropletId: droplet.id,
    distribution: imageNeeds(droplet.image).distribution,
    regions: [droplet.region],
    minDiskSize: droplet.disk,
    sizeGigabytes: Number(
      (droplet.disk * (0.06 + 0.2 * world.random.fraction('snapshot-size', id))).toFixed(2),
    ),
    tags: [],
    createdMs,
    listedMs: createdMs,
    deletedMs: null,
    unlistedMs: null,
  })
}

/** The action by which it was made, long completed. */
function addAction(
  tx: Transaction,
  world: World,
  droplet: DropletRecord,
  effect: ActionEffect,
  startedMs: number,
): void {
  const id = drawId(world, 'action', tx.next('action'))
  const endMs = startedMs + world.random.integer(20_000, 80_000, 'duration', id)
  tx.put(tx.tables.actions, {
    id,
    dropletId: droplet.id,
    region: droplet.region,
    status: 'completed',
    effect,
    fate: 'complete',
    startedMs,
    dueMs: endMs,
    completedMs: endMs,
  })
}
