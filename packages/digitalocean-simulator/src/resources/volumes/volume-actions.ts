import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { numeric, parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import type { VolumeEffect } from '../actions/action-record.ts'
import { actionView } from '../actions/actions.ts'
import { beginAction, readableDroplet, startAction } from '../droplets/droplet-life.ts'
import type { DropletRecord } from '../droplets/droplet-record.ts'
import { ensureTags, noteTagged } from '../tags/tag-naming.ts'
import { largestVolume, volumeNamed, volumesPerDroplet, volumeWithId } from './volume-life.ts'
import type { VolumeRecord } from './volume-record.ts'

const dropletId = numeric.transform(String)
const place = { region: z.string().nullish() }

const order = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('attach'),
    droplet_id: dropletId,
    tags: z.array(z.string()).nullish(),
    ...place,
  }),
  z.object({ type: z.literal('detach'), droplet_id: dropletId.nullish(), ...place }),
  z.object({ type: z.literal('resize'), size_gigabytes: numeric, ...place }),
])
type Order = z.infer<typeof order>

const name = z.object({ volume_name: z.string(), region: z.string().nullish() })

/** What is done to volumes, each by its id or by its name and region. */
export const volumeActionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v2/volumes/actions',
    scopes: ['block_storage_action:create'],
    handle: actOnNamed,
  },
  {
    method: 'POST',
    path: '/v2/volumes/:volume/actions',
    scopes: ['block_storage_action:create'],
    handle: act,
  },
  {
    method: 'GET',
    path: '/v2/volumes/:volume/actions',
    scopes: ['block_storage_action:read'],
    handle: list,
  },
  {
    method: 'GET',
    path: '/v2/volumes/:volume/actions/:action',
    scopes: ['block_storage_action:read'],
    handle: show,
  },
]

function act(call: Call) {
  const volume = volumeWithId(call.tx, call.params['volume'])
  return begin(call, volume, parseBody(order, call.body))
}

function actOnNamed(call: Call) {
  const asked = parseBody(order, call.body)
  const { volume_name, region } = parseBody(name, call.body)
  const named = call.tx.tables.volumes.find('name', volume_name)
  const volume = region ? volumeNamed(call.tx, volume_name, region) : named[0]
  if (!volume || (!region && named.length > 1)) throw notFound()
  return begin(call, volume, asked)
}

function list(call: Call) {
  const volume = volumeWithId(call.tx, call.params['volume'])
  const page = paginate([...call.tx.tables.actions.find('volume', volume.id)].reverse(), call.url)
  const actions = page.items.map(actionView)
  return { status: 200, body: { actions, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const volume = volumeWithId(call.tx, call.params['volume'])
  const action = call.tx.tables.actions.get(call.params['action'] ?? '')
  if (!action || !('volume' in action.effect) || action.effect.volume !== volume.id) {
    throw notFound()
  }
  return { status: 200, body: { action: actionView(action) } }
}

function begin(call: Call, volume: VolumeRecord, asked: Order) {
  if (volume.pendingAction !== null) throw unprocessable('Volume already has a pending event.')
  if (asked.region && asked.region !== volume.region) {
    throw unprocessable('The volume is not in the region that was given.')
  }
  const { tx } = call
  const { effect, droplet } = plan(call, volume, asked)
  const action = droplet
    ? beginAction(call, droplet, effect).action
    : startAction(call, effect, volume.region)
  const tagged = asked.type === 'attach' ? tagsWith(call, volume, asked.tags ?? []) : volume.tags
  tx.put(tx.tables.volumes, { ...volume, tags: tagged, pendingAction: action.id })
  return { status: 202, body: { action: actionView(action) } }
}

function tagsWith(call: Call, volume: VolumeRecord, wanted: readonly string[]): string[] {
  if (wanted.length > 0) call.access.require('tag:create')
  const tags = ensureTags(call.tx, wanted)
  noteTagged(call.tx, tags, 'volumes', volume.id)
  return [...new Set([...volume.tags, ...tags])]
}

/** What the order means, and the droplet that it keeps busy meanwhile. */
function plan(
  call: Call,
  volume: VolumeRecord,
  asked: Order,
): { readonly effect: VolumeEffect; readonly droplet?: DropletRecord } {
  switch (asked.type) {
    case 'attach': {
      const droplet = attachable(call, volume, asked.droplet_id)
      return { effect: { type: 'attach_volume', volume: volume.id }, droplet }
    }
    case 'detach': {
      const droplet = call.tx.tables.droplets.get(volume.droplet ?? '')
      if (!droplet || String(droplet.id) !== asked.droplet_id) {
        throw unprocessable('Attachment not found')
      }
      return { effect: { type: 'detach_volume', volume: volume.id }, droplet }
    }
    case 'resize': {
      const gigabytes = checkGrowth(volume, asked.size_gigabytes)
      return { effect: { type: 'resize_volume', volume: volume.id, gigabytes } }
    }
    default:
      return asked satisfies never
  }
}

function attachable(call: Call, volume: VolumeRecord, id: string): DropletRecord {
  const droplet = readableDroplet(call, id)
  if (volume.droplet !== null) throw unprocessable('This volume is already attached')
  if (droplet.region !== volume.region) {
    throw unprocessable('The Droplet and the volume must be in the same region')
  }
  if (call.tx.tables.volumes.find('droplet', droplet.id).length >= volumesPerDroplet) {
    throw unprocessable('cannot attach more volumes to the Droplet')
  }
  return droplet
}

function checkGrowth(volume: VolumeRecord, gigabytes: number): number {
  if (!Number.isInteger(gigabytes) || gigabytes <= volume.gigabytes) {
    throw unprocessable('A volume can only be resized to a larger size')
  }
  if (gigabytes > largestVolume) {
    throw unprocessable(`A volume can have at most ${largestVolume} GiB`)
  }
  return gigabytes
}
