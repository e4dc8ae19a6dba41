import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { account, droplet } from '../test/answers.ts'
import { all, clientOf, failureOf, tokens } from '../test/client.ts'
import {
  closedPort,
  hangUp,
  json,
  type Reply,
  refusal,
  scriptedServer,
  text,
} from '../test/scripted-server.ts'
import { createClient, type DigitalOcean } from './index.ts'

const userData = '#cloud-config password: hunter2'
const input = { name: 'n', region: 'ams3', size: 's', image: 'i', user_data: userData }
const echo = `You sent Bearer ${tokens.read} and Bearer ${tokens.provisioning}`

/** Everything that a log, a debugger or a serialiser could make of something. */
function everythingIn(value: unknown): string {
  const inspected = inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })
  return [inspected, JSON.stringify(value), String(value)].join('\n')
}

function expectNoSecret(value: unknown): void {
  const shown = everythingIn(value)
  for (const secret of [tokens.read, tokens.provisioning, userData]) {
    expect(shown).not.toContain(secret)
  }
}

describe('no secret', () => {
  test('is in the client, before or after it was used', async () => {
    const server = await scriptedServer(json(200, { account }))
    const client = clientOf(server)
    expectNoSecret(client)
    await client.account.get()
    expectNoSecret(client)
    expectNoSecret(client.rateLimits())
    expectNoSecret(client.droplets.list())
  })

  test.each<[string, Reply]>([
    ['a refusal that repeats it', refusal(422, echo, echo, { 'x-request-id': echo })],
    ['a server error that repeats it', refusal(500, echo, echo)],
    ['a page that repeats it', text(200, echo)],
    ['an answer that repeats it', json(200, { droplet: droplet({ id: echo }) })],
    ['a 429', refusal(429, 'too_many_requests', echo)],
    ['a 404', refusal(404, 'not_found', 'Not found.')],
    ['a lost connection', hangUp],
  ])('is in what is thrown over %s', async (_, reply) => {
    const calls: ((client: DigitalOcean) => Promise<unknown>)[] = [
      (client) => client.droplets.get(7),
      (client) => client.droplets.create(input),
      (client) => all(client.droplets.list()),
    ]
    for (const call of calls) {
      const server = await scriptedServer(reply)
      expectNoSecret(await failureOf(call(clientOf(server, { retries: { attempts: 1 } }))))
    }
  })

  test('is in what is thrown when nobody listens', async () => {
    expectNoSecret(await failureOf(clientOf(await closedPort()).droplets.create(input)))
  })

  test('is in what is thrown over a fetch that repeats it in its own error', async () => {
    const fetch = vi.fn((_url: unknown, init: unknown) =>
      Promise.reject(Object.assign(new Error(`failed: ${inspect(init)}`), { config: init })),
    )
    const client = clientOf({ url: 'http://example.com' }, { fetch })
    expectNoSecret(await failureOf(client.account.get()))
    const write = await failureOf(client.droplets.delete(7))
    expectNoSecret(write)
    expect(everythingIn(write)).toContain('[token]')
  })

  test('is in what is thrown over a reason to abort that repeats it', async () => {
    const signal = AbortSignal.abort(new Error(echo))
    expectNoSecret(await failureOf(clientOf(await scriptedServer()).account.get({ signal })))
  })

  test('is in what the hooks get', async () => {
    const events: unknown[] = []
    const hook = (event: unknown) => events.push(event)
    const hooks = { onRequest: hook, onResponse: hook, onRetry: hook, onError: hook }
    const server = await scriptedServer(refusal(429, echo, echo), hangUp)
    await failureOf(clientOf(server, { hooks }).droplets.create(input))
    expect(events).toHaveLength(5)
    expectNoSecret(events)
  })

  test.each(['dop_v1_read_secret\n', ' dop_v1_read_secret', 'dop_v1_\u00e9', ''])(
    'is in what is thrown over a token that no header can carry: %j',
    (read) => {
      const caught = thrownBy(() => createClient({ tokens: { read } }))
      expect(caught).toMatchObject({ code: 'invalid_request' })
      expect(String(caught)).toContain('tokens.read')
      if (read !== '') expect(everythingIn(caught)).not.toContain(read.trim())
    },
  )

  test('is in what is thrown over a base URL with a password', () => {
    const baseUrl = 'https://user:hunter2@example.com'
    const caught = thrownBy(() => createClient({ tokens, baseUrl }))
    expect(caught).toMatchObject({ code: 'invalid_request' })
    expect(everythingIn(caught)).not.toContain('hunter2')
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('expected it to throw')
}
