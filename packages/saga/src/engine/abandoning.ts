import { Fenced } from '../core/errors.ts'
import type { RunnerDeps } from './runner-deps.ts'

/** How long a run that could not go on here is left alone. */
const abandonedMs = 5_000

/** What a run is given back as. */
interface Abandoned {
  readonly runId: string
  readonly epoch: number
  /** Why it could not be gone on with. */
  readonly stalled: string
  /** Ids of signals that were read in vain. */
  readonly seen: readonly string[]
}

/** Gives a run back, however long the database takes to answer, as long as it is this worker's. */
export async function abandon(deps: RunnerDeps, abandoned: Abandoned): Promise<void> {
  const { store, log, assertLease, pause, observed } = deps
  for (;;) {
    try {
      assertLease(abandoned.runId)
      const parked = await store.abandonRun({ ...abandoned, delayMs: abandonedMs })
      if (parked !== undefined) observed.committed(parked.run, [parked.event])
      return
    } catch (error) {
      if (error instanceof Fenced) return
      log.error({ err: error }, 'cannot let go of this saga; trying again')
      await pause(abandonedMs)
    }
  }
}
