import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** The spans of one process: two of them are two processes. */
export function recordedSpans() {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  return {
    tracerProvider,
    spans: () => exporter.getFinishedSpans(),
    named: (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name),
  }
}

export const traceOf = (span: ReadableSpan | undefined) => span?.spanContext().traceId
export const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
export const parentIdOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId

/** The metrics of one process, as a line each: `name {attributes} value`. */
export function recordedMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    meterProvider,
    /** Sums and gauges give their value, histograms `count/sum`. */
    async collect(): Promise<string[]> {
      exporter.reset()
      await reader.forceFlush()
      const metrics = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      return metrics
        .flatMap((metric) => {
          const { name } = metric.descriptor
          return metric.dataPointType === DataPointType.HISTOGRAM
            ? metric.dataPoints.map(({ attributes, value }) =>
                line(name, attributes, `${value.count}/${value.sum}`),
              )
            : metric.dataPoints.map(({ attributes, value }) =>
                line(name, attributes, JSON.stringify(value)),
              )
        })
        .sort()
    },
    stop: () => meterProvider.shutdown(),
  }
}

function line(name: string, attributes: object, value: string): string {
  const labels = Object.entries(attributes)
    .map(([key, label]) => `${key.replace(/^saga\./, '')}=${label}`)
    .join(' ')
  return [name, labels, value].filter((part) => part !== '').join(' ')
}
