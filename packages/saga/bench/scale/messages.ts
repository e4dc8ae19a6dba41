import type pg from 'pg'

/** What a worker's process is given when it is made. */
export interface Setup {
  readonly config: pg.PoolConfig
  readonly concurrency: number
  /** Whether the call of a `hanging` run never ends. */
  readonly hangs: boolean
  /** How long each call of a `busy` run keeps the processor. */
  readonly busyMs: number
}

export type Order = 'start' | 'measure' | 'stop'

export type Report =
  | { readonly type: 'ready' }
  | {
      readonly type: 'count'
      readonly claimed: number
      readonly takenOver: number
      readonly ended: number
    }
  | {
      readonly type: 'measured'
      /** Bytes, after a collection of garbage. */
      readonly rss: number
      readonly heapUsed: number
      /** Since the process began. */
      readonly cpuMs: number
    }
