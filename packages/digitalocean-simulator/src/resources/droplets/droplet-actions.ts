import { z } from 'zod'
import { findSize } from '../../catalog/sizes.ts'
import { ApiError, unprocessable } from '../../http/answer.ts'
import { flag, parseBody } from '../../http/body.ts'
import type { Call, Route } from '../../http/route.ts'
import type { ActionEffect, ActionRecord } from '../actions/action-record.ts'
import { actionRules } from '../actions/action-rules.ts'
import { actionView } from '../actions/actions.ts'
import { findImageOrigin, imageNeeds } from '../images/image-origin.ts'
import { isListed } from '../snapshots/snapshot-life.ts'
import { defaultBackupPolicy } from './backup-window.ts'
import { checkHostname } from './droplet-creation.ts'
import { kernel } from './droplet-kernels.ts'
import { beginAction, readableDroplet } from './droplet-life.ts'
import { backupPolicy, type DropletRecord, type ImageOrigin } from './droplet-record.ts'

const plainTypes = [
  'power_on',
  'power_off',
  'shutdown',
  'reboot',
  'power_cycle',
  'password_reset',
  'enable_ipv6',
  'disable_backups',
] as const
const imageKey = z.union([z.string(), z.number()])

const order = z.discriminatedUnion('type', [
  z.object({ type: z.enum(plainTypes) }),
  z.object({ type: z.literal('snapshot'), name: z.string().nullish() }),
  z.object({ type: z.literal('resize'), size: z.string(), disk: flag.nullish() }),
  z.object({ type: z.literal('rename'), name: z.string() }),
  z.object({ type: z.literal('rebuild'), image: imageKey }),
  z.object({ type: z.literal('restore'), image: imageKey }),
  z.object({ type: z.literal('enable_backups'), backup_policy: backupPolicy.nullish() }),
  z.object({ type: z.literal('change_backup_policy'), backup_policy: backupPolicy }),
  z.object({ type: z.literal('change_kernel'), kernel: z.number() }),
])
type Order = z.infer<typeof order>

/** What is done to droplets: one at a time, or all with a tag. */
export const dropletActionRoutes: readonly Route[] = [
  { method: 'POST', path: '/v2/droplets/actions', scopes: ['droplet:update'], handle: actOnTagged },
  {
    method: 'POST',
    path: '/v2/droplets/:droplet/actions',
    scopes: ['droplet:update'],
    handle: act,
  },
]

function act(call: Call) {
  const asked = parseOrder(call)
  const droplet = readableDroplet(call, call.params['droplet'])
  return { status: 201, body: { action: actionView(begin(call, droplet, asked)) } }
}

function actOnTagged(call: Call) {
  const tag = call.url.searchParams.get('tag_name')
  if (!tag) throw unprocessable('tag_name is required')
  call.access.require('tag:read')
  const asked = parseOrder(call)
  const droplets = call.tx.tables.droplets
    .find('tag', tag.toLowerCase())
    .filter((droplet) => isListed(call, droplet) && droplet.deletedMs === null)
  const actions = droplets.map((droplet) => actionView(begin(call, droplet, asked)))
  return { status: 201, body: { actions } }
}

function parseOrder(call: Call): Order {
  const asked = parseBody(order, call.body)
  call.access.require(...actionRules[asked.type].scopes)
  return asked
}

/** What is wrong with the order is told only once the droplet is free. */
function begin(call: Call, droplet: DropletRecord, asked: Order): ActionRecord {
  if (droplet.pendingAction !== null) throw unprocessable('Droplet already has a pending event.')
  const refusal = actionRules[asked.type].refused[droplet.status]
  if (refusal !== undefined) throw unprocessable(refusal)
  return beginAction(call, droplet, effectOf(call, droplet, asked)).action
}

function effectOf(call: Call, droplet: DropletRecord, asked: Order): ActionEffect {
  switch (asked.type) {
    case 'snapshot':
      return { type: asked.type, name: asked.name || `${droplet.name}-${call.now}` }
    case 'resize':
      return resize(droplet, asked.size, asked.disk ?? false)
    case 'rename':
      checkHostname(asked.name)
      return { type: asked.type, name: asked.name }
    case 'rebuild':
      return { type: asked.type, image: fittingImage(call, droplet, asked.image) }
    case 'restore':
      return { type: asked.type, image: ownImage(call, droplet, asked.image) }
    case 'enable_ipv6':
      if (droplet.ipv6) throw unprocessable('IPv6 is already enabled for this Droplet.')
      return { type: asked.type }
    case 'enable_backups':
      if (droplet.backups) throw unprocessable('Backups are already enabled for this Droplet.')
      return { type: asked.type, policy: asked.backup_policy ?? defaultBackupPolicy }
    case 'change_backup_policy':
      requireBackups(droplet)
      return { type: asked.type, policy: asked.backup_policy }
    case 'disable_backups':
      requireBackups(droplet)
      return { type: asked.type }
    case 'change_kernel':
      if (asked.kernel !== kernel.id) throw unprocessable('You specified an invalid kernel.')
      return { type: asked.type }
    default:
      return { type: asked.type }
  }
}

function requireBackups(droplet: DropletRecord): void {
  if (!droplet.backups) throw unprocessable('Backups are not enabled for this Droplet.')
}

/** A disk never shrinks: neither with its droplet nor under it. */
function resize(droplet: DropletRecord, slug: string, disk: boolean): ActionEffect {
  const size = findSize(slug)
  if (!size) throw unprocessable('You specified an invalid size for Droplet resize.')
  if (size.slug === droplet.size && (!disk || size.disk === droplet.disk)) {
    throw unprocessable('Droplet is already this size.')
  }
  if (size.disk < droplet.disk) {
    throw unprocessable('This size is not available because it has a smaller disk.')
  }
  return { type: 'resize', size: size.slug, disk }
}

function fittingImage(call: Call, droplet: DropletRecord, key: string | number): ImageOrigin {
  const image = anyImage(call, key)
  const needs = imageNeeds(image)
  if (!needs.regions.includes(droplet.region)) {
    throw unprocessable('The image you specified is not available in the region of the Droplet.')
  }
  if (needs.minDiskSize > droplet.disk) {
    throw unprocessable('The image you specified needs a larger disk than the Droplet has.')
  }
  return image
}

function ownImage(call: Call, droplet: DropletRecord, key: string | number): ImageOrigin {
  const image = anyImage(call, key)
  if (image.kind !== 'snapshot' || image.snapshot.dropletId !== droplet.id) {
    throw unprocessable('The image you specified is not a backup or snapshot of this Droplet.')
  }
  return image
}

function anyImage(call: Call, key: string | number): ImageOrigin {
  try {
    return findImageOrigin(call.tx, key)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw unprocessable('You specified an invalid image.')
  }
}
