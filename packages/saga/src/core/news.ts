import type { SagaEvent } from './event.ts'
import type { RunState } from './evolve.ts'

/**
 * Whether an event belongs in a run's history. Looking again and finding nothing new is written to
 * the ledger alone: a probe every few seconds for an hour would bury what did happen.
 */
export function isNews({ run, steps }: RunState, event: SagaEvent): boolean {
  switch (event.type) {
    case 'step_probed': {
      const before = steps[event.idx]?.error
      return event.error !== null && event.error.message !== before?.message
    }
    case 'lookup_unsettled':
      return false
    case 'lookup_failed':
      return steps[event.idx]?.failedLookups === 0
    case 'undo_pending': {
      const step = steps[event.idx]
      return step === undefined || step.nextAt === null || step.undoError !== null
    }
    case 'run_claimed':
      return run.epoch === 1 || event.interruptedAt !== null
    default:
      return true
  }
}
