import { describe, expect, test } from 'vitest'
import { account } from '../test/answers.ts'
import { clientOf, failureOf } from '../test/client.ts'
import { InstantClock } from '../test/clocks.ts'
import { json, noContent, refusal, scriptedServer, text } from '../test/scripted-server.ts'
import type { Hooks } from './index.ts'

/** Hooks that write down what they are called with. */
function recorder() {
  const log: [string, object][] = []
  const hooks: Required<Hooks> = {
    onRequest: (event) => log.push(['request', event]),
    onResponse: (event) => log.push(['response', event]),
    onRetry: (event) => log.push(['retry', event]),
    onError: (event) => log.push(['error', event]),
  }
  return { log, hooks }
}

const read = { operation: 'account.get', method: 'GET', path: '/v2/account', purpose: 'read' }

describe('the hooks', () => {
  test('see every request, answer and repetition of a call', async () => {
    const { log, hooks } = recorder()
    const clock = new InstantClock()
    const sentAt = new Date(clock.now())
    const headers = {
      'x-request-id': 'req-2',
      'ratelimit-limit': '5000',
      'ratelimit-remaining': '4999',
      'ratelimit-reset': '1700000060',
    }
    const server = await scriptedServer(text(502, ''), json(200, { account }, headers))
    await clientOf(server, { clock, hooks }).account.get()
    const resetAt = new Date(1_700_000_060_000)
    const rateLimit = { limit: 5_000, remaining: 4_999, resetAt }
    expect(log).toMatchObject([
      ['request', { ...read, attempt: 1, sentAt, queuedMs: 0 }],
      ['response', { ...read, attempt: 1, status: 502, durationMs: 0, requestId: undefined }],
      ['retry', { ...read, attempt: 1, delayMs: 499, error: { code: 'server_error' } }],
      ['request', { ...read, attempt: 2 }],
      ['response', { ...read, attempt: 2, status: 200, requestId: 'req-2', rateLimit }],
    ])
  })

  test('see the failure of a call, once, and as its caller does', async () => {
    const { log, hooks } = recorder()
    const server = await scriptedServer(refusal(404, 'not_found', 'Not found.'))
    const error = await failureOf(clientOf(server, { hooks }).droplets.delete(7))
    expect(log.map(([kind]) => kind)).toEqual(['request', 'response', 'error'])
    expect(log[2]?.[1]).toMatchObject({ operation: 'droplets.delete', purpose: 'provisioning' })
    expect(log[2]?.[1]).toHaveProperty('error', error)
  })

  test('see how long a request waited for its turn', async () => {
    const { log, hooks } = recorder()
    const server = await scriptedServer(noContent, noContent)
    const client = clientOf(server, { hooks, perMinute: 1 })
    await client.droplets.delete(7)
    await client.droplets.delete(8)
    expect(log[2]).toMatchObject(['request', { queuedMs: 60_000 }])
  })

  test('have no say in the outcome, whatever they throw', async () => {
    const fail = () => {
      throw new Error('the metrics are down')
    }
    const hooks = { onRequest: fail, onResponse: fail, onRetry: fail, onError: fail }
    const server = await scriptedServer(text(502, ''), json(200, { account }), text(404, ''))
    const client = clientOf(server, { hooks })
    expect(await client.account.get()).toEqual(account)
    expect(await failureOf(client.account.get())).toMatchObject({ code: 'not_found' })
  })
})
