import { describe, expect, test } from 'vitest'
import { droplet, page } from '../../test/answers.ts'
import { all, clientOf, failureOf, tokens } from '../../test/client.ts'
import { InstantClock, ManualClock } from '../../test/clocks.ts'
import { json, type Reply, refusal, scriptedServer, text } from '../../test/scripted-server.ts'
import { InvalidResponse, type Page } from '../index.ts'

const droplets = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => droplet({ id: first + index }))

/** A page of two droplets from a listing of six, which names `next`. */
function two(first: number, next?: string): Reply {
  return json(200, page('droplets', droplets(first, 2), { total: 6, ...(next && { next }) }))
}

const link = (number: number) =>
  `https://api.digitalocean.com/v2/droplets?page=${number}&per_page=2`

describe('a listing', () => {
  test('follows the numbers of the next pages to the last', async () => {
    const server = await scriptedServer(two(1, link(2)), two(3, link(3)), two(5))
    const found = await all(clientOf(server).droplets.list({ perPage: 2 }))
    expect(found.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6])
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/v2/droplets?page=1&per_page=2',
      '/v2/droplets?page=2&per_page=2',
      '/v2/droplets?page=3&per_page=2',
    ])
  })

  test('comes in the largest pages, with all of its filters on every one', async () => {
    const next = 'https://api.digitalocean.com/v2/droplets?page=2'
    const server = await scriptedServer(two(1, next), two(3))
    await all(clientOf(server).droplets.list({ tagName: 'a b', name: 'web', type: 'gpus' }))
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/v2/droplets?tag_name=a+b&name=web&type=gpus&page=1&per_page=200',
      '/v2/droplets?tag_name=a+b&name=web&type=gpus&page=2&per_page=200',
    ])
  })

  test('takes a number from a link and never its host, which would be given the token', async () => {
    const server = await scriptedServer(two(1, 'https://attacker.example/steal?page=2'), two(3))
    expect(await all(clientOf(server).droplets.list())).toHaveLength(4)
    expect(server.seen[1]?.url).toBe('/v2/droplets?page=2&per_page=200')
  })

  test('may be empty', async () => {
    const server = await scriptedServer(json(200, page('droplets', [])))
    expect(await all(clientOf(server).droplets.list())).toEqual([])
  })

  test.each<[string, Record<string, unknown>]>([
    ['no links', { meta: { total: 1 } }],
    ['links without pages', { links: {}, meta: { total: 1 } }],
    ['pages without a next', { links: { pages: { prev: 'x' } }, meta: { total: 1 } }],
    ['an empty next', { links: { pages: { next: '' } }, meta: { total: 1 } }],
    ['null for links', { links: null, meta: { total: 1 } }],
  ])('ends with %s', async (_, rest) => {
    const server = await scriptedServer(json(200, { droplets: droplets(1, 1), ...rest }))
    expect(await all(clientOf(server).droplets.list())).toHaveLength(1)
  })

  test('sends nothing before it is consumed, nor ahead, nor after it is left', async () => {
    const server = await scriptedServer(two(1, link(2)), two(3, link(3)))
    const listing = clientOf(server).droplets.list({ perPage: 2 })
    expect(server.seen).toHaveLength(0)
    for await (const { id } of listing) {
      expect(server.seen).toHaveLength(id < 3 ? 1 : 2)
      if (id === 3) break
    }
    expect(server.seen).toHaveLength(2)
  })

  test('repeats the page that failed, and no other', async () => {
    const server = await scriptedServer(two(1, link(2)), text(502, ''), two(3))
    expect(await all(clientOf(server).droplets.list())).toHaveLength(4)
    expect(server.seen.map(({ url }) => url.slice(0, 20))).toEqual([
      '/v2/droplets?page=1&',
      '/v2/droplets?page=2&',
      '/v2/droplets?page=2&',
    ])
  })

  test('throws when a page fails for good, after the items before it', async () => {
    const server = await scriptedServer(two(1, link(2)), refusal(403, 'forbidden', 'No scope.'))
    const seen: number[] = []
    const error = await failureOf(
      (async () => {
        for await (const { id } of clientOf(server).droplets.list()) seen.push(id)
      })(),
    )
    expect(error).toMatchObject({ code: 'forbidden', path: '/v2/droplets?page=2&per_page=200' })
    expect(seen).toEqual([1, 2])
  })

  test.each<[string, Reply]>([
    ['the same page again', two(1, link(1))],
    ['a page before', two(1, link(0))],
    ['no page', two(1, 'https://api.digitalocean.com/v2/droplets')],
    ['a page that is no number', two(1, 'https://api.digitalocean.com/v2/droplets?page=two')],
    ['no URL', two(1, 'http://[')],
    ['another after an empty one', json(200, page('droplets', [], { total: 6, next: link(2) }))],
  ])('throws rather than go in circles when it is sent to %s', async (_, reply) => {
    const server = await scriptedServer(reply, reply, reply)
    const error = await failureOf(all(clientOf(server).droplets.list()))
    expect(error).toBeInstanceOf(InvalidResponse)
    expect(error).toHaveProperty('message', expect.stringContaining('incomplete'))
    expect(server.seen).toHaveLength(1)
  })

  test('throws when a page does not say how many there are', async () => {
    const server = await scriptedServer(json(200, { droplets: [] }))
    const error = await failureOf(all(clientOf(server).droplets.list()))
    expect(error).toMatchObject({ code: 'invalid_response' })
  })

  test.each([0, 201, 1.5, Number.NaN])('refuses %s for a page size', async (perPage) => {
    const server = await scriptedServer()
    const error = await failureOf(all(clientOf(server).droplets.list({ perPage })))
    expect(error).toMatchObject({ code: 'invalid_request', effect: 'none' })
    expect(server.seen).toHaveLength(0)
  })

  test('is aborted between two pages', async () => {
    const server = await scriptedServer(two(1, link(2)), two(3))
    const abort = new AbortController()
    const seen: number[] = []
    const error = await failureOf(
      (async () => {
        for await (const { id } of clientOf(server).droplets.list({ signal: abort.signal })) {
          seen.push(id)
          if (id === 2) abort.abort()
        }
      })(),
    )
    expect(error).toMatchObject({ code: 'aborted' })
    expect(seen).toEqual([1, 2])
    expect(server.seen).toHaveLength(1)
  })

  test('needs the read token, whatever else there is', async () => {
    const server = await scriptedServer(two(1))
    const client = clientOf(server, { tokens: { provisioning: tokens.provisioning } })
    const error = await failureOf(all(client.droplets.list()))
    expect(error).toMatchObject({ code: 'missing_token', effect: 'none' })
    expect(error).toHaveProperty('message', expect.stringContaining('tokens.read'))
    expect(server.seen).toHaveLength(0)
  })
})

