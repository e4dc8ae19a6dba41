import type { Clock } from './clock.ts'

/** How long a call may take to settle after its signal was aborted, before nobody waits for it. */
const graceMs = 5_000

export type CallResult =
  | { readonly type: 'returned'; readonly value: unknown }
  | { readonly type: 'threw'; readonly error: unknown }

/** A call that outlived its time limit, or a signal that outlived its grace. */
export class CallTimeout extends Error {
  readonly code = 'timeout'
  constructor(message: string) {
    super(message)
    this.name = 'CallTimeout'
  }
}

export interface CallLimits {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Aborts the call from outside: a cancel, a lost lease. */
  readonly signals: readonly AbortSignal[]
  /** Told when a call that nobody waits for any more settles after all. */
  readonly onLate: (result: CallResult) => void
}

/**
 * Calls a step's function with a signal that is aborted when its time is over or somebody asks;
 * then waits a little for it to settle, for only a settled call has a known outcome.
 */
export async function callWithin(
  call: (signal: AbortSignal) => unknown,
  { clock, timeoutMs, signals, onLate }: CallLimits,
): Promise<CallResult> {
  const timeout = new AbortController()
  const signal = AbortSignal.any([timeout.signal, ...signals])
  const reason = () =>
    signal.reason instanceof Error ? signal.reason : new CallTimeout(String(signal.reason))
  if (signal.aborted) return { type: 'threw', error: new NotCalled(reason()) }
  const cancelTimeout = clock.after(timeoutMs, () =>
    timeout.abort(new CallTimeout(`the call took longer than ${timeoutMs} ms`)),
  )
  const given = Promise.withResolvers<CallResult>()
  let cancelGrace = () => {}
  const abandon = () => {
    cancelGrace = clock.after(graceMs, () => given.resolve({ type: 'threw', error: reason() }))
  }
  signal.addEventListener('abort', abandon, { once: true })
  let waitedFor = true
  const settled = invoke(call, signal).then((result) => {
    if (waitedFor) given.resolve(result)
    else onLate(result)
  })
  try {
    const result = await given.promise
    waitedFor = false
    return result
  } finally {
    cancelTimeout()
    cancelGrace()
    signal.removeEventListener('abort', abandon)
    void settled
  }
}

async function invoke(
  call: (signal: AbortSignal) => unknown,
  signal: AbortSignal,
): Promise<CallResult> {
  try {
    return { type: 'returned', value: await call(signal) }
  } catch (error) {
    return { type: 'threw', error }
  }
}

/** The call was never made: it certainly had no effect. */
export class NotCalled extends Error {
  readonly code = 'not_called'
  constructor(cause: Error) {
    super(`not called: ${cause.message}`, { cause })
    this.name = 'NotCalled'
  }
}
