import { describe, expect, it } from 'vitest'
import type { ContenderName } from '../../bench/contenders.ts'
import type { Measurement } from '../../bench/measurement.ts'
import { readOptions } from '../../bench/options.ts'
import { report } from '../../bench/report.ts'
import { type Results, ratioOf } from '../../bench/results.ts'
import { rotated } from '../../bench/run.ts'
import { median, quantile, spread } from '../../bench/statistics.ts'
import { verdicts } from '../../bench/targets.ts'

function measured(
  contender: ContenderName,
  round: number,
  concurrency: number,
  perSecond: number,
  p50Ms: number | null = 1,
): Measurement {
  return {
    ...{ contender, round, concurrency, perSecond, p50Ms, p99Ms: 5, completed: 100 },
    processes: { itself: { cpuMsPerSaga: 0.5, peakBytes: 2 ** 20 } },
    ...{ walBytesPerSaga: 1_000, writesPerSaga: 4, statementsPerSaga: null },
  }
}

const machine = {
  ...{ processor: 'a processor', cores: 2, memoryBytes: 2 ** 33, system: 'linux', node: 'v24' },
  ...{ fileSystem: 'ext4', syncsPerSecond: 4_000 },
}

function results(over: Partial<Results>): Results {
  return {
    ...{ date: '2026-01-02T03:04:05.678Z', commit: null, command: 'npm run bench', machine },
    postgres: { version: '18.4', settings: { fsync: 'on' } },
    ...{ rounds: 3, seconds: 5, warmUpSeconds: 2, concurrency: [1, 50] },
    ...{ contenders: {}, limits: [], limitsSkipped: null, measurements: [], failures: [] },
    ...over,
  }
}

describe('medians', () => {
  it('are the middle value, or the mean of two, and nothing of nothing', () => {
    expect(median([9, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 9])).toBe(3)
    expect(median([])).toBeNull()
  })

  it('leave out what could not be measured', () => {
    expect(spread([3, null, 1, 2])).toEqual({ median: 2, least: 1, most: 3 })
    expect(spread([null])).toBeNull()
  })

  it('are one quantile of many, by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(quantile(hundred, 0.5)).toBe(50)
    expect(quantile(hundred, 0.99)).toBe(99)
    expect(quantile([7], 0.99)).toBe(7)
    expect(quantile([], 0.5)).toBeNull()
  })
})

describe('a ratio', () => {
  const throughput = ({ perSecond }: Measurement) => perSecond
  const ours = { contender: 'ours', concurrency: 50 } as const
  const dbos = { contender: 'dbos', concurrency: 50 } as const

  it('is formed within a round, and the median taken of the rounds', () => {
    // The second round was slow for both; the medians of each alone would give 300 / 100.
    const measurements = [
      ...[measured('ours', 1, 50, 1_000), measured('dbos', 1, 50, 100)],
      ...[measured('ours', 2, 50, 100), measured('dbos', 2, 50, 10)],
      ...[measured('ours', 3, 50, 300), measured('dbos', 3, 50, 200)],
    ]
    expect(ratioOf({ measurements }, throughput, ours, dbos)).toBe(10)
  })

  it('needs both in one round', () => {
    const measurements = [measured('ours', 1, 50, 1_000), measured('dbos', 2, 50, 100)]
    expect(ratioOf({ measurements }, throughput, ours, dbos)).toBeNull()
  })
})

describe('the targets', () => {
  const verdictOf = (part: string, over: Partial<Results>) =>
    verdicts(results(over)).find(({ target }) => target.includes(part))

  it('are met at the ratio that is asked for, and missed below it', () => {
    const against = (perSecond: number) =>
      verdictOf('at 50: this engine / dbos', {
        measurements: [measured('ours', 1, 50, perSecond), measured('dbos', 1, 50, 100)],
      })
    expect(against(3_000)).toMatchObject({ reached: 30, met: true })
    expect(against(2_999)).toMatchObject({ met: false })
  })

  it('turn latencies round: how many times longer the other takes', () => {
    const measurements = [measured('ours', 1, 1, 100, 2), measured('restate', 1, 1, 100, 5)]
    expect(verdictOf('restate / this engine', { measurements })).toMatchObject({
      reached: 2.5,
      met: true,
    })
  })

  it('compare the bare loop with pgbench of its own round, in steps', () => {
    const bound = verdictOf('the bound', {
      measurements: [measured('bare', 1, 50, 10_000), measured('bare', 2, 50, 100)],
      limits: [{ round: 1, stepsPerSecond: { 'together-1': 40_000 } }],
    })
    expect(bound).toMatchObject({ reached: 0.75, met: false })
  })

  it('say so where nothing was measured', () => {
    expect(verdicts(results({})).every(({ met }) => met === null)).toBe(true)
  })
})

describe('the report', () => {
  it('has every figure, target and failure in a table', () => {
    const text = report(
      results({
        measurements: [
          ...[measured('ours', 1, 50, 3_000), measured('ours', 2, 50, 3_200)],
          ...[measured('dbos', 1, 50, 50), measured('restate', 1, 50, 60)],
        ],
        limits: [{ round: 1, stepsPerSecond: { 'together-1': 40_000 } }],
        failures: [{ contender: 'openworkflow', round: 1, error: 'it fell\nover | twice' }],
      }),
    )
    expect(text).toContain('| this engine | 3100 (3000–3200) | 1.0 (1.0–1.0) |')
    expect(text).toContain('| throughput at 50: this engine / dbos | 30 | 60.00 | met |')
    expect(text).toContain('| DBOS Transact | 60.00 × |')
    expect(text).toContain('| one statement for 25 steps | 1 | 40000 (40000–40000) |')
    expect(text).toContain('| openworkflow | 1 | it fell over \\| twice |')
    // Restate writes to a store of its own.
    expect(text).toMatch(/\| Restate \|.*\| n\/a \| n\/a \| n\/a \|/)
  })

  it('says why pgbench was left out', () => {
    expect(report(results({ limitsSkipped: 'not asked for' }))).toContain(
      'pgbench was left out: not asked for.',
    )
  })
})

describe('the options', () => {
  it('refuse what is no number and nobody that is measured', () => {
    expect(() => readOptions(['--rounds', 'many'])).toThrow('--rounds: "many" is no number above 0')
    expect(() => readOptions(['--only', 'ours,temporal'])).toThrow('there is no "temporal"')
  })

  it('name the concurrencies and who is measured', () => {
    expect(readOptions(['--only', 'ours,pgbench', '--concurrency', '1,8'])).toMatchObject({
      only: ['ours', 'pgbench'],
      concurrency: [1, 8],
    })
  })
})

describe('each round', () => {
  it('begins with another one', () => {
    const names = ['ours', 'bare', 'dbos'] as const
    expect([0, 1, 2, 3].map((round) => rotated(names, round)[0])).toEqual([
      'ours',
      'bare',
      'dbos',
      'ours',
    ])
  })
})
