import { setTimeout as delay } from 'node:timers/promises'
import type { ContenderName } from './contenders.ts'
import type { ParticipantProcess } from './participant-process.ts'
import type { Server, Work } from './server.ts'
import { cpuMsOf, cpuMsOfServer, forgetPeak, memoryOfServer, peakBytesOf } from './usage.ts'

/** What a process has used. */
export interface ProcessUsage {
  /** User and system. */
  readonly cpuMsPerSaga: number | null
  readonly peakBytes: number | null
}

/** One contender at one concurrency in one round. */
export interface Measurement {
  readonly contender: ContenderName
  readonly round: number
  readonly concurrency: number
  readonly completed: number
  readonly perSecond: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** By name: `itself`, `postgres`, and what else it has. */
  readonly processes: Readonly<Record<string, ProcessUsage>>
  /** The server's writing as a whole: nobody else uses it meanwhile. */
  readonly walBytesPerSaga: number
  readonly writesPerSaga: number
  readonly statementsPerSaga: number | null
}

interface Sample {
  readonly work: Work
  readonly cpuMs: Readonly<Record<string, number | null>>
}

/** There is no figure for this load; there may be for another. */
export class NotMeasured extends Error {}

/** How much longer than asked for the driver, which has nothing to do, may have slept. */
const mostStretch = 1.2

/**
 * Measures a participant in a closed loop, for a time, after a warm-up.
 * @throws NotMeasured with the participant at rest again
 */
export async function measure(
  participant: ParticipantProcess,
  server: Server,
  load: {
    readonly contender: ContenderName
    readonly round: number
    readonly concurrency: number
    readonly seconds: number
    readonly warmUpSeconds: number
  },
): Promise<Measurement> {
  const { contender, round, concurrency, seconds, warmUpSeconds } = load
  await participant.ask({ type: 'start', concurrency }, 'started')
  await delay(warmUpSeconds * 1_000)
  await Promise.all(Object.values(participant.processes).map(forgetPeak))
  const first = await participant.ask({ type: 'mark' }, 'marked')
  const before = await sample(participant, server)
  const sleptFrom = performance.now()
  await delay(seconds * 1_000)
  const sleptSeconds = (performance.now() - sleptFrom) / 1_000
  const marked = await participant.ask({ type: 'mark' }, 'marked')
  const after = await sample(participant, server)
  const peaks = await peaksOf(participant, server)
  await participant.ask({ type: 'halt' }, 'halted')
  const { completed, ms, p50Ms, p99Ms } = marked
  if (sleptSeconds > seconds * mostStretch) {
    const took = `${seconds} s took ${sleptSeconds.toFixed(1)} s`
    throw new NotMeasured(`at ${concurrency}: the machine stood still meanwhile (${took})`)
  }
  if (completed === 0) {
    throw new NotMeasured(`at ${concurrency}: no saga was completed within ${seconds} s`)
  }
  const names = [...Object.keys(participant.processes), 'postgres']
  return {
    contender,
    round,
    concurrency,
    completed,
    perSecond: (completed * 1_000) / ms,
    p50Ms,
    p99Ms,
    processes: Object.fromEntries(
      names.map((name) => [
        name,
        {
          cpuMsPerSaga: per(completed, before.cpuMs[name] ?? null, after.cpuMs[name] ?? null),
          peakBytes: peaks[name] ?? null,
        },
      ]),
    ),
    walBytesPerSaga: (after.work.walBytes - before.work.walBytes) / completed,
    writesPerSaga: (after.work.writes - before.work.writes) / completed,
    statementsPerSaga: per(completed, first.statements, marked.statements),
  }
}

function per(sagas: number, before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : (after - before) / sagas
}

async function sample(participant: ParticipantProcess, server: Server): Promise<Sample> {
  const { postmaster } = server
  const work = await server.readWork()
  const own = await ofEach(participant, cpuMsOf)
  const postgres = postmaster === null ? null : await cpuMsOfServer(postmaster)
  return { work, cpuMs: { ...own, postgres } }
}

async function peaksOf(
  participant: ParticipantProcess,
  { postmaster }: Server,
): Promise<Readonly<Record<string, number | null>>> {
  const own = await ofEach(participant, peakBytesOf)
  return { ...own, postgres: postmaster === null ? null : await memoryOfServer(postmaster) }
}

async function ofEach<Value>(
  { processes }: ParticipantProcess,
  read: (pid: number) => Promise<Value>,
): Promise<Readonly<Record<string, Value>>> {
  return Object.fromEntries(
    await Promise.all(
      Object.entries(processes).map(async ([name, pid]) => [name, await read(pid)] as const),
    ),
  )
}
