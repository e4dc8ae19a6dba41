import type { ContenderName } from './contenders.ts'
import type { Machine } from './machine.ts'
import type { Measurement } from './measurement.ts'
import type { LimitRound } from './pgbench.ts'
import { median, type Spread, spread } from './statistics.ts'

/** One that could not be measured. */
export interface Failure {
  readonly contender: ContenderName | 'pgbench'
  readonly round: number
  readonly error: string
}

/** Everything that is kept of a run. */
export interface Results {
  readonly date: string
  readonly commit: string | null
  readonly command: string
  readonly machine: Machine
  readonly postgres: {
    readonly version: string
    readonly settings: Readonly<Record<string, string>>
  }
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly concurrency: readonly number[]
  /** Package versions and settings of each contender. */
  readonly contenders: Readonly<Partial<Record<ContenderName, ContenderFacts>>>
  readonly limits: readonly LimitRound[]
  readonly limitsSkipped: string | null
  readonly measurements: readonly Measurement[]
  readonly failures: readonly Failure[]
}

/** What is measured under a contender's name. */
export interface ContenderFacts {
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

export function measurementsOf(
  { measurements }: Pick<Results, 'measurements'>,
  contender: ContenderName,
  concurrency: number,
): readonly Measurement[] {
  return measurements.filter(
    (one) => one.contender === contender && one.concurrency === concurrency,
  )
}

export function spreadOf(
  measurements: readonly Measurement[],
  figure: (measurement: Measurement) => number | null,
): Spread | null {
  return spread(measurements.map(figure))
}

/**
 * How many times the figure of one is that of another: formed within each round, for what else the
 * machine was doing then it was doing to both, and the median taken of the rounds. Null where no
 * round has both.
 */
export function ratioOf(
  results: Pick<Results, 'measurements'>,
  figure: (measurement: Measurement) => number | null,
  one: { readonly contender: ContenderName; readonly concurrency: number },
  other: { readonly contender: ContenderName; readonly concurrency: number },
): number | null {
  const others = new Map(
    measurementsOf(results, other.contender, other.concurrency).map((measurement) => [
      measurement.round,
      figure(measurement),
    ]),
  )
  const ratios = measurementsOf(results, one.contender, one.concurrency).map((measurement) => {
    const above = figure(measurement)
    const below = others.get(measurement.round)
    return above === null || below === null || below === undefined ? null : above / below
  })
  return median(ratios.filter((ratio) => ratio !== null))
}
