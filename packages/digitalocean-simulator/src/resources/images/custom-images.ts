import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { drawId, startAction } from '../droplets/droplet-life.ts'
import { ensureTags, noteTagged } from '../tags/tag-naming.ts'
import type { CustomImageRecord } from './custom-image-record.ts'

const creation = z.object({
  name: z.string().nullish(),
  url: z.string().nullish(),
  region: z.string().nullish(),
  distribution: z.string().nullish(),
  description: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
})

const distributions = [
  'Arch Linux',
  'CentOS',
  'CoreOS',
  'Debian',
  'Fedora',
  'Fedora Atomic',
  'FreeBSD',
  'Gentoo',
  'openSUSE',
  'RancherOS',
  'Rocky Linux',
  'Ubuntu',
  'Unknown',
]
/** How long an import waits before it is under way, at most of the real API's time. */
const queueMs = 10_000

/** `POST /v2/images`: imports an image. Nothing is fetched: any address will do. */
export function importImage(call: Call) {
  const { tx, world, now } = call
  const asked = parseBody(creation, call.body)
  if (asked.tags && asked.tags.length > 0) call.access.require('tag:create')
  const name = asked.name ?? ''
  if (name === '') throw unprocessable("Name can't be blank")
  if (!isFetchable(asked.url)) throw unprocessable('Url is not valid')
  const region = asked.region ?? ''
  if (!availableRegions.includes(region)) throw unprocessable('Region is not valid')
  const id = drawId(world, 'snapshot', tx.next('snapshot'))
  const tags = ensureTags(tx, asked.tags ?? [])
  const image = tx.put(tx.tables.customImages, {
    id,
    name,
    description: asked.description ?? '',
    distribution: checkDistribution(asked.distribution || 'Unknown'),
    region,
    regions: [],
    minDiskSize: null,
    sizeGigabytes: null,
    state: 'importing',
    tags,
    createdMs: now,
    underWayMs: now + world.time.scaled(queueMs),
  })
  noteTagged(tx, tags, 'images', id)
  startAction(call, { type: 'image_import', imageId: id }, region)
  return { status: 202, body: { image: customImageView(call.now, image) } }
}

function isFetchable(url: string | null | undefined): boolean {
  return /^(https?|ftp):$/.test(URL.parse(url ?? '')?.protocol ?? '')
}

/** @throws ApiError 422 for a distribution that no custom image can be said to be of */
export function checkDistribution(distribution: string): string {
  if (distributions.includes(distribution)) return distribution
  throw unprocessable('Distribution is not included in the list')
}

/** A custom image as the API writes it. */
export function customImageView(now: number, image: CustomImageRecord) {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: null,
    public: false,
    regions: image.regions,
    created_at: timestamp(image.createdMs),
    min_disk_size: image.minDiskSize,
    type: 'custom',
    size_gigabytes: image.sizeGigabytes,
    description: image.description,
    tags: image.tags,
    status: statusOf(now, image),
    error_message: image.state === 'failed' ? 'The image could not be imported.' : '',
  }
}

function statusOf(now: number, { state, underWayMs }: CustomImageRecord): string {
  if (state === 'available') return 'available'
  if (state === 'failed') return 'deleted'
  return now < underWayMs ? 'NEW' : 'pending'
}
