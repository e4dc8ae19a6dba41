import { type ContenderName, contenderNames, contenders } from './contenders.ts'
import type { Measurement, ProcessUsage } from './measurement.ts'
import { limits } from './pgbench.ts'
import { measurementsOf, type Results, ratioOf, spreadOf } from './results.ts'
import { type Spread, spread } from './statistics.ts'
import { verdicts } from './targets.ts'

// The results as Markdown, for people.

type Rows = readonly (readonly string[])[]

/** The whole report. */
export function report(results: Results): string {
  return [
    `# Three-step sagas, ${results.date.slice(0, 10)}`,
    conditions(results),
    '## Targets',
    targetTable(results),
    ...results.concurrency.flatMap((concurrency) => [
      `## ${concurrency === 1 ? 'One alone' : `${concurrency} in flight`}`,
      contenderTable(results, concurrency),
      ratioTable(results, concurrency),
    ]),
    '## What the server can do',
    limitTable(results),
    '## Failures',
    results.failures.length === 0
      ? 'None.'
      : table(
          ['who', 'round', 'why'],
          results.failures.map(({ contender, round, error }) => [
            contender,
            String(round),
            error.replaceAll('\n', ' ').replaceAll('|', '\\|').slice(0, 500),
          ]),
        ),
    '## How each is set up',
    setupTable(results),
    '## What this leaves out',
    leftOut,
    '',
  ].join('\n\n')
}

function conditions(results: Results): string {
  const { machine, postgres, rounds, seconds, warmUpSeconds } = results
  const settings = Object.entries(postgres.settings).map(([name, value]) => `${name} ${value}`)
  return [
    `A saga is three steps that do nothing, from its submission until its completion is known; a closed loop, ${rounds} rounds in rotated order, ${seconds} s each after ${warmUpSeconds} s of warm-up, each contender and round on a database of its own. Figures are medians of the rounds (least–most); a ratio is formed within a round, and the median taken.`,
    `- **Machine**: ${machine.processor}; ${machine.cores} cores, ${gigabytes(machine.memoryBytes)} memory; ${machine.system}; ${machine.fileSystem}, ${machine.syncsPerSecond.toFixed(0)} durable 8 KiB writes a second; Node.js ${machine.node}\n- **PostgreSQL** ${postgres.version}: ${settings.join(', ')}\n- **Commit** ${results.commit ?? 'unknown'}, \`${results.command}\``,
  ].join('\n\n')
}

function targetTable(results: Results): string {
  return table(
    ['target', 'at least', 'reached', ''],
    verdicts(results).map(({ target, least, reached, met }) => [
      target,
      String(least),
      reached === null ? '–' : reached.toFixed(2),
      met === null ? 'not measured' : met ? 'met' : '**missed**',
    ]),
  )
}

function contenderTable(results: Results, concurrency: number): string {
  const rows = present(results).map((name) => {
    const measurements = measurementsOf(results, name, concurrency)
    const figure = (read: (measurement: Measurement) => number | null, digits = 1) =>
      text(spreadOf(measurements, read), digits)
    // It has a store of its own; what PostgreSQL writes meanwhile is its own upkeep.
    const stored = (read: (measurement: Measurement) => number | null, digits = 1) =>
      name === 'restate' ? 'n/a' : middle(spreadOf(measurements, read), digits)
    return [
      contenders[name].title,
      figure(({ perSecond }) => perSecond, 0),
      figure(({ p50Ms }) => p50Ms),
      figure(({ p99Ms }) => p99Ms),
      usage(measurements, ({ cpuMsPerSaga }) => cpuMsPerSaga, 3),
      usage(measurements, ({ peakBytes }) => (peakBytes === null ? null : peakBytes / 2 ** 20), 0),
      stored(({ walBytesPerSaga }) => walBytesPerSaga, 0),
      stored(({ writesPerSaga }) => writesPerSaga, 2),
      stored(({ statementsPerSaga }) => statementsPerSaga, 2),
    ]
  })
  return table(
    [
      'who',
      'sagas/s',
      'p50 ms',
      'p99 ms',
      'CPU ms a saga',
      'peak MiB',
      'WAL bytes a saga',
      'commits a saga',
      'statements a saga',
    ],
    rows,
  )
}

