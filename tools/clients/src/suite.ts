import { describe, expect, test } from 'vitest'
import { type Client, ClientError } from './client.ts'
import { Cloud, until } from './cloud.ts'
import type { Kind, Uses } from './kind.ts'
import { kinds } from './kinds/index.ts'

/** More than a page, at the largest page size there is. */
const many = 205

/** A client, and how it is used. */
export interface Contender<C extends Client> {
  readonly open: (url: string) => C
  /** @returns undefined for a kind that the client does not know */
  readonly uses: (kind: Kind) => Uses<C> | undefined
}

/** What holds for a client, and every kind that it covers. */
export function clientSuite<C extends Client>(contender: Contender<C>): void {
  for (const kind of kinds) {
    const uses = contender.uses(kind)
    if (uses === undefined) continue
    describe(kind.name, () => {
      if (uses.read) lifeTest(contender, kind, uses, uses.read)
      if (uses.list) pageTest(contender, kind, uses.list)
    })
  }
}

/** As far as the client goes: create, read, change, delete; and the limit is reached between. */
function lifeTest<C extends Client>(
  { open }: Contender<C>,
  kind: Kind,
  { create, change, remove }: Uses<C>,
  read: NonNullable<Uses<C>['read']>,
): void {
  const acts = Object.entries({ create, read, change, remove }).filter(([, use]) => use)
  test(`${acts.map(([name]) => name).join(', ')}, with a 429 between`, async () => {
    await using cloud = await Cloud.start()
    const prepared = (await kind.prepare?.(cloud)) ?? ''
    await using client = open(cloud.url)
    const id = (await create?.(client, prepared)) ?? ''
    const before = await read(client, id)
    expect(before).not.toBe('')
    await meet429(cloud, client, () => read(client, id))
    expect(await read(client, id)).toBe(before)
    await change?.(client, id, prepared)
    if (change) expect(await read(client, id)).not.toBe(before)
    await remove?.(client, id)
    if (remove) await until(() => isGone(read(client, id)))
  })
}

/** A client that waits would wait for the rest of a real minute, so it is told of a second. */
async function meet429(cloud: Cloud, client: Client, read: () => Promise<unknown>): Promise<void> {
  if (client.on429 === 'waits') {
    const refused = await cloud.refuse({ method: 'GET' }, { 'retry-after': '1' })
    await read()
    expect(await cloud.fired(refused)).toBe(1)
    return
  }
  await cloud.exhaust()
  await expect(read()).rejects.toThrow(ClientError)
  await cloud.relieve()
}

async function isGone(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading
    return false
  } catch (error) {
    if (error instanceof ClientError) return true
    throw error
  }
}

function pageTest<C extends Client>(
  { open }: Contender<C>,
  { fill, path, unpaged }: Kind,
  list: NonNullable<Uses<C>['list']>,
): void {
  test(
    fill ? `all ${many} of them, page by page, and a 429 on the way` : 'all of them',
    async () => {
      await using cloud = await Cloud.start()
      await fill?.(cloud, many)
      await using client = open(cloud.url)
      const total = await cloud.total(path, unpaged)
      expect(total).toBeGreaterThanOrEqual(fill ? many : 1)
      const all = await list(client)
      expect(all).toHaveLength(total)
      expect(new Set(all).size).toBe(total)
      if (!fill) return
      // What has no pages has no second one.
      const nth = unpaged === undefined ? 2 : 1
      const refused = await cloud.refuse({ method: 'GET', path }, { 'retry-after': '1' }, nth)
      const listing = list(client)
      if (client.onLostPage === 'throws') await expect(listing).rejects.toThrow('API Rate limit')
      else if (client.onLostPage === 'waits') expect(await listing).toEqual(all)
      else expect((await listing).length).toBeLessThan(total)
      expect(await cloud.fired(refused)).toBe(1)
      expect(await list(client)).toEqual(all)
    },
  )
}
