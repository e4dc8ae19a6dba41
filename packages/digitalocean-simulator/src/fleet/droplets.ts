import { sizeOf } from '../catalog/sizes.ts'
import type { ActionEffect } from '../resources/actions/action-record.ts'
import { defaultBackupPolicy } from '../resources/droplets/backup-window.ts'
import { drawId } from '../resources/droplets/droplet-life.ts'
import type { DropletRecord } from '../resources/droplets/droplet-record.ts'
import { imageNeeds } from '../resources/images/image-origin.ts'
import { noteTagged } from '../resources/tags/tag-naming.ts'
import { claimAddress, defaultVpc, findVpc } from '../resources/vpcs/vpc-life.ts'
import { type Machine, type MachinePlan, spread } from './machines.ts'
import type { Past } from './past.ts'
import { dayMs, growthMs } from './timeline.ts'
import { imageOf, tagsFor } from './vocabulary.ts'

/**
 * Makes the machines, over two years. They are written rather than asked for, as their snapshots
 * are: there are too many of them.
 */
export function addDroplets(
  past: Past,
  plans: readonly MachinePlan[],
  tags: readonly string[],
): readonly Machine[] {
  const counts = new Map<string, number>()
  const machines = plans.map((plan) => {
    const age = growthMs * (1 - plan.index / plans.length)
    const sooner = past.world.random.fraction('created', plan.index) * 0.5 * dayMs
    const createdMs = Math.floor(past.now - age - sooner)
    return { plan, droplet: addDroplet(past, plan, createdMs, tags, counts) }
  })
  // Once a tag, for its last droplet: a write for each would be most of a large fleet's writes.
  const lastTagged = new Map(
    machines.flatMap(({ droplet }) => droplet.tags.map((tag) => [tag, droplet.id] as const)),
  )
  for (const [tag, id] of lastTagged) noteTagged(past.tx, [tag], 'droplets', id)
  return machines
}

function addDroplet(
  past: Past,
  plan: MachinePlan,
  createdMs: number,
  known: readonly string[],
  counts: Map<string, number>,
): DropletRecord {
  const { tx, world } = past
  const { random } = world
  const { index, role, region } = plan
  const place = `${role.name}.${region}`
  const number = (counts.get(place) ?? 0) + 1
  counts.set(place, number)
  const size = random.pick(role.sizes, 'size', index)
  const ordinal = tx.next('droplet')
  const wanted = tagsFor(role, plan.environment)
  const vpc =
    plan.vpc === undefined ? defaultVpc(tx, world, region, createdMs) : findVpc(tx, plan.vpc)
  const droplet: DropletRecord = {
    id: drawId(world, 'droplet', ordinal),
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
    tags: known.filter((tag) => wanted.includes(tag)),
    pendingAction: null,
    createdMs,
    readableMs: createdMs,
    listedMs: createdMs,
    deletedMs: null,
    unlistedMs: null,
  }
  addAction(past, droplet, { type: 'create' }, createdMs)
  return tx.put(tx.tables.droplets, droplet)
}

export function addSnapshots(past: Past, machines: readonly Machine[], count: number): void {
  for (let index = 0; index < count; index++) {
    const machine = spread(machines, index, count)
    if (machine) addSnapshot(past, machine.droplet, index)
  }
}

function addSnapshot(past: Past, droplet: DropletRecord, index: number): void {
  const { tx, world, now } = past
  const id = drawId(world, 'snapshot', tx.next('snapshot'))
  const share = world.random.fraction('snapshot-age', index)
  const since = Math.max(0, now - droplet.createdMs - dayMs / 2)
  const createdMs = Math.floor(droplet.createdMs + share * since)
  const name = `${droplet.name}-${new Date(createdMs).toISOString().slice(0, 10)}`
  addAction(past, droplet, { type: 'snapshot', name }, createdMs)
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
  { tx, world }: Past,
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
