import { describe, expect, test } from 'vitest'
import { mostAbsent } from './absence.ts'
import { paceOf } from './pace.ts'

const now = 1_000_000
const resetAt = new Date(now + 90_000)

describe('the pace of a sync', () => {
  test('is free while more than half of the hourly budget is left, or nothing is known of it', () => {
    expect(paceOf(undefined, now)).toBe(0)
    expect(paceOf({ limit: 5_000, remaining: 2_501, resetAt }, now)).toBe(0)
  })

  test('is that of the places that come free, once half is spent', () => {
    expect(paceOf({ limit: 5_000, remaining: 2_500, resetAt }, now)).toBe(90_000)
    expect(paceOf({ limit: 5_000, remaining: 0, resetAt: new Date(now - 1) }, now)).toBe(0)
  })
})

describe('how many may be absent at once', () => {
  test.each([
    [0, 10],
    [40, 10],
    [200, 10],
    [219, 10],
    [240, 12],
    [100_000, 5_000],
  ])('of %i: %i', (known, most) => expect(mostAbsent(known)).toBe(most))
})
