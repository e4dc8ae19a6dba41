import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const policies = fc.record({
  attempts: fc.integer({ min: 1, max: 20 }),
  baseMs: fc.integer({ min: 0, max: 10_000 }),
  capMs: fc.integer({ min: 0, max: 100_000 }),
})
const failures = fc.integer({ min: 1, max: 2_000 })
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the wait before a repetition', () => {
  test('doubles its bound from the base up to the cap', () => {
    const policy = { attempts: 6, baseMs: 500, capMs: 3_000 }
    const bounds = [1, 2, 3, 4, 5].map((failed) => backoffMs(policy, failed, 0.999_999))
    expect(bounds).toEqual([499, 999, 1_999, 2_999, 2_999])
  })

  test('is a whole number within its bounds, however often the call failed', () => {
    fc.assert(
      fc.property(policies, failures, chances, (policy, failed, random) => {
        const wait = backoffMs(policy, failed, random)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(policy.capMs)
        if (failed <= 53) expect(wait).toBeLessThanOrEqual(policy.baseMs * 2 ** (failed - 1))
      }),
    )
  })

  test('has full jitter: any wait from none at all to the bound', () => {
    const policy = { attempts: 5, baseMs: 1_000, capMs: 1_000 }
    expect([0, 0.25, 0.5, 0.75].map((chance) => backoffMs(policy, 1, chance))).toEqual([
      0, 250, 500, 750,
    ])
  })
})
