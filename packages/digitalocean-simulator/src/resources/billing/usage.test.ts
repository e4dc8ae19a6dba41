import { describe, expect, test } from 'vitest'
import { costInMonth } from './usage.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const priced = (created: string, ended: string | null, monthly = 6.72) => ({
  createdMs: at(created),
  endedMs: ended === null ? null : at(ended),
  monthly,
})

describe('what something costs in a month', () => {
  test.each([
    ['a begun hour is an hour', '2026-01-15T12:00', null, '2026-01-15T12:00', 0.01],
    ['ten hours and a bit', '2026-01-15T12:00', null, '2026-01-15T22:01', 0.11],
    ['from the first of the month', '2025-11-03T00:00', null, '2026-01-01T05:00', 0.05],
    ['until it went', '2026-01-15T12:00', '2026-01-15T14:00', '2026-01-20T00:00', 0.02],
    ['no more than the month', '2025-11-03T00:00', null, '2026-01-31T23:00', 6.72],
  ])('%s', (_, created, ended, now, usd) => {
    expect(costInMonth(priced(created, ended), at(now))).toBeCloseTo(usd, 6)
  })

  test('nothing after the month in which it went', () => {
    expect(
      costInMonth(priced('2025-11-03T00:00', '2025-12-03T00:00'), at('2026-01-15T00:00')),
    ).toBe(0)
  })
})
