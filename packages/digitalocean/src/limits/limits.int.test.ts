import { describe, expect, test } from 'vitest'
import { account, droplet } from '../../test/answers.ts'
import { clientOf, failureOf, tokens } from '../../test/client.ts'
import { InstantClock } from '../../test/clocks.ts'
import { json, noContent, type Reply, refusal, scriptedServer } from '../../test/scripted-server.ts'

function limits(clock: InstantClock, remaining: number, inSeconds: number) {
  const reset = clock.now() / 1_000 + inSeconds
  return {
    'ratelimit-limit': '5000',
    'ratelimit-remaining': `${remaining}`,
    'ratelimit-reset': `${reset}`,
  }
}

describe('the limits of a token', () => {
  test('hold the next request back until the reset when nothing remains', async () => {
    const clock = new InstantClock()
    const server = await scriptedServer(
      json(200, { account }, limits(clock, 0, 90)),
      json(200, { account }),
    )
    const client = clientOf(server, { clock })
    await client.account.get()
    await client.account.get()
    expect(clock.sleeps).toEqual([90_000])
    expect(server.seen).toHaveLength(2)
  })

  test('hold back the repetition of a request that ran into the hourly one', async () => {
    const clock = new InstantClock()
    const before = clock.now()
    const hourly = refusal(
      429,
      'too_many_requests',
      'API Rate limit exceeded.',
      limits(clock, 0, 90),
    )
    const server = await scriptedServer(hourly, json(200, { account }))
    await clientOf(server, { clock }).account.get()
    expect(clock.now() - before).toBe(90_000)
  })

  test("hold back everything that uses the token, after one request's burst 429", async () => {
    const clock = new InstantClock()
    const before = clock.now()
    const burst = refusal(429, 'too_many_requests', 'API Rate limit exceeded.', {
      'retry-after': '30',
    })
    const server = await scriptedServer(burst, json(200, { account }))
    const client = clientOf(server, { clock, retries: { attempts: 1 } })
    await failureOf(client.account.get())
    await client.account.get()
    expect(clock.now() - before).toBe(30_000)
  })

  test('are those of each token: a read that waits keeps no write waiting', async () => {
    const clock = new InstantClock()
    const server = await scriptedServer(json(200, { account }, limits(clock, 0, 90)), noContent)
    const client = clientOf(server, { clock })
    await client.account.get()
    await client.droplets.delete(7)
    expect(clock.sleeps).toEqual([])
  })

  test('are shared when one token serves both purposes', async () => {
    const clock = new InstantClock()
    const server = await scriptedServer(json(200, { account }, limits(clock, 0, 90)), noContent)
    const one = { read: tokens.read, provisioning: tokens.read }
    const client = clientOf(server, { clock, tokens: one })
    await client.account.get()
    await client.droplets.delete(7)
    expect(clock.sleeps).toEqual([90_000])
  })

  test('of a minute, which no header announces, are kept from the start', async () => {
    const clock = new InstantClock()
    const replies = Array.from({ length: 5 }, (): Reply => json(200, { account }))
    const server = await scriptedServer(...replies)
    const client = clientOf(server, { clock, perMinute: 2 })
    for (let i = 0; i < 5; i++) await client.account.get()
    expect(clock.sleeps).toEqual([60_000, 60_000])
  })
})

describe('rateLimits()', () => {
  test('knows nothing before the first answer', async () => {
    const client = clientOf(await scriptedServer())
    expect(client.rateLimits()).toEqual({ read: undefined, provisioning: undefined })
  })

  test('says what is known for each purpose', async () => {
    const clock = new InstantClock()
    const resetAt = new Date(clock.now() + 600_000)
    const made = json(202, { droplet: droplet(), links: {} }, limits(clock, 17, 600))
    const server = await scriptedServer(json(200, { account }, limits(clock, 4_321, 600)), made)
    const client = clientOf(server, { clock })
    await client.account.get()
    expect(client.rateLimits()).toEqual({
      read: { limit: 5_000, remaining: 4_321, resetAt },
      provisioning: undefined,
    })
    await client.droplets.create({ name: 'n', region: 'ams3', size: 's', image: 'i' })
    expect(client.rateLimits()).toMatchObject({ provisioning: { remaining: 17 } })
  })
})
