import { z } from 'zod'
import { notFound, unprocessable } from '../http/answer.ts'
import { parseBody } from '../http/body.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'
import type { Transaction } from '../store/transaction.ts'
import { ensureTags, noteTagged } from './tag-naming.ts'
import type { TagRecord } from './tag-record.ts'

const creation = z.object({ name: z.string() })
const taggedResources = z.object({
  resources: z.array(
    z.object({
      resource_id: z.union([z.string(), z.number()]).transform(String),
      resource_type: z.string(),
    }),
  ),
})

/** Tags: they ignore case, and keep their first spelling. */
export const tagRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/tags', scopes: ['tag:read'], handle: list },
  { method: 'POST', path: '/v2/tags', scopes: ['tag:create'], handle: create },
  { method: 'GET', path: '/v2/tags/:tag', scopes: ['tag:read'], handle: show },
  { method: 'DELETE', path: '/v2/tags/:tag', scopes: ['tag:delete'], handle: remove },
  { method: 'POST', path: '/v2/tags/:tag/resources', scopes: ['tag:create'], handle: tagThem },
  { method: 'DELETE', path: '/v2/tags/:tag/resources', scopes: ['tag:delete'], handle: untagThem },
]

function list(call: Call) {
  const page = paginate([...call.tx.tables.tags.rows()], call.url)
  const tags = page.items.map((tag) => tagView(call, tag))
  return { status: 200, body: { tags, links: page.links, meta: page.meta } }
}

function create(call: Call) {
  const { name } = parseBody(creation, call.body)
  const [spelled] = ensureTags(call.tx, [name])
  return { status: 201, body: { tag: tagView(call, tagNamed(call, spelled)) } }
}

function show(call: Call) {
  return { status: 200, body: { tag: tagView(call, tagNamed(call, call.params['tag'])) } }
}

function remove(call: Call) {
  const { tables } = call.tx
  const tag = tagNamed(call, call.params['tag'])
  const key = tag.name.toLowerCase()
  const without = (tags: readonly string[]) => tags.filter((each) => each.toLowerCase() !== key)
  for (const droplet of tables.droplets.find('tag', key)) {
    call.tx.put(tables.droplets, { ...droplet, tags: without(droplet.tags) })
  }
  for (const snapshot of tables.snapshots.find('tag', key)) {
    call.tx.put(tables.snapshots, { ...snapshot, tags: without(snapshot.tags) })
  }
  call.tx.remove(tables.tags, key)
  return { status: 204 }
}

function tagThem(call: Call) {
  const tag = tagNamed(call, call.params['tag'])
  return changeThem(call, (tags) => [...tags.filter((each) => each !== tag.name), tag.name], tag)
}

function untagThem(call: Call) {
  const tag = tagNamed(call, call.params['tag'])
  return changeThem(call, (tags) => tags.filter((each) => each !== tag.name))
}

function changeThem(call: Call, change: (tags: readonly string[]) => string[], tagged?: TagRecord) {
  const names = tagged ? [tagged.name] : []
  for (const resource of parseBody(taggedResources, call.body).resources) {
    retag(call.tx, resource.resource_type, resource.resource_id, change, names)
  }
  return { status: 204 }
}

function retag(
  tx: Transaction,
  type: string,
  id: string,
  change: (tags: readonly string[]) => string[],
  tagged: readonly string[],
): void {
  const { droplets, snapshots } = tx.tables
  if (type === 'droplet') {
    const droplet = droplets.get(id)
    if (!droplet || droplet.deletedMs !== null) throw notFound()
    tx.put(droplets, { ...droplet, tags: change(droplet.tags) })
    noteTagged(tx, tagged, 'droplets', droplet.id)
  } else if (type === 'image') {
    const snapshot = snapshots.get(id)
    if (!snapshot || snapshot.deletedMs !== null) throw notFound()
    tx.put(snapshots, { ...snapshot, tags: change(snapshot.tags) })
    noteTagged(tx, tagged, 'images', snapshot.id)
  } else {
    throw unprocessable(`${type} is not a resource type that can be tagged here`)
  }
}

function tagNamed(call: Call, name: string | undefined): TagRecord {
  const tag = call.tx.tables.tags.get((name ?? '').toLowerCase())
  if (!tag) throw notFound()
  return tag
}

function tagView(call: Call, tag: TagRecord) {
  const { droplets, snapshots } = call.tx.tables
  const living = (rows: readonly { deletedMs: number | null }[]) =>
    rows.filter((row) => row.deletedMs === null).length
  const counted = (count: number, kind: 'droplets' | 'images', last: number | null) =>
    count > 0 && last !== null
      ? { count, last_tagged_uri: `${call.url.origin}/v2/${kind}/${last}` }
      : { count }
  const key = tag.name.toLowerCase()
  const ofDroplets = counted(living(droplets.find('tag', key)), 'droplets', tag.lastTagged.droplets)
  const ofImages = counted(living(snapshots.find('tag', key)), 'images', tag.lastTagged.images)
  return {
    name: tag.name,
    resources: {
      ...ofImages,
      ...ofDroplets,
      count: ofDroplets.count + ofImages.count,
      droplets: ofDroplets,
      images: ofImages,
      volumes: { count: 0 },
      volume_snapshots: { count: 0 },
      databases: { count: 0 },
    },
  }
}
