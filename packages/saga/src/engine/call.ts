import type { Clock } from './clock.ts'
import { LazySignal, Stop } from './stop.ts'

/** How long a call may take to settle after its signal was aborted, before nobody waits for it. */
const graceMs = 5_000

export type CallResult =
  | { readonly type: 'returned'; readonly value: unknown }
  | {
      readonly type: 'threw'
      readonly error: unknown
      /** Nobody waits for it any more, but it has not ended. */
      readonly underWay?: true
    }

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
  /** What stops the call from outside: a cancel, a lost lease. */
  readonly stops: readonly Stop[]
  /** Told when a call that nobody waits for any more settles after all. */
  readonly onLate: (result: CallResult) => void
}

/** What a call is given to know by that it is to stop. */
export interface CallSignal {
  /** Made when it is asked for. */
  readonly signal: AbortSignal
}

/**
 * Calls a step's function with a signal that is aborted when its time is over or somebody asks;
 * then waits a little for it to settle, for only a settled call has a known outcome.
 */
export function callWithin(
  call: (stopping: CallSignal) => unknown,
  { clock, timeoutMs, stops, onLate }: CallLimits,
): Promise<CallResult> {
  const stopped = stops.find(({ reason }) => reason !== undefined)?.reason
  if (stopped !== undefined) {
    return Promise.resolve({ type: 'threw', error: new NotCalled(stopped) })
  }
  const own = new Stop()
  const { promise, resolve } = Promise.withResolvers<CallResult>()
  let waitedFor = true
  let cancelGrace = () => {}
  own.onStop((error) => {
    cancelGrace = clock.after(graceMs, () => settle({ type: 'threw', error, underWay: true }))
  })
  const unlisten = stops.map((stop) => stop.onStop((reason) => own.stop(reason)))
  const cancelTimeout = clock.after(timeoutMs, () =>
    own.stop(new CallTimeout(`the call took longer than ${timeoutMs} ms`)),
  )
  const settle = (result: CallResult) => {
    if (!waitedFor) return onLate(result)
    waitedFor = false
    cancelTimeout()
    cancelGrace()
    for (const end of unlisten) end()
    resolve(result)
  }
  void invoke(call, new LazySignal(own)).then(settle)
  return promise
}

async function invoke(
  call: (stopping: CallSignal) => unknown,
  stopping: CallSignal,
): Promise<CallResult> {
  try {
    return { type: 'returned', value: await call(stopping) }
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
