import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { action, droplet } from '../../test/answers.ts'
import { clientOf, failureOf, tokens } from '../../test/client.ts'
import { InstantClock, ManualClock } from '../../test/clocks.ts'
import {
  broken,
  closedPort,
  hangUp,
  json,
  noContent,
  type Reply,
  refusal,
  scriptedServer,
  silence,
  text,
} from '../../test/scripted-server.ts'
import { type DigitalOcean, OutcomeUnknown } from '../index.ts'

const created = json(202, { droplet: droplet({ status: 'new' }), links: {} })
const gatewayPage = text(504, '<html>Gateway Time-out</html>')
const input = { name: 'web-1', region: 'ams3', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

const writes: [string, (client: DigitalOcean, signal?: AbortSignal) => Promise<unknown>][] = [
  ['a create', (client, signal) => client.droplets.create(input, { signal })],
  ['an action', (client, signal) => client.dropletActions.powerOff(7, { signal })],
  ['a delete', (client, signal) => client.droplets.delete(7, { signal })],
]

function nodeFault(code: string, syscall: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code, syscall }) })
}

describe.each(writes)('%s', (_, write) => {
  test.each<[string, Reply, string, number | undefined]>([
    ['500', refusal(500, 'server_error', 'Unexpected error'), 'server_error', 500],
    ['502 without a body', text(502, ''), 'server_error', 502],
    ['503 that names a moment', text(503, '', { 'retry-after': '1' }), 'server_error', 503],
    ['504 with an HTML page', gatewayPage, 'server_error', 504],
    ['408', text(408, ''), 'server_error', 408],
    ['a redirect', text(307, '', { location: '/v2/elsewhere' }), 'invalid_response', 307],
    ['a connection that breaks before the answer', hangUp, 'network_fault', undefined],
  ])('is never repeated after %s, and its outcome is unknown', async (_, reply, cause, status) => {
    const server = await scriptedServer(reply, created)
    const clock = new InstantClock()
    const error = await failureOf(write(clientOf(server, { clock })))
    expect(error).toBeInstanceOf(OutcomeUnknown)
    expect(error).toMatchObject({ effect: 'unknown', retryable: false, status })
    expect(error).toHaveProperty('cause.code', cause)
    expect(error).toHaveProperty('message', expect.stringContaining('may or may not have happened'))
    expect(server.seen).toHaveLength(1)
    expect(clock.sleeps).toEqual([])
  })

  test('is of unknown outcome when it is aborted under way', async () => {
    const server = await scriptedServer(silence, created)
    const abort = new AbortController()
    const reason = new Error('lease lost')
    const failure = failureOf(write(clientOf(server), abort.signal))
    await server.arrival()
    abort.abort(reason)
    const error = await failure
    expect(error).toBeInstanceOf(OutcomeUnknown)
    expect(error).toMatchObject({ cause: { code: 'aborted', effect: 'unknown', cause: reason } })
    expect(server.seen).toHaveLength(1)
  })

  test('is of unknown outcome when no answer comes in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const server = await scriptedServer(silence, created)
    const failure = failureOf(write(clientOf(server)))
    await server.arrival()
    vi.advanceTimersByTime(30_000)
    const error = await failure
    expect(error).toBeInstanceOf(OutcomeUnknown)
    expect(error).toMatchObject({ cause: { code: 'timed_out', effect: 'unknown' } })
    expect(server.seen).toHaveLength(1)
  })

  test('has certainly not happened when it was aborted before it left', async () => {
    const server = await scriptedServer(created)
    const error = await failureOf(write(clientOf(server), AbortSignal.abort()))
    expect(error).toMatchObject({ code: 'aborted', effect: 'none', retryable: true })
    expect(server.seen).toHaveLength(0)
  })

  test('is repeated after a 429, which says that it did not happen', async () => {
    const limited = refusal(429, 'too_many_requests', 'API Rate limit exceeded.')
    const answer = json(202, { droplet: droplet(), action: action(), links: {} })
    const server = await scriptedServer(limited, limited, answer)
    await write(clientOf(server))
    expect(server.seen).toHaveLength(3)
    expect(server.seen[2]).toMatchObject({ body: server.seen[0]?.body })
  })

  test('has certainly not happened when nobody listens, however often it was tried', async () => {
    const clock = new InstantClock()
    const error = await failureOf(write(clientOf(await closedPort(), { clock })))
    expect(error).toMatchObject({ code: 'network_fault', effect: 'none', retryable: true })
    expect(clock.sleeps).toHaveLength(4)
  })

  test.each([
    ['ENOTFOUND', 'getaddrinfo', 5],
    ['ECONNREFUSED', 'connect', 5],
    ['ETIMEDOUT', 'connect', 5],
    ['CERT_HAS_EXPIRED', '', 1],
  ])('has certainly not happened after %s on %s', async (code, syscall, sent) => {
    const fetch = vi.fn(() => Promise.reject(nodeFault(code, syscall)))
    const error = await failureOf(write(clientOf({ url: 'http://example.com' }, { fetch })))
    expect(error).toMatchObject({ code: 'network_fault', effect: 'none', retryable: sent > 1 })
    expect(fetch).toHaveBeenCalledTimes(sent)
  })

  test.each([
    ['ECONNRESET', 'read'],
    ['ETIMEDOUT', 'read'],
    ['EPIPE', 'write'],
  ])('is of unknown outcome after %s on %s, and not repeated', async (code, syscall) => {
    const fetch = vi.fn(() => Promise.reject(nodeFault(code, syscall)))
    const error = await failureOf(write(clientOf({ url: 'http://example.com' }, { fetch })))
    expect(error).toMatchObject({ code: 'outcome_unknown', effect: 'unknown' })
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  test.each([
    [400, 'refused', false],
    [401, 'unauthorized', false],
    [403, 'forbidden', false],
    [404, 'not_found', false],
    [409, 'conflict', true],
    [412, 'refused', false],
    [422, 'unprocessable', false],
  ])('was refused by %i: certainly nothing happened', async (status, code, retryable) => {
    const server = await scriptedServer(refusal(status, 'an_id', 'A reason.'))
    const error = await failureOf(write(clientOf(server)))
    expect(error).toMatchObject({ code, status, effect: 'none', retryable, requestId: 'req-1' })
    expect(server.seen).toHaveLength(1)
  })

  test('was refused even if the body of the refusal broke off', async () => {
    const server = await scriptedServer(broken(422))
    const error = await failureOf(write(clientOf(server)))
    expect(error).toMatchObject({ code: 'unprocessable', effect: 'none', id: undefined })
  })

  test('may be tried again when another event was running', async () => {
    const busy = 'Droplet already has a pending event.'
    const server = await scriptedServer(refusal(422, 'unprocessable_entity', busy))
    const error = await failureOf(write(clientOf(server)))
    expect(error).toMatchObject({ code: 'unprocessable', effect: 'none', retryable: true })
    expect(server.seen).toHaveLength(1)
  })

  test('can be aborted in the wait before a repetition, and has not happened', async () => {
    const server = await scriptedServer(refusal(429, 'too_many_requests', 'No.'), created)
    const clock = new ManualClock()
    const abort = new AbortController()
    const failure = failureOf(write(clientOf(server, { clock }), abort.signal))
    await clock.slept()
    abort.abort()
    expect(await failure).toMatchObject({ code: 'aborted', effect: 'none' })
    expect(server.seen).toHaveLength(1)
  })

  test('needs the provisioning token, whatever else there is', async () => {
    const server = await scriptedServer(created)
    const error = await failureOf(write(clientOf(server, { tokens: { read: tokens.read } })))
    expect(error).toMatchObject({ code: 'missing_token', effect: 'none', retryable: false })
    expect(error).toHaveProperty('message', expect.stringContaining('tokens.provisioning'))
    expect(server.seen).toHaveLength(0)
  })
})

describe('a success that cannot be read', () => {
  test.each<[string, Reply, string]>([
    ['is no JSON', text(202, '<html></html>'), 'invalid_response'],
    ['lacks what it made', json(202, { links: {} }), 'invalid_response'],
    ['breaks off', broken(202), 'network_fault'],
  ])('is of unknown outcome for a create when it %s', async (_, reply, cause) => {
    const server = await scriptedServer(reply, created)
    const error = await failureOf(clientOf(server).droplets.create(input))
    expect(error).toBeInstanceOf(OutcomeUnknown)
    expect(error).toMatchObject({ cause: { code: cause } })
    expect(server.seen).toHaveLength(1)
  })

  test.each<[string, Reply]>([
    ['has no body', noContent],
    ['has a body nobody asked for', json(200, { surprise: true })],
    ['breaks off', broken(200)],
  ])('is a success for a delete when it %s: its status says all', async (_, reply) => {
    const server = await scriptedServer(reply)
    await expect(clientOf(server).droplets.delete(7)).resolves.toBeUndefined()
  })
})

describe('a write that no request can be formed from', () => {
  test.each<[string, (client: DigitalOcean) => Promise<unknown>]>([
    ['an id of NaN', (client) => client.droplets.delete(Number.NaN)],
    ['an empty id', (client) => client.snapshots.delete('')],
    ['a tag that climbs', (client) => client.tags.delete('..')],
    ['a tag that climbs, to assign', (client) => client.tags.tagResources('..', [])],
  ])('is refused before anything is sent: %s', async (_, write) => {
    const server = await scriptedServer()
    const error = await failureOf(write(clientOf(server)))
    expect(error).toMatchObject({ code: 'invalid_request', effect: 'none', retryable: false })
    expect(server.seen).toHaveLength(0)
  })

  test('is refused before anything is sent: a body that JSON cannot carry', async () => {
    const server = await scriptedServer()
    const round: { name: string; self?: unknown } = { name: 'x' }
    round.self = round
    const error = await failureOf(clientOf(server).droplets.create({ ...input, ...round }))
    expect(error).toMatchObject({ code: 'invalid_request', effect: 'none' })
    expect(server.seen).toHaveLength(0)
  })
})
