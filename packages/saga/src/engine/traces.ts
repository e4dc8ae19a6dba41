import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { StepCall } from '../core/decision.ts'
import type { SagaEvent } from '../core/event.ts'
import { hasEnded, type Run, type StepRecord, type TraceContext } from '../core/run.ts'
import type { Outcome } from '../core/settle.ts'
import type { ClaimedRun } from './store.ts'
import {
  claimBefore,
  parentOf,
  traceContextOfStart,
  traceparentOf,
  written,
} from './trace-context.ts'

/** The name of what makes the spans and the metrics. */
export const scope = '@arcadia-cloud/saga'

/**
 * The spans of runs. A run outlives the processes that run it, and a span cannot: so each claim has
 * one (`saga.claim <kind>`), with a link to that of the claim before, and below it each call of a
 * step (`saga.step <name>`). Whoever ends the run makes one more (`saga <kind>`), from when it was
 * started to when it ended. The claims and that one are children of the context the run was started
 * in, which is stored with it, so that all are in one trace, whichever process makes them; those of a
 * child hang below the claim of its parent that started it. A claim whose process dies is missing
 * in the trace, but what others hung below it and their links still name it.
 */
export class Traces {
  readonly #tracer: SafeTracer

  constructor(provider: Pick<TracerProvider, 'getTracer'> = trace, safely: Safely) {
    this.#tracer = new SafeTracer(provider.getTracer(scope), safely)
  }

  /** The context of a run to be started; outside of any span it is that of a span of its own. */
  start(kind: string, id: string): { readonly traceContext: TraceContext; end(): void } {
    if (trace.getActiveSpan() !== undefined) {
      return { traceContext: traceContextOfStart(id), end: () => {} }
    }
    const span = this.#tracer.startSpan(`saga.start ${kind}`, {
      kind: SpanKind.PRODUCER,
      attributes: { 'saga.id': id, 'saga.kind': kind },
    })
    const root = span.spanContext()
    return {
      traceContext: trace.isSpanContextValid(root) ? written(root) : traceContextOfStart(id),
      // A span that is never ended is never sent: so is that of a start that found its run there.
      end: () => this.#tracer.safely(() => span.end()),
    }
  }

  claim({ run, interruptedAt }: ClaimedRun, worker: string): ClaimTrace {
    const before = claimBefore(run)
    const span = this.#tracer.startSpan(
      `saga.claim ${run.kind}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...attributesOf(run),
          'saga.epoch': run.epoch,
          'saga.worker.name': worker,
          'saga.takeover': interruptedAt !== null,
        },
        links: before === undefined ? [] : [{ context: before }],
      },
      trace.setSpanContext(ROOT_CONTEXT, parentOf(run)),
    )
    return new ClaimTrace(this.#tracer, run, span)
  }
}

type Safely = (work: () => void) => void

/** A tracer whose failures, those of the host's span processors, are nobody's trouble. */
class SafeTracer {
  readonly safely: Safely
  readonly #tracer: Tracer

  constructor(tracer: Tracer, safely: Safely) {
    this.#tracer = tracer
    this.safely = safely
  }

  startSpan(name: string, options: SpanOptions, within?: Context): Span {
    let span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
    this.safely(() => {
      span = this.#tracer.startSpan(name, options, within)
    })
    return span
  }
}

export class ClaimTrace {
  /** What is to be stored of it for the next claim; null where nobody would see the span. */
  readonly toStore: TraceContext | null
  /** What a child of the run is started in. */
  readonly forChild: TraceContext
  readonly #tracer: SafeTracer
  readonly #span: Span
  readonly #context: Context

  constructor(tracer: SafeTracer, run: Run, span: Span) {
    const stored = run.traceContext ?? written(parentOf(run))
    const own = span.spanContext()
    this.#tracer = tracer
    this.#span = span
    this.#context = trace.setSpan(ROOT_CONTEXT, span)
    this.toStore = span.isRecording() ? { ...stored, claim: traceparentOf(own) } : null
    const { traceparent, tracestate } = trace.isSpanContextValid(own) ? written(own) : stored
    this.forChild = { traceparent, ...(tracestate === undefined ? {} : { tracestate }) }
  }

  /** A call of a step's function. */
  call(run: Run, step: StepRecord, call: StepCall, attempt: number): CallTrace {
    const attributes = {
      ...attributesOf(run),
      'saga.epoch': run.epoch,
      'saga.step.name': step.name,
      'saga.step.index': step.idx,
      'saga.step.call': call,
      'saga.step.attempt': attempt,
    }
    const span = this.#tracer.startSpan(`saga.step ${step.name}`, { attributes }, this.#context)
    return new CallTrace(span, trace.setSpan(this.#context, span), this.#tracer.safely)
  }

  /** Makes the run's own span where the run has ended. */
  committed(run: Run, events: readonly SagaEvent[]): void {
    if (!hasEnded(run.status) || run.endedAt === null || !events.some(isEnd)) return
    const span = this.#tracer.startSpan(
      `saga ${run.kind}`,
      {
        startTime: run.createdAt,
        attributes: {
          ...attributesOf(run),
          'saga.status': run.status,
          ...(run.error === null ? {} : { 'saga.reason': run.error.reason }),
        },
        links: [{ context: this.#span.spanContext() }],
      },
      trace.setSpanContext(ROOT_CONTEXT, parentOf(run)),
    )
    const { endedAt } = run
    this.#tracer.safely(() => {
      if (run.status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(endedAt)
    })
  }

  over({ status }: Run): void {
    this.#tracer.safely(() => {
      this.#span.setAttribute('saga.status', status)
      this.#span.end()
    })
  }
}

export class CallTrace {
  readonly #span: Span
  readonly #context: Context
  readonly #safely: Safely

  constructor(span: Span, within: Context, safely: Safely) {
    this.#span = span
    this.#context = within
    this.#safely = safely
  }

  /** Does the work inside the span, so that what it calls hangs below it. */
  inside<T>(work: () => T): T {
    return context.with(this.#context, work)
  }

  ended(outcome: Outcome | undefined): void {
    this.#safely(() => this.#end(outcome))
  }

  #end(outcome: Outcome | undefined): void {
    this.#span.setAttribute('saga.step.outcome', outcome?.type ?? 'lost')
    if (outcome !== undefined && 'error' in outcome) {
      const { code, message } = outcome.error
      this.#span.setAttribute('error.type', code)
      this.#span.recordException({ name: code, message })
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message })
    }
    this.#span.end()
  }
}

function attributesOf({ id, kind, version }: Run) {
  return { 'saga.id': id, 'saga.kind': kind, 'saga.version': version }
}

/** Among the events of a commit: the one that ended the run. */
export function isEnd({ type }: SagaEvent): boolean {
  return ['run_completed', 'run_rolled_back', 'run_failed', 'run_abandoned'].includes(type)
}
