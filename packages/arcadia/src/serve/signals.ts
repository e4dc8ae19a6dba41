/** What can be stopped. */
export interface Stoppable {
  stop(): Promise<void>
}

/** Where signals come from, and where the process ends: the process itself, or a test's. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): void
}

/** Ctrl-C reaches a whole process group, and npm passes it on as well: that is one, not two. */
const oneActMs = 1_000

/**
 * Runs something until SIGINT or SIGTERM, and stops it then. A second signal, of somebody who does
 * not want to wait, ends the process at once.
 * @param start is given a signal that is aborted when it shall not go on starting
 */
export async function untilSignal(
  start: (signal: AbortSignal) => Promise<Stoppable>,
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): Promise<void> {
  const stopping = new AbortController()
  const asked = Promise.withResolvers<void>()
  let firstAt: number | undefined
  const listener = () => {
    if (firstAt !== undefined) {
      if (now() - firstAt > oneActMs) source.exit(130)
      return
    }
    firstAt = now()
    stopping.abort(new Stopped())
    asked.resolve()
  }
  source.on('SIGINT', listener)
  source.on('SIGTERM', listener)
  try {
    const running = await start(stopping.signal)
    await asked.promise
    await running.stop()
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  } finally {
    source.off('SIGINT', listener)
    source.off('SIGTERM', listener)
  }
}

/** Somebody asked the program to stop while it was starting. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly code = 'stopped'

  constructor() {
    super('stopped while starting')
  }
}
