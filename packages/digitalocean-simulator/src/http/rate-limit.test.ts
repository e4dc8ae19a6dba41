import { expect, test } from 'vitest'
import { RateLimiter } from './rate-limit.ts'

const start = 1_800_000_000_000
const hour = 3_600_000

function ask(limiter: RateLimiter, times: number, now: number, token = 'a') {
  return Array.from({ length: times }, () => limiter.admit(token, now))
}

test('the headers tell what is left, and when the oldest request expires', () => {
  const limiter = new RateLimiter({ perHour: 10, perMinute: 5 })
  limiter.admit('a', start)
  expect(limiter.admit('a', start + 1_500).headers).toEqual({
    'ratelimit-limit': '10',
    'ratelimit-remaining': '8',
    'ratelimit-reset': String((start + hour) / 1000),
  })
})

test('a burst is refused with retry-after, until the first of the burst is a minute old', () => {
  const limiter = new RateLimiter({ perHour: 100, perMinute: 5 })
  ask(limiter, 5, start)
  const refused = limiter.admit('a', start + 20_000)
  expect(refused.admitted).toBe(false)
  expect(refused.headers['retry-after']).toBe('40')
  expect(limiter.admit('a', start + 60_000).admitted).toBe(true)
})

test('the hour is refused without retry-after, and rolls', () => {
  const limiter = new RateLimiter({ perHour: 3, perMinute: 2 })
  ask(limiter, 2, start)
  ask(limiter, 1, start + 120_000)
  const [refused] = ask(limiter, 1, start + 240_000)
  expect(refused?.admitted).toBe(false)
  expect(refused?.headers).not.toHaveProperty('retry-after')
  expect(refused?.headers['ratelimit-remaining']).toBe('0')
  expect(ask(limiter, 3, start + hour).map((each) => each.admitted)).toEqual([true, true, false])
})

test('every token has its own count, and refusals are not counted', () => {
  const limiter = new RateLimiter({ perHour: 100, perMinute: 2 })
  ask(limiter, 50, start)
  expect(limiter.admit('b', start).admitted).toBe(true)
  expect(limiter.admit('a', start + 60_000).headers['ratelimit-remaining']).toBe('97')
})

test('without limits there are no headers', () => {
  expect(new RateLimiter(null).admit('a', start)).toEqual({ admitted: true, headers: {} })
})
