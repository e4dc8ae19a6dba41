import { describe, expect, test } from 'vitest'
import { rateLimitOf, retryAfterOf } from './headers.ts'

const full = {
  'ratelimit-limit': '5000',
  'ratelimit-remaining': '4999',
  'ratelimit-reset': '1700000000',
}

describe('the ratelimit-* headers', () => {
  test('are whole numbers and an epoch second', () => {
    expect(rateLimitOf(new Headers(full))).toEqual({
      limit: 5000,
      remaining: 4999,
      resetAt: new Date('2023-11-14T22:13:20Z'),
    })
  })

  test.each([
    ['one is missing', { 'ratelimit-limit': '5000', 'ratelimit-remaining': '1' }],
    ['one is empty', { ...full, 'ratelimit-remaining': '' }],
    ['one is negative', { ...full, 'ratelimit-remaining': '-1' }],
    ['one is no number', { ...full, 'ratelimit-limit': 'many' }],
    ['the reset is beyond all dates', { ...full, 'ratelimit-reset': '999999999999999' }],
  ])('say nothing when %s', (_, headers) => {
    expect(rateLimitOf(new Headers(headers))).toBeUndefined()
  })
})

describe('the retry-after header', () => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  const retryAfter = (value: string) => retryAfterOf(new Headers({ 'retry-after': value }), now)

  test('is in seconds', () => expect(retryAfter('17')).toBe(17_000))

  test('is an HTTP date', () => expect(retryAfter('Fri, 02 Jan 2026 03:04:35 GMT')).toBe(30_000))

  test('is no wait when the date has passed', () => {
    expect(retryAfter('Fri, 02 Jan 2026 03:00:00 GMT')).toBe(0)
  })

  test('is an hour at most', () => expect(retryAfter('999999')).toBe(3_600_000))

  test('says nothing when it is missing or makes no sense', () => {
    expect(retryAfterOf(new Headers(), now)).toBeUndefined()
    expect(retryAfter('soon')).toBeUndefined()
  })
})
