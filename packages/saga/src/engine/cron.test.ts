import { describe, expect, it } from 'vitest'
import { InvalidInput } from '../core/errors.ts'
import { nextFireTimes } from './cron.ts'

/** The next times after a moment, in UTC to the minute. */
function times(cron: string, timeZone: string, from: string, count: number): string[] {
  return nextFireTimes(cron, timeZone, Date.parse(from), count).map((time) =>
    new Date(time).toISOString().replace(':00.000Z', 'Z'),
  )
}

// Berlin goes from 02:00 to 03:00 on 31 March 2030 (01:00Z), and from 03:00 to 02:00 on 27 October
// (01:00Z); New York from 02:00 to 03:00 on 10 March (07:00Z), from 02:00 to 01:00 on 3 November
// (06:00Z).
describe('a time that a day does not have', () => {
  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2030-03-30T12:00Z',
      ['2030-03-31T01:00Z', '2030-04-01T00:30Z'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2030-03-09T12:00Z',
      ['2030-03-10T07:00Z', '2030-03-11T06:30Z'],
    ],
  ])('in %s fires at the end of the gap, once', (zone, cron, from, expected) => {
    expect(times(cron, zone, from, 2)).toEqual(expected)
    // Asked again from where it fired, as a schedule does.
    expect(times(cron, zone, expected[0] ?? '', 1)).toEqual(expected.slice(1))
  })

  it('is one tick with another that is named for the end of the gap', () => {
    expect(times('0 2,3 * * *', 'Europe/Berlin', '2030-03-30T12:00Z', 2)).toEqual([
      '2030-03-31T01:00Z',
      '2030-04-01T00:00Z',
    ])
  })

  it('fires too where it is one of several', () => {
    expect(times('0,30 2,14 * * *', 'Europe/Berlin', '2030-03-30T23:00Z', 3)).toEqual([
      '2030-03-31T01:00Z',
      '2030-03-31T12:00Z',
      '2030-03-31T12:30Z',
    ])
  })

  it('is left out by what keeps a distance', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2030-03-31T00:15Z', 3)).toEqual([
      '2030-03-31T00:30Z',
      '2030-03-31T01:00Z',
      '2030-03-31T01:30Z',
    ])
    expect(times('15 * * * *', 'America/New_York', '2030-03-10T06:00Z', 2)).toEqual([
      '2030-03-10T06:15Z',
      '2030-03-10T07:15Z',
    ])
  })
})

describe('a time that a day has twice', () => {
  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2030-10-26T12:00Z',
      ['2030-10-27T00:30Z', '2030-10-28T01:30Z'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2030-11-02T12:00Z',
      ['2030-11-03T05:30Z', '2030-11-04T06:30Z'],
    ],
  ])('in %s fires once, the first time', (zone, cron, from, expected) => {
    expect(times(cron, zone, from, 2)).toEqual(expected)
    expect(times(cron, zone, expected[0] ?? '', 1)).toEqual(expected.slice(1))
  })

  it('fires once where it is one of several', () => {
    expect(times('0,30 1 * * *', 'America/New_York', '2030-11-03T04:00Z', 3)).toEqual([
      '2030-11-03T05:00Z',
      '2030-11-03T05:30Z',
      '2030-11-04T06:00Z',
    ])
  })

  it('counts twice for what keeps a distance', () => {
    expect(times('15 * * * *', 'Europe/Berlin', '2030-10-26T23:30Z', 3)).toEqual([
      '2030-10-27T00:15Z',
      '2030-10-27T01:15Z',
      '2030-10-27T02:15Z',
    ])
  })
})

describe('the next times of a cron expression', () => {
  it('come after the moment given, never at it', () => {
    expect(times('0 * * * *', 'UTC', '2030-01-01T00:00Z', 1)).toEqual(['2030-01-01T01:00Z'])
    expect(times('0 * * * *', 'UTC', '2029-12-31T23:59:59.999Z', 1)).toEqual(['2030-01-01T00:00Z'])
  })

  it('are from 1 to 100', () => {
    expect(times('* * * * *', 'UTC', '2030-01-01T00:00Z', 100)).toHaveLength(100)
    for (const count of [0, 101, 1.5, Number.NaN]) {
      expect(() => nextFireTimes('* * * * *', 'UTC', 0, count)).toThrow(InvalidInput)
    }
  })

  it('are refused where there are none', () => {
    for (const [cron, zone] of [
      ['0 0 31 2 *', 'UTC'],
      ['0 0 * * * *', 'UTC'],
      ['every hour', 'UTC'],
      ['0 0 * * *', 'Mars/Olympus'],
    ] as const) {
      expect(() => nextFireTimes(cron, zone, 0, 1)).toThrow(InvalidInput)
    }
  })
})
