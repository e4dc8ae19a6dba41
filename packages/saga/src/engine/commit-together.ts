import { Fenced } from '../core/errors.ts'
import type { SagaEventData } from '../core/event.ts'
import type { Queryable } from '../core/step.ts'
import { lastWrite, pauseMs } from './commit.ts'
import type { Execution } from './execution.ts'
import type { RunnerDeps } from './runner-deps.ts'

/**
 * Writes events of a run together with something else in the engine's tables: one transaction,
 * exactly once, whatever becomes of the answer.
 * @throws {@link Fenced} when the run belongs to another worker; what `work` throws, nothing written
 */
export async function commitTogether(
  deps: RunnerDeps,
  execution: Execution,
  events: readonly SagaEventData[],
  work: (tx: Queryable) => Promise<void>,
): Promise<void> {
  const { id } = execution.state.run
  for (;;) {
    deps.assertLease(id)
    const takeBack = execution.mark()
    execution.apply(events)
    const patch = execution.patch(false)
    try {
      await deps.store.transactRun({
        signal: new AbortController().signal,
        // While the loop is here it gives nobody a turn: those who wait for one must not hold it up.
        short: true,
        work: async (tx) => {
          await work(tx)
          return patch
        },
      })
    } catch (error) {
      if (!deps.store.isTransient(error)) {
        takeBack()
        throw error
      }
    }
    const verdict = await lastWrite(deps, patch)
    if (verdict === 'committed') return execution.written(patch)
    if (verdict === 'fenced') throw new Fenced(id)
    takeBack()
    await deps.pause(pauseMs)
  }
}
