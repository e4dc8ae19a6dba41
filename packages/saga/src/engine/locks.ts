import type { Run } from '../core/run.ts'
import { untilAnswered } from './commit.ts'
import type { Execution } from './execution.ts'
import type { RunnerDeps } from './runner-deps.ts'

/**
 * How long a run that waits for a lock sleeps when no release wakes it: that happens where it got in
 * line while the one before it ended, so soon at first, and seldom when it has waited for long.
 */
function lockWaitMs({ createdAt }: Run, now: number): number {
  return Math.round(Math.min(5_000, Math.max(250, (now - createdAt) / 4)))
}

/** True when the run holds its locks; else it waits for them. It is stored as it stands. */
export async function acquireLocks(deps: RunnerDeps, execution: Execution): Promise<boolean> {
  const { store } = deps
  const { id, epoch, lockKeys } = execution.state.run
  const asked = { runId: id, epoch, keys: lockKeys }
  // Taken once, however often it is asked for: what is held or waited for stays so.
  if (await untilAnswered(deps, id, () => store.acquireLocks(asked))) {
    execution.apply([{ type: 'locks_acquired' }])
    return true
  }
  const now = execution.now()
  const until = now + lockWaitMs(execution.state.run, now)
  execution.apply([{ type: 'run_waiting', waitsFor: 'lock', until }])
  return false
}
