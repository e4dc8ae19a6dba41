import type { z } from 'zod'
import type { Method } from '../errors.ts'
import type { Purpose } from '../hooks.ts'

/** What every method of the client takes last. */
export interface CallOptions {
  /** Aborts the wait for a turn, the wait before a repetition, and the request itself. */
  readonly signal?: AbortSignal | undefined
}

/** What identifies a call in errors and events. */
export interface CallTitle {
  /** The client's method, e.g. `droplets.list`. */
  readonly operation: string
  readonly purpose: Purpose
  readonly method: Method
  /** With its query. */
  readonly path: string
}

/** One call of a method of the client, which may take several requests. */
export interface Call<T> extends CallTitle {
  /** JSON. */
  readonly body: string | undefined
  /** Whether the answer is its body, or its status alone, whatever the body is. */
  readonly expects: 'body' | 'status'
  /** The answer's shape; given `undefined` where only the status is expected. */
  readonly schema: z.ZodType<T>
  readonly signal: AbortSignal | undefined
}

/** A call's value, and when the request that brought it was sent. */
export interface Answer<T> {
  readonly value: T
  readonly sentAt: Date
}
