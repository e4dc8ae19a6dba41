import {
  context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { TraceContext } from '../core/run.ts'

/**
 * The trace context a run is started in: that of the active span, where there is one. Otherwise its
 * trace has the run's own id, which is a valid one, so that any process can name it without another
 * having made a span; and it is sampled, for nobody has said otherwise.
 */
export function traceContextOfStart(id: string): TraceContext {
  const active = trace.getSpanContext(context.active())
  return active !== undefined && isSpanContextValid(active)
    ? written(active)
    : { traceparent: traceparentOf(derived(id)) }
}

/** The span context that the spans of a run hang below. */
export function parentOf(run: {
  readonly id: string
  readonly rootId: string
  readonly traceContext: TraceContext | null
}): SpanContext {
  const { traceparent, tracestate } = run.traceContext ?? {}
  const stored = traceparent === undefined ? undefined : parsed(traceparent)
  if (stored === undefined) return derived(run.rootId)
  return tracestate === undefined ? stored : { ...stored, traceState: createTraceState(tracestate) }
}

/** The span of the claim before, where one was made. */
export function claimBefore({
  traceContext,
}: {
  readonly traceContext: TraceContext | null
}): SpanContext | undefined {
  return traceContext?.claim === undefined ? undefined : parsed(traceContext.claim)
}

export function written(span: SpanContext): TraceContext {
  const tracestate = span.traceState?.serialize() ?? ''
  return { traceparent: traceparentOf(span), ...(tracestate === '' ? {} : { tracestate }) }
}

/** As W3C Trace Context, level 1, writes it. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

function parsed(traceparent: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(traceparent) ?? []
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(span) ? span : undefined
}

/** Of a UUID of version 7: its second half is random, and begins with bits that are not zero. */
function derived(id: string): SpanContext {
  const traceId = id.replaceAll('-', '').toLowerCase()
  return {
    traceId,
    spanId: traceId.slice(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  }
}
