import { z } from 'zod'
import { baseImages, findBaseImage } from '../../catalog/images.ts'
import { forbidden } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { deleteSnapshot, listedSnapshots, livingSnapshot } from '../snapshots/snapshot-life.ts'
import type { SnapshotRecord } from '../snapshots/snapshot-record.ts'
import type { CustomImageRecord } from './custom-image-record.ts'
import { checkDistribution, customImageView, importImage } from './custom-images.ts'
import { baseImageView, snapshotImageView } from './image-origin.ts'

const update = z.object({
  name: z.string().nullish(),
  distribution: z.string().nullish(),
  description: z.string().nullish(),
})

/** Images: public ones, and the account's own: its snapshots under their ids, and what it imported. */
export const imageRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/images', scopes: ['image:read'], handle: list },
  { method: 'POST', path: '/v2/images', scopes: ['image:create'], handle: importImage },
  { method: 'GET', path: '/v2/images/:image', scopes: ['image:read'], handle: show },
  { method: 'PUT', path: '/v2/images/:image', scopes: ['image:update'], handle: change },
  { method: 'DELETE', path: '/v2/images/:image', scopes: ['image:delete'], handle: remove },
]

export type OwnImage = SnapshotRecord | CustomImageRecord

function list(call: Call) {
  const query = call.url.searchParams
  const type = query.get('type') || null
  const tag = query.get('tag_name') || null
  if (tag !== null) call.access.require('tag:read')
  const { snapshots, customImages } = call.tx.tables
  const own: OwnImage[] = [
    ...listedSnapshots(call, snapshots.rows()),
    ...Array.from(customImages.rows()).filter((row) => isShown(call, row)),
  ]
  const isPublicOnly = type === 'distribution' || type === 'application'
  const isOwnOnly = query.get('private') === 'true' || tag !== null
  const views = [
    ...(isOwnOnly ? [] : baseImages.filter(({ kind }) => !isPublicOnly || kind === type)).map(
      baseImageView,
    ),
    ...(isPublicOnly ? [] : own.filter((each) => tag === null || hasTag(each, tag))).map((each) =>
      ownImageView(call, each),
    ),
  ]
  const page = paginate(views, call.url)
  return { status: 200, body: { images: page.items, links: page.links, meta: page.meta } }
}

function isShown(call: Call, image: CustomImageRecord): boolean {
  return image.createdMs + call.hideYoungerMs <= call.now
}

function show(call: Call) {
  const image = anyImage(call)
  const view = 'slug' in image ? baseImageView(image) : ownImageView(call, image)
  return { status: 200, body: { image: view } }
}

function change(call: Call) {
  const { tables } = call.tx
  const image = ownImage(call)
  const asked = parseBody(update, call.body)
  const changes = {
    name: asked.name || image.name,
    distribution: asked.distribution ? checkDistribution(asked.distribution) : image.distribution,
    description: asked.description ?? image.description ?? '',
  }
  const changed: OwnImage =
    'state' in image
      ? call.tx.put(tables.customImages, { ...image, ...changes })
      : call.tx.put(tables.snapshots, { ...image, ...changes })
  return { status: 200, body: { image: ownImageView(call, changed) } }
}

function remove(call: Call) {
  const image = ownImage(call)
  if ('state' in image) call.tx.remove(call.tx.tables.customImages, image.id)
  else deleteSnapshot(call, image)
  return { status: 204 }
}

/** @throws ApiError 404 when there is none */
export function anyImage(call: Call) {
  return findBaseImage(call.params['image'] ?? '') ?? ownImage(call)
}

/** @throws ApiError 403 for a public image, 404 when there is none */
export function ownImage(call: Call): OwnImage {
  const key = call.params['image'] ?? ''
  if (findBaseImage(key)) throw forbidden()
  return call.tx.tables.customImages.get(key) ?? livingSnapshot(call.tx, key)
}

function hasTag(image: OwnImage, tag: string): boolean {
  return image.tags.some((each) => each.toLowerCase() === tag.toLowerCase())
}

function ownImageView(call: Call, image: OwnImage) {
  return 'state' in image ? customImageView(call.now, image) : snapshotImageView(image)
}
