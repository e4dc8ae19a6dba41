import type { ContenderName } from './contenders.ts'
import type { Measurement } from './measurement.ts'
import { type Results, ratioOf } from './results.ts'
import { median } from './statistics.ts'

/** What the engine is to reach, and what it has reached. */
export interface Verdict {
  readonly target: string
  readonly least: number
  /** Null: it was not measured. */
  readonly reached: number | null
  readonly met: boolean | null
}

const perSecond = (measurement: Measurement) => measurement.perSecond
const p50Ms = (measurement: Measurement) => measurement.p50Ms

const throughput: readonly (readonly [number, ContenderName, number])[] = [
  [50, 'dbos', 30],
  [50, 'openworkflow', 15],
  [50, 'restate', 12],
  [50, 'bare', 0.55],
  [500, 'bare', 0.6],
]

/** How many times longer the others take for one alone. */
const latency: readonly (readonly [ContenderName, number])[] = [
  ['restate', 2],
  ['dbos', 3],
]

/** Steps of a saga: what the bare loop commits, its starts not counted, in pgbench's unit. */
const steps = 3

export function verdicts(results: Pick<Results, 'measurements' | 'limits'>): readonly Verdict[] {
  return [
    ...throughput.map(([concurrency, contender, least]) =>
      verdict(
        `throughput at ${concurrency}: this engine / ${contender}`,
        least,
        ratioOf(results, perSecond, { contender: 'ours', concurrency }, { contender, concurrency }),
      ),
    ),
    ...latency.map(([contender, least]) =>
      verdict(
        `p50 of one alone: ${contender} / this engine`,
        least,
        ratioOf(
          results,
          p50Ms,
          { contender, concurrency: 1 },
          { contender: 'ours', concurrency: 1 },
        ),
      ),
    ),
    verdict(
      'the bound: steps a second, bare loop at 50 / pgbench with 25 steps a statement, one client',
      0.8,
      boundOf(results),
    ),
  ]
}

function verdict(target: string, least: number, reached: number | null): Verdict {
  return { target, least, reached, met: reached === null ? null : reached >= least }
}

/** Round by round, as every ratio: each round has its own pgbench. */
function boundOf({
  measurements,
  limits,
}: Pick<Results, 'measurements' | 'limits'>): number | null {
  const ratios = measurements
    .filter(({ contender, concurrency }) => contender === 'bare' && concurrency === 50)
    .map((measurement) => {
      const limit = limits.find(({ round }) => round === measurement.round)?.stepsPerSecond
      const below = limit?.['together-1']
      return below === undefined ? null : (measurement.perSecond * steps) / below
    })
  return median(ratios.filter((ratio) => ratio !== null))
}
