import { setTimeout as delay } from 'node:timers/promises'

/** A limit on waiting, by the monotonic clock. */
export type Deadline = Readonly<{ hasPassed(): boolean; pause(): Promise<void> }>

/** How long to wait before looking again: a start takes 35 ms, and a look costs next to nothing. */
const pauseMs = 20

export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms
  return { hasPassed: () => performance.now() >= end, pause: () => delay(pauseMs) }
}
