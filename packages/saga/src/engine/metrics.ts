import {
  type Attributes,
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import type { StepCall } from '../core/decision.ts'
import type { SagaEvent } from '../core/event.ts'
import type { Run } from '../core/run.ts'
import type { Outcome } from '../core/settle.ts'
import { isEnd, scope } from './traces.ts'

/** What is due of a kind and held by nobody. */
export interface QueuedKind {
  readonly kind: string
  readonly count: number
  /** How long the oldest of them has been due, in milliseconds. */
  readonly ageMs: number
}

/** Seconds: from a call in memory to one that takes its time. */
const durationBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

/**
 * The engine's instruments. What has happened is counted by the process that made it durable, so the
 * sum over all processes is what happened, but for what a process that died had not sent yet.
 */
export class Metrics {
  readonly #meter: Meter
  readonly #started
  readonly #ended
  readonly #retries
  readonly #parked
  readonly #takeovers
  readonly #duration
  readonly #flush
  readonly #depth
  readonly #age

  constructor(provider: Pick<MeterProvider, 'getMeter'> = metrics) {
    const meter = provider.getMeter(scope)
    const runs = (name: string, description: string) =>
      meter.createCounter(name, { unit: '{run}', description })
    this.#meter = meter
    this.#started = runs('saga.runs.started', 'Runs that were started')
    this.#ended = runs('saga.runs.ended', 'Runs that ended, by how')
    this.#parked = runs('saga.runs.parked', 'Runs that were parked for an operator, by why')
    this.#takeovers = runs('saga.lease.takeovers', 'Runs taken over from a lost worker')
    this.#retries = meter.createCounter('saga.step.retries', {
      unit: '{attempt}',
      description: 'Attempts at a step, or at its undo, after the first',
    })
    this.#duration = meter.createHistogram('saga.step.duration', {
      unit: 's',
      description: 'How long a call of a step took',
      advice: { explicitBucketBoundaries: durationBuckets },
    })
    this.#flush = meter.createHistogram('saga.flush.size', {
      unit: '{run}',
      description: 'Runs written in one statement',
      advice: { explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200] },
    })
    this.#depth = meter.createObservableGauge('saga.queue.depth', {
      unit: '{run}',
      description: 'Runs that are due and held by no worker, in the whole database',
    })
    this.#age = meter.createObservableGauge('saga.queue.age', {
      unit: 's',
      description: 'How long the oldest of them has been due',
    })
  }

  started(kind: string): void {
    this.#started.add(1, { 'saga.kind': kind })
  }

  committed(run: Run, events: readonly SagaEvent[]): void {
    const kind = { 'saga.kind': run.kind }
    for (const event of events) {
      if (isEnd(event)) this.#ended.add(1, { ...kind, 'saga.status': statusOf(event) })
      const again = retriedCall(event)
      if (again !== undefined) this.#retries.add(1, { ...kind, ...stepOf(run, again) })
      if (event.type === 'run_parked') {
        this.#parked.add(1, { ...kind, 'saga.parked.reason': reasonClass(event.reason) })
      }
      if (event.type === 'run_claimed' && event.interruptedAt !== null) {
        this.#takeovers.add(1, kind)
      }
    }
  }

  called(run: Run, step: string, call: StepCall, ms: number, outcome: Outcome | undefined): void {
    this.#duration.record(ms / 1_000, {
      'saga.kind': run.kind,
      'saga.step.name': step,
      'saga.step.call': call,
      'saga.step.outcome': outcome?.type ?? 'lost',
    })
  }

  flushed(size: number): void {
    this.#flush.record(size)
  }

  /** Asks for the queue whenever somebody collects, and never otherwise. Gives what ends that. */
  watchQueue(read: () => Promise<readonly QueuedKind[]>): () => void {
    const observe = async (result: BatchObservableResult) => {
      for (const { kind, count, ageMs } of await read()) {
        result.observe(this.#depth, count, { 'saga.kind': kind })
        result.observe(this.#age, ageMs / 1_000, { 'saga.kind': kind })
      }
    }
    const gauges = [this.#depth, this.#age]
    this.#meter.addBatchObservableCallback(observe, gauges)
    return () => this.#meter.removeBatchObservableCallback(observe, gauges)
  }
}

function statusOf({ type }: SagaEvent): string {
  switch (type) {
    case 'run_completed':
      return 'completed'
    case 'run_rolled_back':
      return 'rolled_back'
    default:
      return 'failed'
  }
}

interface Again {
  readonly idx: number
  readonly call: StepCall
}

function retriedCall(event: SagaEvent): Again | undefined {
  switch (event.type) {
    case 'step_opened':
    case 'child_started':
      return event.attempt > 1 ? { idx: event.idx, call: 'do' } : undefined
    case 'undo_opened':
      return event.attempt > 1 ? { idx: event.idx, call: 'undo' } : undefined
    default:
      return undefined
  }
}

function stepOf({ plan }: Run, { idx, call }: Again): Attributes {
  return { 'saga.step.name': plan[idx]?.name ?? '', 'saga.step.call': call }
}

/** What stands before the colon: what stands after it is a name, or somebody's words. */
function reasonClass(reason: string): string {
  return reason.split(':', 1)[0] ?? reason
}