describe('a page', () => {
  test('says its number, the total, and whether it is the last', async () => {
    const server = await scriptedServer(two(1, link(2)), two(3))
    const pages = await all(clientOf(server).droplets.pages({ perPage: 2 }))
    expect(pages.map(({ page, total, last }) => ({ page, total, last }))).toEqual([
      { page: 1, total: 6, last: false },
      { page: 2, total: 6, last: true },
    ])
  })

  test('is dated by when the request that brought it was sent, not asked for or answered', async () => {
    const clock = new ManualClock(1_000_000)
    const late: Reply = (response) => {
      clock.time += 5_000
      two(1)(response)
    }
    const server = await scriptedServer(text(502, ''), late)
    const pages = all(clientOf(server, { clock }).droplets.pages())
    await clock.slept()
    await clock.advance(60_000)
    const [only]: Page<unknown>[] = await pages
    expect(only?.sentAt).toEqual(new Date(1_060_000))
    expect(clock.time).toBe(1_065_000)
  })

  test('keeps what the API does not describe', async () => {
    const odd = droplet({ something_new: { nested: [1, '2', null] } })
    const server = await scriptedServer(json(200, page('droplets', [odd])))
    const [only] = await all(clientOf(server, { clock: new InstantClock() }).droplets.list())
    expect(only).toEqual(odd)
  })
})
