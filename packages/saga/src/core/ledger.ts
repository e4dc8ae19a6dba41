import { IllegalTransition } from './errors.ts'
import type { StepEvent } from './event.ts'
import type { StepRecord } from './run.ts'
import { nextStepStatus, unopened } from './transitions.ts'

/** The ledger after an event of one of its steps; a step's first event adds its row. */
export function evolveLedger(
  steps: readonly StepRecord[],
  event: StepEvent,
): readonly StepRecord[] {
  const before = steps[event.idx]
  if (before === undefined && event.idx !== steps.length) {
    throw new IllegalTransition(`ledger of ${steps.length} steps`, `${event.type} ${event.idx}`)
  }
  const status = nextStepStatus(before?.status ?? unopened, event.type)
  const step = { ...(before ?? emptyRow(event)), ...changes(before, event), status }
  return before === undefined ? [...steps, step] : steps.with(event.idx, step)
}

function changes(before: StepRecord | undefined, event: StepEvent): Partial<StepRecord> {
  const { now } = event
  switch (event.type) {
    case 'step_opened': {
      // An attempt that nobody could look for stays unknown, however the ones after it end.
      const { name, input, key, attempt } = event
      return { name, input, key, attempts: attempt, nextAt: null }
    }
    case 'step_not_called':
      return { attempts: (before?.attempts ?? 1) - 1, nextAt: now }
    case 'step_asleep':
      return { name: event.name, key: event.key, attempts: 1, nextAt: event.until }
    case 'step_issued':
      return {
        receipt: event.receipt,
        issuedAt: now,
        deadlineAt: event.deadlineAt,
        nextAt: now,
        unknownSince: null,
        failedLookups: 0,
        error: null,
      }
    case 'step_probed':
      return { nextAt: event.nextAt, error: event.error }
    case 'step_completed':
      return { output: event.output, finishedAt: now, nextAt: null, error: null }
    case 'step_retrying':
      return { error: event.error, nextAt: event.nextAt, unknownSince: null, failedLookups: 0 }
    case 'step_failed':
      return {
        name: event.name,
        error: event.error,
        finishedAt: now,
        nextAt: null,
        unknownSince: null,
      }
    case 'step_unknown':
      return { error: event.error, unknownSince: event.since, nextAt: event.nextAt }
    case 'lookup_failed':
      return { nextAt: event.nextAt, failedLookups: (before?.failedLookups ?? 0) + 1 }
    case 'lookup_unsettled':
      return { nextAt: event.nextAt, failedLookups: 0 }
    case 'undo_opened':
      return {
        undoAttempts: event.attempt,
        undoDeadlineAt: event.deadlineAt,
        undoStartedAt: before?.undoStartedAt ?? now,
        nextAt: null,
      }
    case 'undo_pending':
      return { nextAt: event.nextAt, undoError: null }
    case 'undo_retrying':
      return { nextAt: event.nextAt, undoError: event.error }
    case 'step_compensated':
      return { nextAt: null, undoError: null, undoFinishedAt: now }
    case 'undo_failed':
      return { nextAt: null, undoError: event.error, undoFinishedAt: now }
  }
}

function emptyRow({ idx, now }: StepEvent): StepRecord {
  return {
    idx,
    name: '',
    status: 'running',
    input: null,
    key: '',
    receipt: null,
    issuedAt: null,
    output: null,
    attempts: 0,
    nextAt: null,
    deadlineAt: null,
    unknownSince: null,
    failedLookups: 0,
    error: null,
    undoAttempts: 0,
    undoDeadlineAt: null,
    undoError: null,
    startedAt: now,
    finishedAt: null,
    undoStartedAt: null,
    undoFinishedAt: null,
  }
}
