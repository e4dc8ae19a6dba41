import { describe, expect, it } from 'vitest'
import { between, duration, exact, relative } from './time.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const at = (seconds: number) => new Date(now + seconds * 1_000).toISOString()

describe('duration', () => {
  it.each([
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9_949, '9.9 s'],
    [12_900, '12 s'],
    [59_999, '59 s'],
    [185_000, '3 min 05 s'],
    [7_380_000, '2 h 03 min'],
    [435_600_000, '5 d 1 h'],
    [-5, '0.0 s'],
  ])('%i ms is %j', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('relative', () => {
  it.each([
    [-0.5, 'now'],
    [-12, '12 s ago'],
    [-200, '3 min ago'],
    [-7_300, '2 h ago'],
    [-100_000, '27 h ago'],
    [-300_000, '3 d ago'],
    [4, 'in 4 s'],
  ])('%d s from now is %j', (seconds, text) => {
    expect(relative(at(seconds), now)).toBe(text)
  })

  it('is empty for no time at all', () => {
    expect([relative(null, now), relative('soon', now), exact(null, now)]).toEqual(['', '', ''])
  })
})

it('exact times are given in UTC with how long ago that is', () => {
  expect(exact(at(-200), now)).toBe('2026-03-01 11:56:40 UTC (3 min ago)')
})

it('what has not ended takes until now', () => {
  expect(between(at(-5), null, now)).toBe(5_000)
  expect(between(at(-5), at(-2), now)).toBe(3_000)
  expect(between(null, null, now)).toBeUndefined()
})
