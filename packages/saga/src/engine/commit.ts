import { Fenced } from '../core/errors.ts'
import { StartTaken } from './begun.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Commit, Store } from './store.ts'

export interface CommitDeps {
  readonly store: Store
  /** The worker's: what its runs write goes through it together. */
  readonly group: GroupCommit
  /** Throws {@link Fenced} once this worker's lease is no longer sure. */
  readonly assertLease: (runId: string) => void
  readonly pause: (ms: number) => Promise<void>
}

/** How long to wait before a database that did not answer is asked again. */
export const pauseMs = 200

/** How often a start is sent to a database that does not take it, before its caller is told. */
const startTries = 3

/**
 * Writes a patch of a run exactly once, whatever becomes of the answer. `signalled`: it would have
 * completed the run, but a cancel had been accepted before.
 * @throws {@link Fenced} when the run belongs to another worker, {@link StartTaken} when it was to be
 * inserted and cannot be
 */
export async function commit(deps: CommitDeps, patch: Commit): Promise<'committed' | 'signalled'> {
  for (let failures = 0; ; ) {
    deps.assertLease(patch.run.id)
    let answered = true
    try {
      const result = await deps.group.write(patch, deps.assertLease)
      if (result === 'committed') return result
    } catch (error) {
      if (!deps.store.isTransient(error)) throw error
      failures += 1
      if (patch.start !== undefined && failures === startTries) throw error
      answered = false
    }
    const verdict = await lastWrite(deps, patch)
    if (verdict === 'committed') return verdict
    if (verdict === 'fenced') throw new Fenced(patch.run.id)
    if (answered && patch.start !== undefined) throw new StartTaken(patch.run.id)
    // Refused though nobody else has written: only a cancel keeps a run from completing.
    if (answered && patch.run.status === 'completed') return 'signalled'
    await deps.pause(pauseMs)
  }
}

/**
 * After a refused write or a lost answer: whether the patch was applied, may be sent again, or the
 * run is another's now. Asks until the database answers or the lease is over.
 */
export async function lastWrite(
  { store, assertLease, pause }: CommitDeps,
  { run, writeId, start }: Commit,
): Promise<'committed' | 'fenced' | 'again'> {
  for (;;) {
    try {
      const write = await store.readWrite({ runId: run.id })
      // What is not there was never inserted, or was pruned.
      if (write === undefined) return start === undefined ? 'fenced' : 'again'
      if (write.epoch !== run.epoch) return 'fenced'
      if (write.writeId === writeId && write.revision === run.revision + 1) return 'committed'
      return write.revision === run.revision ? 'again' : 'fenced'
    } catch (error) {
      // Who waits for a start is told, and may repeat it.
      if (!store.isTransient(error) || start !== undefined) throw error
    }
    await pause(pauseMs)
    assertLease(run.id)
  }
}

/** Asks the database until it answers or the lease is over. @throws {@link Fenced} */
export async function untilAnswered<T>(
  { store, assertLease, pause }: CommitDeps,
  runId: string,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    assertLease(runId)
    try {
      return await ask()
    } catch (error) {
      if (!store.isTransient(error)) throw error
    }
    await pause(pauseMs)
  }
}
