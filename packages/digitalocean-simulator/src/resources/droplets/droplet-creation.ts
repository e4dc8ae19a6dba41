import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { findSize, type Size } from '../../catalog/sizes.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { flag, parseBody } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'
import { findImageOrigin, imageNeeds } from '../images/image-origin.ts'
import { drawLag } from '../snapshots/snapshot-life.ts'
import { checkSshKeys } from '../ssh-keys/ssh-keys.ts'
import { ensureTags, noteTagged } from '../tags/tag-naming.ts'
import { volumesPerDroplet } from '../volumes/volume-life.ts'
import type { VolumeRecord } from '../volumes/volume-record.ts'
import { chooseVpc, claimAddress } from '../vpcs/vpc-life.ts'
import type { VpcRecord } from '../vpcs/vpc-record.ts'
import { defaultBackupPolicy } from './backup-window.ts'
import { beginAction, drawId } from './droplet-life.ts'
import { backupPolicy, type DropletRecord, type ImageOrigin } from './droplet-record.ts'
import { dropletView } from './droplet-view.ts'

const hostname = /^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/
const mostNames = 10

/** By its id, or as the official Go client names it: by an object. */
const volumeKey = z.union([
  z.string().transform((id) => ({ id })),
  z.object({ id: z.string() }),
  z.object({ name: z.string() }),
])
type VolumeKey = z.infer<typeof volumeKey>

const creation = z.object({
  name: z.string().nullish(),
  names: z.array(z.string()).nullish(),
  region: z.string().nullish(),
  size: z.string().nullish(),
  image: z.union([z.string(), z.number()]).nullish(),
  ssh_keys: z.array(z.union([z.string(), z.number()])).nullish(),
  backups: flag.nullish(),
  backup_policy: backupPolicy.nullish(),
  ipv6: flag.nullish(),
  monitoring: flag.nullish(),
  tags: z.array(z.string()).nullish(),
  user_data: z.string().nullish(),
  volumes: z.array(volumeKey).nullish(),
  vpc_uuid: z.string().nullish(),
  with_droplet_agent: flag.nullish(),
  public_networking: flag.nullish(),
})
type Creation = z.infer<typeof creation>

/** `POST /v2/droplets`: one by `name`, up to ten by `names`. */
export function createDroplets(call: Call) {
  const asked = parseBody(creation, call.body)
  requireScopes(call, asked)
  const names = checkNames(asked)
  const plan = checkPlan(call, asked)
  checkLimit(call, names.length)
  const tags = ensureTags(call.tx, asked.tags ?? [])
  const begun = names.map((name) => {
    const begun = beginAction(call, addDroplet(call, asked, plan, name, tags), { type: 'create' })
    noteTagged(call.tx, tags, 'droplets', begun.droplet.id)
    for (const volume of plan.volumes) {
      call.tx.put(call.tx.tables.volumes, { ...volume, droplet: begun.droplet.id })
    }
    return begun
  })
  const actions = begun.map(({ action }) => ({
    id: action.id,
    rel: 'create',
    href: `${call.url.origin}/v2/actions/${action.id}`,
  }))
  const droplets = begun.map(({ droplet }) => dropletView(call, droplet))
  const body = asked.names ? { droplets } : { droplet: droplets[0] }
  return { status: 202, body: { ...body, links: { actions } } }
}

interface Plan {
  readonly size: Size
  readonly region: string
  readonly image: ImageOrigin
  readonly vpc: VpcRecord
  readonly volumes: readonly VolumeRecord[]
}

function requireScopes(call: Call, asked: Creation): void {
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  if (asked.ssh_keys && asked.ssh_keys.length > 0) call.access.require('ssh_key:read')
  if (asked.vpc_uuid) call.access.require('vpc:read')
  if (asked.volumes && asked.volumes.length > 0) call.access.require('block_storage:read')
}

