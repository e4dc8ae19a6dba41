import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ContenderName, contenders } from './contenders.ts'
import { type Measurement, measure, NotMeasured } from './measurement.ts'
import type { BenchOptions } from './options.ts'
import { startParticipant } from './participant-process.ts'
import { type LimitRound, measureLimits } from './pgbench.ts'
import type { ContenderFacts, Failure } from './results.ts'
import type { Server } from './server.ts'

type Name = BenchOptions['only'][number]
type Settings = ContenderFacts['settings']

/** What a run gathers, as it goes. */
export interface Gathered {
  readonly measurements: readonly Measurement[]
  readonly limits: readonly LimitRound[]
  readonly failures: readonly Failure[]
  readonly settings: ReadonlyMap<ContenderName, Settings>
}

export interface RunDeps {
  readonly server: Server
  /** The program that measures the server's own limits; null: there is none. */
  readonly pgbench: string | null
  readonly print: (line: string) => void
}

/** Measures everyone once a round, each on a database of its own; one that fails stops nobody. */
export async function runRounds(deps: RunDeps, options: BenchOptions): Promise<Gathered> {
  const measurements: Measurement[] = []
  const limits: LimitRound[] = []
  const failures: Failure[] = []
  const settings = new Map<ContenderName, Settings>()
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const name of rotated(options.only, round - 1)) {
      try {
        if (name !== 'pgbench') {
          const into = { name, round, measurements, failures }
          settings.set(name, await measureContender(deps, options, into))
        } else if (deps.pgbench !== null) {
          const seconds = options.seconds / 2
          limits.push(await measureLimits(deps.pgbench, deps.server, { round, seconds }))
          deps.print(`round ${round}, pgbench: done`)
        }
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        failures.push({ contender: name, round, error: text })
        deps.print(`round ${round}, ${name}: failed: ${text}`)
      }
    }
  }
  return { measurements, limits, failures, settings }
}

/** Each round begins with another one: nobody always comes after the same neighbour's work. */
export function rotated(names: readonly Name[], by: number): readonly Name[] {
  const from = by % names.length
  return [...names.slice(from), ...names.slice(0, from)]
}

async function measureContender(
  { server, print }: RunDeps,
  { concurrency, seconds, warmUpSeconds, source }: BenchOptions,
  {
    name,
    round,
    measurements,
    failures,
  }: { name: ContenderName; round: number; measurements: Measurement[]; failures: Failure[] },
): Promise<Settings> {
  const folder = join(server.folder, `${name}-${round}`)
  await mkdir(folder)
  return server.withDatabase(`saga_bench_${name}`, async (connection) => {
    const setup = { connection, folder, concurrency: Math.max(...concurrency) }
    const participant = await startParticipant(contenders[name].program, setup, { source })
    try {
      for (const inFlight of concurrency) {
        const load = { contender: name, round, concurrency: inFlight, seconds, warmUpSeconds }
        try {
          const measurement = await measure(participant, server, load)
          measurements.push(measurement)
          print(line(measurement))
        } catch (error) {
          if (!(error instanceof NotMeasured)) throw error
          failures.push({ contender: name, round, error: error.message })
          print(`round ${round}, ${name}: ${error.message}`)
        }
      }
      await participant.ask({ type: 'close' }, 'closed')
    } finally {
      await participant.end()
    }
    return participant.settings
  })
}

function line({ contender, round, concurrency, perSecond, p50Ms, p99Ms }: Measurement): string {
  const [p50, p99] = [p50Ms, p99Ms].map((ms) => ms?.toFixed(1) ?? '–')
  return `round ${round}, ${contender} at ${concurrency}: ${perSecond.toFixed(0)} sagas/s, p50 ${p50} ms, p99 ${p99} ms`
}
