import { SagaError } from '../../core/errors.ts'
import { type CaseResult, caseName } from './case.ts'

/** A case in which something was not as it has to be. */
export interface MatrixFailure {
  /** Runs it alone: `crashMatrix({ …, only: name })`. */
  readonly name: string
  /** What was not as it has to be. */
  readonly breaches: readonly string[]
  /** What happened to its runs, in the order in which it did. */
  readonly history: readonly string[]
}

/** What a matrix has run. */
export interface MatrixReport {
  readonly kind: string
  /** How many cases ran. */
  readonly cases: number
  /** Their names, in the order in which they were run. */
  readonly names: readonly string[]
  /** By the number of faults in a case: 0, 1, 2. */
  readonly byFaults: readonly [number, number, number]
  /** How many cases with one fault there are; more than have run where a sample was asked for. */
  readonly possible: number
  /** The ways for the run to go, and how many points each comes by. */
  readonly variants: Readonly<Record<string, number>>
  /** For each fault of the cases with one: how many of them ended how. */
  readonly ends: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Cases whose fault never came: the run did not come by its point this time. */
  readonly unstruck: readonly string[]
  readonly failures: readonly MatrixFailure[]
  /** Real milliseconds. */
  readonly tookMs: number
}

/** A matrix has cases that failed; the message names each, and how to run it alone. */
export class CrashMatrixFailed extends SagaError {
  readonly report: MatrixReport
  constructor(report: MatrixReport) {
    super('crash_matrix_failed', printed(report))
    this.report = report
  }
}

/** Puts together what the cases of a saga came to. */
export function reportOf(
  kind: string,
  results: readonly CaseResult[],
  variants: Readonly<Record<string, number>>,
  possible: number,
  tookMs: number,
): MatrixReport {
  const byFaults: [number, number, number] = [0, 0, 0]
  const ends: Record<string, Record<string, number>> = {}
  for (const { name, end, parked } of results) {
    byFaults[name.strikes.length === 0 ? 0 : name.strikes.length === 1 ? 1 : 2] += 1
    if (name.strikes.length > 1) continue
    const fault = name.strikes[0]?.fault ?? 'none'
    const of = ends[fault] ?? {}
    ends[fault] = of
    const how = parked === null ? end : `${end} by an operator`
    of[how] = (of[how] ?? 0) + 1
  }
  const failures = results
    .filter(({ breaches }) => breaches.length > 0)
    .map((result) => ({
      name: caseName(result),
      breaches: result.breaches,
      history: result.history,
    }))
  const unstruck = results.filter(({ isStruck }) => !isStruck).map(caseName)
  const names = results.map(caseName)
  const cases = results.length
  return { kind, cases, names, byFaults, possible, variants, ends, unstruck, failures, tookMs }
}

const mostShown = 10

/** A report, for people. */
export function printed(report: MatrixReport): string {
  const { kind, cases, byFaults, possible, variants, ends, unstruck, failures, tookMs } = report
  const points = Object.values(variants).reduce((sum, count) => sum + count, 0)
  const rate = Math.round((cases / Math.max(1, tookMs)) * 1_000)
  const lines = [
    `crash matrix of ${kind}: ${cases} cases (${byFaults[0]} without a fault, ${byFaults[1]}${byFaults[1] < possible ? ` of ${possible}` : ''} with one, ${byFaults[2]} with two) at ${points} points of ${Object.keys(variants).length} ways; ${failures.length} failed; ${(tookMs / 1_000).toFixed(1)} s, ${rate} a second`,
    ...Object.entries(ends).map(
      ([fault, counts]) =>
        `  ${fault.padEnd(10)} ${Object.entries(counts)
          .map(([how, count]) => `${how} ${count}`)
          .join(', ')}`,
    ),
    ...(unstruck.length > 0 ? [`  ${unstruck.length} did not come by the point of a fault`] : []),
  ]
  for (const { name, breaches, history } of failures.slice(0, mostShown)) {
    lines.push('', `✗ ${name}`, ...breaches.map((breach) => `    ${breach}`))
    lines.push(`  alone: CRASH_MATRIX_ONLY='${name}'`, ...history.map((event) => `      ${event}`))
  }
  if (failures.length > mostShown) {
    lines.push(
      '',
      ...failures.slice(mostShown).map(({ name, breaches }) => `✗ ${name}: ${breaches[0]}`),
    )
  }
  return lines.join('\n')
}
