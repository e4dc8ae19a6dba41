import { quantile } from '../statistics.ts'

/** What went on between two marks. */
export interface Interval {
  readonly completed: number
  readonly ms: number
  /** Null where nothing was completed. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** A closed loop: so many in flight, each followed by the next as soon as it is completed. */
export interface ClosedLoop {
  start(concurrency: number): void
  /** What was completed since the mark before, or since the start. */
  mark(): Interval
  /** Begins no more, and waits for those in flight. @throws what a run threw */
  halt(): Promise<void>
}

export function monitor(run: () => Promise<void>): ClosedLoop {
  let latencies: number[] = []
  let markedAt = performance.now()
  let going = false
  let loops: Promise<unknown> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined

  async function keepRunning(): Promise<void> {
    while (going) {
      const from = performance.now()
      await run()
      latencies.push(performance.now() - from)
    }
  }

  return {
    start(concurrency) {
      going = true
      latencies = []
      markedAt = performance.now()
      loops = Promise.all(Array.from({ length: concurrency }, keepRunning)).catch((error) => {
        going = false
        failure = { error }
      })
    },
    mark() {
      if (failure !== undefined) throw failure.error
      const now = performance.now()
      const sorted = Float64Array.from(latencies).sort()
      const interval = {
        completed: sorted.length,
        ms: now - markedAt,
        p50Ms: quantile(sorted, 0.5),
        p99Ms: quantile(sorted, 0.99),
      }
      latencies = []
      markedAt = performance.now()
      return interval
    },
    async halt() {
      going = false
      await loops
      if (failure !== undefined) throw failure.error
    },
  }
}