function checkNames(asked: Creation): readonly string[] {
  if (isGiven(asked.name) === isGiven(asked.names)) {
    throw unprocessable('You must specify either a name or names for Droplet creation.')
  }
  const names = asked.names ?? [asked.name ?? '']
  if (names.length === 0 || names.length > mostNames) {
    throw unprocessable(`You can create between 1 and ${mostNames} Droplets at once.`)
  }
  for (const name of names) checkHostname(name)
  return names
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** @throws ApiError 422 for a name that no host may have */
export function checkHostname(name: string): void {
  if (name.length > 255 || !hostname.test(name)) {
    throw unprocessable('Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)')
  }
}

function checkPlan(call: Call, asked: Creation): Plan {
  const size = findSize(asked.size ?? '')
  if (!size) throw unprocessable('You specified an invalid size for Droplet creation.')
  const region = asked.region || anyRegion(call)
  if (!availableRegions.includes(region)) {
    throw unprocessable('You specified an invalid region for Droplet creation.')
  }
  const image = checkImage(call, asked.image ?? '', region, size)
  checkSshKeys(call.tx, asked.ssh_keys ?? [])
  const vpc = chooseVpc(call, asked.vpc_uuid, region)
  return { size, region, image, vpc, volumes: checkVolumes(call, asked, region) }
}

/** Attached from the first moment on, and so to one droplet at most. */
function checkVolumes(call: Call, asked: Creation, region: string): readonly VolumeRecord[] {
  const keys = asked.volumes ?? []
  const volumes = keys.flatMap((key) => findVolume(call, key, region) ?? [])
  const once = new Set(volumes.map(({ id }) => id)).size === keys.length
  const free = volumes.every((volume) => volume.droplet === null && volume.pendingAction === null)
  const near = volumes.every((volume) => volume.region === region)
  const alone = keys.length === 0 || (asked.names?.length ?? 1) === 1
  if (!once || !free || !near || !alone || keys.length > volumesPerDroplet) {
    throw unprocessable('You specified an invalid volume for Droplet creation.')
  }
  return volumes
}

function findVolume(call: Call, key: VolumeKey, region: string): VolumeRecord | undefined {
  if ('id' in key) return call.tx.tables.volumes.get(key.id)
  const named = call.tx.tables.volumes.find('name', key.name)
  return named.find((volume) => volume.region === region)
}

function checkImage(call: Call, key: string | number, region: string, size: Size): ImageOrigin {
  const image = imageOrRefusal(call, key)
  const needs = imageNeeds(image)
  if (!needs.regions.includes(region)) {
    throw unprocessable(
      'The image you specified is not available in the selected region, you can transfer it to this region from the images pages.',
    )
  }
  if (needs.minDiskSize > size.disk) {
    throw unprocessable('The image you specified needs a larger disk than the selected size has.')
  }
  return image
}

function imageOrRefusal(call: Call, key: string | number): ImageOrigin {
  try {
    return findImageOrigin(call.tx, key)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw unprocessable('You specified an invalid image for Droplet creation.')
  }
}

/** Without a region the cloud chooses one. */
function anyRegion(call: Call): string {
  const [first = 'nyc3', ...others] = availableRegions
  return call.world.random.pick([first, ...others], 'region', call.now)
}

function checkLimit(call: Call, wanted: number): void {
  const { droplets } = call.tx.tables
  const living = droplets.size - droplets.find('state', 'deleted').length
  if (living + wanted > call.world.dropletLimit) {
    throw unprocessable('creating this/these droplet(s) will exceed your droplet limit')
  }
}

function addDroplet(
  call: Call,
  asked: Creation,
  plan: Plan,
  name: string,
  tags: string[],
): DropletRecord {
  const { tx, world, now } = call
  const ordinal = tx.next('droplet')
  const id = drawId(world, 'droplet', ordinal)
  return tx.put(tx.tables.droplets, {
    id,
    name,
    region: plan.region,
    size: plan.size.slug,
    disk: plan.size.disk,
    status: 'new',
    image: plan.image,
    ordinal,
    publicNetworking: asked.public_networking ?? true,
    ipv6: asked.ipv6 ?? false,
    monitoring: asked.monitoring ?? false,
    agent: asked.with_droplet_agent ?? true,
    backups: asked.backups ? (asked.backup_policy ?? defaultBackupPolicy) : null,
    vpc: plan.vpc.id,
    vpcAddress: claimAddress(tx, plan.vpc),
    tags,
    pendingAction: null,
    createdMs: now,
    readableMs: now + drawLag(world, world.lag.read, 'readable', id),
    listedMs: now + drawLag(world, world.lag.list, 'listed', id),
    deletedMs: null,
    unlistedMs: null,
  })
}
