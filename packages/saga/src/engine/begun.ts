import { Fenced, SagaError } from '../core/errors.ts'
import type { Run } from '../core/run.ts'
import type { NewRun } from './store.ts'

/**
 * A run that a worker of the process that starts it begins at once. It has no row until its first
 * patch, with the intent of its first call, inserts it: start, claim and open are one write.
 */
export interface Begun {
  readonly start: NewRun
  /** Told once, before anybody is told of its events, when the run is durable. */
  onStored(run: Run): void
}

/** Its start key is taken, or the run is there already: it is not this worker's to go on with. */
export class StartTaken extends SagaError {
  constructor(runId: string) {
    super('start_taken', `saga ${runId} was not inserted: its start key or its id is taken`)
  }
}

/** As it would be claimed, had it been inserted first. */
export function begunRun(start: NewRun, worker: string, now: number): Run {
  const { id, tag, kind, version, plan, inputs, startKey, lockKeys, priority, startedBy } = start
  return {
    id,
    tag,
    kind,
    version,
    plan,
    status: 'running',
    direction: 'forward',
    currentStep: 0,
    inputs,
    context: {},
    error: null,
    parked: null,
    startKey,
    priority,
    wakeAt: null,
    waitsFor: null,
    lockKeys,
    locksHeld: false,
    reservedFor: null,
    workerId: worker,
    epoch: 1,
    revision: 0,
    // That it was started.
    eventSeq: 1,
    rootId: id,
    parentId: null,
    parentStep: null,
    cancelRequestedAt: null,
    cancelRequestedBy: null,
    startedBy,
    traceContext: start.traceContext ?? null,
    createdAt: now,
    startedAt: now,
    endedAt: null,
  }
}

/** A worker of this process. */
export interface LocalWorker {
  /** Whether a run is at work in it. */
  holds(runId: string): boolean
  /** Undefined: it has no room, or others wait before it. Rejects when the run could not be stored. */
  begin(start: NewRun, onStored: (run: Run) => void): Promise<Run> | undefined
}

/**
 * Has one of the workers of this process begin a run; undefined where none of them could, or it was
 * lost or taken before it was stored: then it is to be inserted for anybody to claim.
 */
export async function beginHere(
  workers: Iterable<LocalWorker>,
  start: NewRun,
  onStored: (run: Run) => void,
): Promise<Run | undefined> {
  for (const worker of workers) {
    const begun = worker.begin(start, onStored)
    if (begun === undefined) continue
    try {
      return await begun
    } catch (error) {
      if (error instanceof StartTaken || error instanceof Fenced) return undefined
      throw error
    }
  }
  return undefined
}
