import { Fenced, StepFailed } from '../core/errors.ts'
import type { RunState } from '../core/evolve.ts'
import type { PlacedStep } from '../core/saga.ts'
import type { Outcome } from '../core/settle.ts'
import { pending, type Queryable } from '../core/step.ts'
import { type CallResult, type CallSignal, callWithin } from './call.ts'
import { lastWrite } from './commit.ts'
import type { Execution } from './execution.ts'
import type { Mailbox, Turn } from './mailbox.ts'
import { outcomeOf } from './outcome.ts'
import type { RunnerDeps } from './runner-deps.ts'
import { type CallRequest, callArgs, inputOf, rowOf, settled } from './step-call.ts'
import type { Commit } from './store.ts'

/**
 * Runs a step's SQL and writes its ledger row in one transaction: either both are there or neither.
 * What the step's functions throw rolls back, so it certainly had no effect. The run stands still
 * from the making of the patch until it is committed, or known not to be.
 * When the run belongs to another worker nothing of the step is left, and the loop fails with it.
 */
export async function transactStep(
  deps: RunnerDeps,
  execution: Execution,
  placed: PlacedStep,
  request: CallRequest,
  mailbox: Mailbox,
): Promise<void> {
  const before = execution.state
  const { policy } = placed.step
  let written:
    | { readonly patch: Commit; readonly takeBack: () => void; readonly outcome: Outcome }
    | undefined
  let turn: Promise<Turn> | undefined
  const takeTurn = () => {
    turn ??= mailbox.turn()
    return turn
  }
  const result = await callWithin(
    (stopping) => {
      const { signal } = stopping
      return deps.store.transactRun({
        signal,
        work: async (tx) => {
          // A connection may be waited for, and a transaction's begin.
          deps.assertLease(before.run.id)
          const value = await runSql(deps, before, placed, request, tx, stopping)
          const outcome = await outcomeOf(deps, before, placed.step, request.call, {
            type: 'returned',
            value,
          })
          // Thrown, it takes back what the step has written.
          if (outcome.type === 'unusable') throw new StepFailed(outcome.error.message)
          await Promise.race([takeTurn(), aborted(signal)])
          // Nobody waits for it any more: what follows would write to a run that has gone on.
          signal.throwIfAborted()
          // Before anything is applied: there is nothing yet to take it back with.
          deps.assertLease(before.run.id)
          const takeBack = execution.mark()
          execution.apply(settled(deps, execution, placed.step, request, outcome))
          written = { patch: execution.patch(false), takeBack, outcome }
          return written.patch
        },
      })
    },
    {
      clock: deps.clock,
      timeoutMs: request.call === 'undo' ? policy.undo.timeoutMs : policy.timeoutMs,
      stops: request.stops,
      onLate: () => {},
    },
  )
  const { end, fail } = await takeTurn()
  try {
    if (result.type === 'returned' && result.value === 'fenced') throw new Fenced(before.run.id)
    if (written !== undefined && (await wasCommitted(deps, written.patch, result))) {
      execution.written(written.patch)
      request.observed.ended(written.outcome)
      return end()
    }
    written?.takeBack()
    const failure: CallResult =
      result.type === 'threw' ? result : { type: 'threw', error: new Error('not committed') }
    const outcome = await outcomeOf(deps, before, placed.step, request.call, failure)
    request.observed.ended(outcome)
    execution.apply(settled(deps, execution, placed.step, request, outcome))
    end()
  } catch (error) {
    // The loop must not go on from a state that was never written.
    fail(error)
  }
}

/** Resolves when it is aborted: what waits for something else besides need not go on waiting. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

async function runSql(
  deps: RunnerDeps,
  state: RunState,
  placed: PlacedStep,
  request: CallRequest,
  tx: Queryable,
  stopping: CallSignal,
): Promise<unknown> {
  const input = inputOf(state, placed, request.idx)
  const args = callArgs(deps, state, rowOf(state, request.idx), input, stopping, request)
  const functions = placed.step.transact
  const call = request.call === 'undo' ? functions?.undo : functions?.do
  const value = await request.observed.inside(() => call?.(tx, args))
  if (value === pending) throw new TypeError('a transact step cannot answer pending')
  return value
}

/** Whether the transaction is in the database, its answer lost or not. */
async function wasCommitted(deps: RunnerDeps, patch: Commit, result: CallResult): Promise<boolean> {
  if (result.type === 'returned') return true
  const verdict = await lastWrite(deps, patch)
  if (verdict === 'fenced') throw new Fenced(patch.run.id)
  return verdict === 'committed'
}
