import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { account, droplet } from '../../test/answers.ts'
import { clientOf, failureOf } from '../../test/client.ts'
import { InstantClock, ManualClock } from '../../test/clocks.ts'
import {
  broken,
  closedPort,
  hangUp,
  json,
  type Reply,
  refusal,
  scriptedServer,
  silence,
  text,
} from '../../test/scripted-server.ts'
import { Aborted, DigitalOceanError, InvalidResponse, NetworkFault } from '../index.ts'

const found = json(200, { account })
const tooMany = { 'retry-after': '17' }
const gatewayPage = text(504, '<html><body><h1>504 Gateway Time-out</h1></body></html>')

describe('a read', () => {
  test.each<[string, Reply]>([
    ['429', refusal(429, 'too_many_requests', 'API Rate limit exceeded.')],
    ['500', refusal(500, 'server_error', 'Unexpected server-side error')],
    ['503 without a body', text(503, '')],
    ['504 with an HTML page', gatewayPage],
    ['408', text(408, '')],
    ['a connection that breaks before the answer', hangUp],
    ['a connection that breaks in the body', broken(200)],
  ])('is repeated after %s', async (_, reply) => {
    const server = await scriptedServer(reply, found)
    expect(await clientOf(server).account.get()).toEqual(account)
    expect(server.seen).toHaveLength(2)
  })

  test.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [412, 'refused'],
    [422, 'unprocessable'],
  ])('is not repeated after %i, which throws %s', async (status, code) => {
    const server = await scriptedServer(refusal(status, 'some_id', 'Some reason.'))
    const error = await failureOf(clientOf(server).droplets.get(7))
    expect(error).toBeInstanceOf(DigitalOceanError)
    expect(error).toMatchObject({
      code,
      status,
      id: 'some_id',
      requestId: 'req-1',
      method: 'GET',
      path: '/v2/droplets/7',
      effect: 'none',
    })
    expect(error).toHaveProperty('message', expect.stringContaining('Some reason.'))
    expect(server.seen).toHaveLength(1)
  })

  test('gives up after its attempts, with waits that double', async () => {
    const server = await scriptedServer(...Array.from({ length: 9 }, () => gatewayPage))
    const clock = new InstantClock()
    const error = await failureOf(clientOf(server, { clock }).account.get())
    expect(error).toMatchObject({ code: 'server_error', status: 504, retryable: true })
    expect(error).toHaveProperty('message', expect.not.stringContaining('html'))
    expect(server.seen).toHaveLength(5)
    expect(clock.sleeps).toEqual([499, 999, 1_999, 3_999])
  })

  test('is repeated by the policy it was given', async () => {
    const server = await scriptedServer(gatewayPage, gatewayPage, found)
    const clock = new InstantClock()
    const retries = { attempts: 2, baseMs: 10 }
    const error = await failureOf(clientOf(server, { clock, retries }).account.get())
    expect(error).toMatchObject({ status: 504 })
    expect(clock.sleeps).toEqual([9])
  })

  test('waits after a 429 for as long as it is asked to', async () => {
    const server = await scriptedServer(refusal(429, 'too_many_requests', 'No.', tooMany), found)
    const clock = new InstantClock()
    const before = clock.now()
    await clientOf(server, { clock }).account.get()
    expect(clock.now() - before).toBeGreaterThanOrEqual(17_000)
    expect(clock.now() - before).toBeLessThan(18_000)
  })

  test('waits after a 503 for as long as it is asked to', async () => {
    const server = await scriptedServer(text(503, '', { 'retry-after': '40' }), found)
    const clock = new InstantClock()
    await clientOf(server, { clock }).account.get()
    expect(clock.sleeps).toEqual([40_000])
  })

  test('says when it may be tried again if it stays rate limited', async () => {
    const reply = refusal(429, 'too_many_requests', 'API Rate limit exceeded.', tooMany)
    const server = await scriptedServer(reply)
    const error = await failureOf(clientOf(server, { retries: { attempts: 1 } }).account.get())
    expect(error).toMatchObject({
      code: 'rate_limited',
      status: 429,
      effect: 'none',
      retryable: true,
      retryAfterMs: 17_000,
    })
  })

  test('is a network fault when nobody listens', async () => {
    const clock = new InstantClock()
    const error = await failureOf(clientOf(await closedPort(), { clock }).account.get())
    expect(error).toBeInstanceOf(NetworkFault)
    expect(error).toMatchObject({ effect: 'none', retryable: true, status: undefined })
    expect(error).toHaveProperty('message', expect.stringContaining('ECONNREFUSED'))
    expect(clock.sleeps).toHaveLength(4)
  })
})

