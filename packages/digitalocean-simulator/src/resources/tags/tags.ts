import { z } from 'zod'
import { notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import { ensureTags, noteTagged } from './tag-naming.ts'
import { type TagRecord, taggedKinds } from './tag-record.ts'
import { forgetSelections } from './tag-selection.ts'
import { taggables } from './taggable.ts'

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
  const tag = tagNamed(call, call.params['tag'])
  const key = tag.name.toLowerCase()
  const without = (tags: readonly string[]) => tags.filter((each) => each.toLowerCase() !== key)
  for (const kind of taggables) {
    for (const id of kind.tagged(call.tx, key)) kind.retag(call.tx, String(id), without)
  }
  forgetSelections(call.tx, key)
  call.tx.remove(call.tx.tables.tags, key)
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
  const kind = taggables.find((each) => each.type === type)
  if (!kind) throw unprocessable(`${type} is not a resource type that can be tagged here`)
  noteTagged(tx, tagged, kind.kind, kind.retag(tx, id, change))
}

function tagNamed(call: Call, name: string | undefined): TagRecord {
  const tag = call.tx.tables.tags.get((name ?? '').toLowerCase())
  if (!tag) throw notFound()
  return tag
}

/** Whatever carries it, altogether and by kind. What was tagged last is told where it is known. */
function tagView(call: Call, tag: TagRecord) {
  const counted = taggables.map((kind) => {
    const count = kind.tagged(call.tx, tag.name).length
    const last = tag.lastTagged[kind.kind] ?? null
    const uri = last === null || count === 0 ? null : `${call.url.origin}${kind.path}/${last}`
    return { kind: kind.kind, of: { count, ...(uri === null ? {} : { last_tagged_uri: uri }) } }
  })
  const last = counted.find(({ of }) => 'last_tagged_uri' in of)
  const count = counted.reduce((sum, { of }) => sum + of.count, 0)
  const none = taggedKinds.map((kind) => [kind, { count: 0 }])
  const byKind = counted.map(({ kind, of }) => [kind, of])
  return {
    name: tag.name,
    resources: { ...last?.of, count, ...Object.fromEntries([...none, ...byKind]) },
  }
}
