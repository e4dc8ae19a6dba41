import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { StepCall } from '../core/decision.ts'
import type { SagaEvent } from '../core/event.ts'
import type { Log } from '../core/log.ts'
import type { Run, StepRecord, TraceContext } from '../core/run.ts'
import type { Outcome } from '../core/settle.ts'
import type { Clock } from './clock.ts'
import { type Hooks, tellHook, tellHooks } from './hooks.ts'
import { Metrics, type QueuedKind } from './metrics.ts'
import type { Settlements } from './settlements.ts'
import type { ClaimedRun } from './store.ts'
import { type CallTrace, type ClaimTrace, Traces } from './traces.ts'

/** Where spans and metrics go; what is left out goes to the providers registered globally. */
export interface Telemetry {
  readonly tracerProvider?: Pick<TracerProvider, 'getTracer'>
  readonly meterProvider?: Pick<MeterProvider, 'getMeter'>
}

export interface ObserverOptions {
  readonly hooks?: Hooks | undefined
  readonly telemetry?: Telemetry | undefined
  readonly log: Log
  readonly clock: Clock
  /** Told of every run that is written. */
  readonly settlements: Pick<Settlements, 'tell'>
}

/**
 * Tells hooks, traces and metrics what happens: the one thing that the engine's code tells. Whatever
 * they do, no run is changed or held up by it.
 */
export class Observer {
  readonly #hooks: Hooks
  readonly #log: Log
  readonly #clock: Clock
  readonly #settlements: Pick<Settlements, 'tell'>
  readonly #traces: Traces
  readonly #metrics: Metrics

  constructor({ hooks = {}, telemetry = {}, log, clock, settlements }: ObserverOptions) {
    this.#settlements = settlements
    this.#hooks = hooks
    this.#log = log
    this.#clock = clock
    this.#traces = new Traces(telemetry.tracerProvider, (work) => this.#safely(work))
    this.#metrics = new Metrics(telemetry.meterProvider)
  }

  /** A run is about to be inserted; `done` when it has been, and was not there before. */
  starting(kind: string, id: string): { traceContext: TraceContext; done(run?: Run): void } {
    const { traceContext, end } = this.#traces.start(kind, id)
    return {
      traceContext,
      done: (run) => {
        end()
        this.started(kind, run)
      },
    }
  }

  /** A run was inserted by this process; undefined: somebody else's transaction makes it durable. */
  started(kind: string, run: Run | undefined): void {
    this.#safely(() => this.#metrics.started(kind))
    if (run === undefined) return
    const { startedBy: actor, createdAt: at } = run
    const created = { seq: 1, type: 'run_created', idx: null, detail: { kind }, actor, at }
    tellHook({ hooks: this.#hooks, log: this.#log }, created, run)
  }

  claimed(claimed: ClaimedRun, worker: string): ObservedClaim {
    const trace = this.#traces.claim(claimed, worker)
    return {
      toStore: trace.toStore,
      forChild: trace.forChild,
      started: (kind, run) => this.started(kind, run),
      committed: (run, events) => this.#committed(trace, run, events),
      called: (run, step, call) => this.#called(trace, run, step, call),
      over: (run) => trace.over(run),
    }
  }

  flushed(size: number): void {
    this.#safely(() => this.#metrics.flushed(size))
  }

  /** Has the queue read whenever metrics are collected. Gives what ends that. */
  watchQueue(read: () => Promise<readonly QueuedKind[]>): () => void {
    return this.#metrics.watchQueue(async () => {
      try {
        return await read()
      } catch (error) {
        this.#log.warn(
          { err: error },
          'the queue could not be measured; the next collection asks again',
        )
        return []
      }
    })
  }

  #committed(trace: ClaimTrace, run: Run, events: readonly SagaEvent[]): void {
    if (events.length === 0) return
    trace.committed(run, events)
    this.#safely(() => this.#metrics.committed(run, events))
    tellHooks({ hooks: this.#hooks, log: this.#log }, run, events)
    this.#settlements.tell(run)
  }

  #called(trace: ClaimTrace, run: Run, step: StepRecord, call: StepCall): ObservedCall {
    const attempt = call === 'undo' ? step.undoAttempts : step.attempts
    return new TimedCall(trace.call(run, step, call, attempt), this.#clock, (ms, outcome) =>
      this.#safely(() => this.#metrics.called(run, step.name, call, ms, outcome)),
    )
  }

  /** What the host has registered to take spans and metrics may fail; that is no run's trouble. */
  #safely(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#log.error({ err: error }, 'telemetry failed; the runs go on without it')
    }
  }
}

/** What there is to tell of a run while a worker holds it. */
export interface ObservedClaim {
  /** What is to be stored with the run for the next claim; null: as it is. */
  readonly toStore: TraceContext | null
  /** The trace context of a child. */
  readonly forChild: TraceContext
  /** A child was started. */
  started(kind: string, run: Run): void
  /** Events are durable now; the run as it was written, `eventSeq` that of the last of them. */
  committed(run: Run, events: readonly SagaEvent[]): void
  /** A function of a step is about to be called. */
  called(run: Run, step: StepRecord, call: StepCall): ObservedCall
  /** The worker has let the run go, or lost it. */
  over(run: Run): void
}

/** What there is to tell of a call. */
export interface ObservedCall {
  inside<T>(work: () => T): T
  /** Counts once; undefined: nobody will know, for the run was lost. */
  ended(outcome: Outcome | undefined): void
}

class TimedCall implements ObservedCall {
  readonly #trace: CallTrace
  readonly #clock: Clock
  readonly #since: number
  readonly #measured: (ms: number, outcome: Outcome | undefined) => void
  #over = false

  constructor(
    trace: CallTrace,
    clock: Clock,
    measured: (ms: number, outcome: Outcome | undefined) => void,
  ) {
    this.#trace = trace
    this.#clock = clock
    this.#since = clock.monotonic()
    this.#measured = measured
  }

  inside<T>(work: () => T): T {
    return this.#trace.inside(work)
  }

  ended(outcome: Outcome | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#measured(this.#clock.monotonic() - this.#since, outcome)
    this.#trace.ended(outcome)
  }
}