describe('a read that gets no answer in time', () => {
  test('is repeated, with a time limit of its own each time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const server = await scriptedServer(silence, silence)
    const client = clientOf(server, { timeoutMs: 1_000, retries: { attempts: 2 } })
    const failure = failureOf(client.account.get())
    await server.arrival()
    const second = server.arrival()
    vi.advanceTimersByTime(1_000)
    await second
    vi.advanceTimersByTime(1_000)
    expect(await failure).toMatchObject({ code: 'timed_out', effect: 'none', retryable: true })
    expect(server.seen).toHaveLength(2)
  })
})

describe('an answer that is not what the API describes', () => {
  test.each<[string, Reply, string]>([
    ['is no JSON', text(200, '<html>login</html>'), 'not JSON'],
    ['lacks a field', json(200, { droplet: droplet({ id: undefined }) }), 'droplet.id'],
    ['has a field of another type', json(200, { droplet: droplet({ id: '7' }) }), 'droplet.id'],
    ['is empty', text(200, ''), 'not JSON'],
    ['is a redirect', text(301, '', { location: 'https://example.com/v2/droplets/7' }), '301'],
  ])('throws at once when it %s', async (_, reply, words) => {
    const server = await scriptedServer(reply)
    const error = await failureOf(clientOf(server).droplets.get(7))
    expect(error).toBeInstanceOf(InvalidResponse)
    expect(error).toMatchObject({ effect: 'none', retryable: false, path: '/v2/droplets/7' })
    expect(error).toHaveProperty('message', expect.stringContaining(words))
    expect(server.seen).toHaveLength(1)
  })

  test('is named by place, not by value', async () => {
    const server = await scriptedServer(json(200, { droplet: droplet({ name: { a: 'private' } }) }))
    const error = await failureOf(clientOf(server).droplets.get(7))
    expect(String(error)).toContain('droplet.name')
    expect(String(error)).not.toContain('private')
  })
})

describe('a signal', () => {
  const reason = new Error('the operator left')

  test('that was aborted before keeps the request from leaving', async () => {
    const server = await scriptedServer(found)
    const signal = AbortSignal.abort(reason)
    const error = await failureOf(clientOf(server).account.get({ signal }))
    expect(error).toBeInstanceOf(Aborted)
    expect(error).toMatchObject({ cause: reason, effect: 'none', retryable: true })
    expect(server.seen).toHaveLength(0)
  })

  test('aborts a request under way', async () => {
    const server = await scriptedServer(silence, found)
    const abort = new AbortController()
    const failure = failureOf(clientOf(server).account.get({ signal: abort.signal }))
    await server.arrival()
    abort.abort(reason)
    expect(await failure).toMatchObject({ code: 'aborted', cause: reason, effect: 'none' })
    expect(server.seen).toHaveLength(1)
  })

  test('aborts the wait before a repetition', async () => {
    const server = await scriptedServer(gatewayPage, found)
    const clock = new ManualClock()
    const abort = new AbortController()
    const failure = failureOf(clientOf(server, { clock }).account.get({ signal: abort.signal }))
    await clock.slept()
    abort.abort(reason)
    expect(await failure).toMatchObject({ code: 'aborted', cause: reason, effect: 'none' })
    expect(server.seen).toHaveLength(1)
  })

  test('aborts the wait for a turn', async () => {
    const clock = new ManualClock()
    const limits = {
      'ratelimit-limit': '5000',
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(clock.time / 1_000 + 60),
    }
    const server = await scriptedServer(json(200, { account }, limits), found)
    const client = clientOf(server, { clock })
    await client.account.get()
    const abort = new AbortController()
    const failure = failureOf(client.account.get({ signal: abort.signal }))
    await clock.slept()
    abort.abort(reason)
    expect(await failure).toMatchObject({ code: 'aborted', cause: reason, effect: 'none' })
    expect(clock.pending).toEqual([])
    expect(server.seen).toHaveLength(1)
  })
})
