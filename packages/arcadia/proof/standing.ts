import { sql } from 'kysely'
import type { ArcadiaWorld } from './matrix-world.ts'

/**
 * What there is, an entry for each thing. What is only known of it, the inventory, counts where the
 * run completed: a reading is no effect, and is not taken back.
 */
export async function thingsIn(world: ArcadiaWorld): Promise<readonly string[]> {
  return [...(await inTheCloud(world)), ...(await asked(world)), ...(await known(world))]
}

/** What has come and what has gone since: a saga may change a thing, and take one away. */
export async function changesIn(
  world: ArcadiaWorld,
  before: readonly string[],
): Promise<readonly string[]> {
  const after = await thingsIn(world)
  return [
    ...without(before, after).map((thing) => `gone: ${thing}`),
    ...without(after, before).map((thing) => `new: ${thing}`),
  ]
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return some.filter((thing) => {
    const index = left.indexOf(thing)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}

async function inTheCloud(world: ArcadiaWorld): Promise<readonly string[]> {
  const { cloud, later } = world.behind()
  return later(async () => {
    const things: string[] = []
    for await (const droplet of cloud.droplets.list()) {
      const { name, size_slug: size, disk, status, locked, tags, region, features } = droplet
      const about = [size, `${disk} GiB`, status, region.slug, ...(tags ?? []), ...features]
      things.push(`droplet ${name} (${about.join(', ')}${locked ? ', locked' : ''})`)
    }
    for await (const { name, resource_id: of } of cloud.snapshots.list()) {
      things.push(`snapshot ${name} of ${of}`)
    }
    for await (const { name } of cloud.tags.list()) things.push(`tag ${name}`)
    return things.sort()
  })
}

/** What is asked of resources, and which are marked deleted. */
async function asked(world: ArcadiaWorld): Promise<readonly string[]> {
  const { db } = world.behind()
  const specs = await db
    .selectFrom('cloud_provisioned as p')
    .innerJoin('cloud_resources as r', 'r.id', 'p.resource_id')
    .where('r.account_id', '=', world.account.id)
    .select(['r.kind', 'r.external_id', 'p.canonical', 'p.owner'])
    .execute()
  return specs.map(
    ({ kind, canonical, owner }) => `asked of a ${kind} by ${owner}: ${JSON.stringify(canonical)}`,
  )
}

async function known(world: ArcadiaWorld): Promise<readonly string[]> {
  const { db } = world.behind()
  const { rows: runs } = await sql<{ readonly kind: string; readonly status: string }>`
    select kind, status from saga.saga_runs
    where inputs ->> 'account_id' = ${world.account.id}`.execute(db)
  if (!runs.some(({ status }) => status === 'completed')) return []
  const resources = await db
    .selectFrom('cloud_resources')
    .where('account_id', '=', world.account.id)
    .select(['kind', 'name', 'status', 'size_slug', 'deleted_at'])
    .execute()
  const drifts = await db
    .selectFrom('cloud_drift')
    .where('account_id', '=', world.account.id)
    .select(['type', 'field', 'status', 'expected', 'actual'])
    .execute()
  return [
    ...resources.map(
      ({ kind, name, status, size_slug, deleted_at }) =>
        `known: ${kind} ${name}, ${status}, ${size_slug}${deleted_at === null ? '' : ', deleted'}`,
    ),
    ...drifts.map(
      ({ type, field, status, expected, actual }) =>
        `drift: ${type} ${field} ${status}, ${JSON.stringify(expected)}, ${JSON.stringify(actual)}`,
    ),
    ...runs.filter(({ status }) => status === 'pending').map(({ kind }) => `started: ${kind}`),
  ].sort()
}