/** Of each process: `itself` is the one that submits and works. */
function usage(
  measurements: readonly Measurement[],
  read: (usage: ProcessUsage) => number | null,
  digits: number,
): string {
  const names = new Set(measurements.flatMap(({ processes }) => Object.keys(processes)))
  const each = [...names].map((name) => {
    const values = measurements.map(({ processes }) => {
      const process = processes[name]
      return process === undefined ? null : read(process)
    })
    return `${name} ${middle(spread(values), digits)}`
  })
  return each.join(', ')
}

function ratioTable(results: Results, concurrency: number): string {
  const others = present(results).filter((name) => name !== 'ours')
  const times = (read: (measurement: Measurement) => number | null, other: ContenderName) =>
    ratioOf(results, read, { contender: 'ours', concurrency }, { contender: other, concurrency })
  return table(
    ['this engine against', 'throughput', 'p50', 'p99'],
    others.map((other) => [
      contenders[other].title,
      ratio(times(({ perSecond }) => perSecond, other)),
      ratio(times(({ p50Ms }) => p50Ms, other)),
      ratio(times(({ p99Ms }) => p99Ms, other)),
    ]),
  )
}

function limitTable(results: Results): string {
  if (results.limitsSkipped !== null) return `pgbench was left out: ${results.limitsSkipped}.`
  return table(
    ['pgbench', 'clients', 'steps a second'],
    limits.map(({ name, title, clients }) => [
      title,
      String(clients),
      text(spread(results.limits.map(({ stepsPerSecond }) => stepsPerSecond[name] ?? null)), 0),
    ]),
  )
}

function setupTable(results: Results): string {
  const list = (values: Readonly<Record<string, string | number | boolean>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join('; ')
  return table(
    ['who', 'versions', 'settings'],
    contenderNames.flatMap((name) => {
      const facts = results.contenders[name]
      if (facts === undefined) return []
      return [[contenders[name].title, list(facts.versions), list(facts.settings)]]
    }),
  )
}

const leftOut = `- No network: the server, the contender and the load share the machine's cores.
- One process each, steps that do nothing, small inputs and outputs, no failure on the way.
- Every contender writes what it needs to recover. This engine's steps also have their undo, an intent before each attempt, a fence of epoch and revision, and a history of three entries a step; the peers replay a function, and have no compensation of their own. They have what it has not: code with loops and branches as the workflow.
- **bare loop**: a row for the run, one for each step's result, group commit; no recovery, leases, undo, history or checks.
- **DBOS** runs a workflow in the process that starts it, without a queue: its fastest way.
- **openworkflow** finds work by polling. Its handle asks for a result once a second; here completion is seen when its worker has committed it, which is faster than its own way.
- **Restate** has a server and a store of its own, on the same disk, with its log flushed by fsync; PostgreSQL is idle meanwhile. A saga is one call through its ingress.
- CPU and peaks are those of the measured seconds (\`VmHWM\`); of PostgreSQL, all its processes, with what they share counted once, at the end of the measurement. Commits are transactions that wrote or locked something.`

function present({ measurements }: Results): readonly ContenderName[] {
  return contenderNames.filter((name) => measurements.some(({ contender }) => contender === name))
}

function text(of: Spread | null, digits: number): string {
  if (of === null) return '–'
  return `${of.median.toFixed(digits)} (${of.least.toFixed(digits)}–${of.most.toFixed(digits)})`
}

function middle(of: Spread | null, digits: number): string {
  return of === null ? '–' : of.median.toFixed(digits)
}

function ratio(times: number | null): string {
  return times === null ? '–' : `${times.toFixed(2)} ×`
}

function gigabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GiB`
}

function table(head: readonly string[], rows: Rows): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}
