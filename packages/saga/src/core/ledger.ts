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
  const row = before ?? emptyRow(event)
  const step = { ...row, ...changes(row, event), status }
  return before === undefined ? [...steps, step] : steps.with(event.idx, step)
}

function changes(before: StepRecord, event: StepEvent): Partial<StepRecord> {
  const { now } = event
  switch (event.type) {
    case 'step_opened': {
      // An attempt that nobody could look for stays unknown, however the ones after it end.
      const { name, input, key, attempt, epoch } = event
      return { name, input, key, attempts: attempt, openedEpoch: epoch, nextAt: null }
    }
    case 'step_not_called':
      return { attempts: before.attempts - 1, nextAt: now }
    case 'step_asleep':
      return { name: event.name, key: event.key, attempts: 1, nextAt: event.until }
    case 'step_awaiting': {
      const { name, key, deadlineAt } = event
      return { name, key, attempts: 1, deadlineAt }
    }
    case 'step_answered':
      return { output: event.output, finishedAt: now, deadlineAt: null, error: null }
    case 'step_rejected':
      return { error: event.error, finishedAt: now, deadlineAt: null }
    case 'child_started': {
      const { name, input, key, receipt, attempt } = event
      return { name, input, key, receipt, attempts: attempt, issuedAt: now, nextAt: null }
    }
    case 'child_reported':
      return { nextAt: now }
    case 'step_issued':
      return {
        receipt: event.receipt,
        issuedAt: now,
        deadlineAt: event.deadlineAt,
        nextAt: now,
        // Of several attempts this is one: another may still land. An operator may have had them
        // counted anew; what was unknown when this one was called is of another all the same.
        unknownSince:
          before.attempts > 1 || before.status === 'running' ? before.unknownSince : null,
        failedLookups: 0,
        error: null,
      }
    case 'step_probed':
      return { nextAt: event.nextAt, error: event.error }
    case 'step_completed':
      return { output: event.output, finishedAt: now, nextAt: null, error: null }
    case 'step_retrying':
      return {
        error: event.error,
        nextAt: event.nextAt,
        receipt: null,
        issuedAt: null,
        unknownSince: null,
        failedLookups: 0,
      }
    case 'step_failed':
      return {
        name: event.name,
        error: event.error,
        finishedAt: now,
        nextAt: null,
        unknownSince: null,
      }
    case 'step_unknown':
      return {
        error: event.error,
        // Of what was issued it is known that it landed, only not what became of it.
        unknownSince: before.issuedAt === null ? event.since : before.unknownSince,
        nextAt: event.nextAt,
      }
    case 'lookup_failed':
      return { nextAt: event.nextAt, failedLookups: before.failedLookups + 1 }
    case 'lookup_unsettled':
      return { nextAt: event.nextAt, failedLookups: 0 }
    case 'undo_opened':
      return {
        undoAttempts: event.attempt,
        undoDeadlineAt: event.deadlineAt,
        undoStartedAt: before.undoStartedAt ?? now,
        nextAt: null,
      }
    case 'undo_pending':
      return { nextAt: event.nextAt, undoError: null }
    case 'undo_retrying':
      return { nextAt: event.nextAt, undoError: event.error }
    case 'step_compensated':
      return {
        nextAt: null,
        undoError: null,
        // Of what leaves nothing it takes no time.
        undoStartedAt: before?.undoStartedAt ?? now,
        undoFinishedAt: now,
      }
    case 'undo_failed':
      return { nextAt: null, undoError: event.error, undoFinishedAt: now }
    default:
      return changesByOperator(before, event)
  }
}

type Told = Extract<
  StepEvent,
  {
    type:
      | 'stray_reported'
      | 'stray_unsettled'
      | 'stray_doubted'
      | 'doubt_unsettled'
      | 'step_retried'
      | 'lookup_retried'
      | 'undo_retried'
      | 'step_skipped'
      | 'step_resolved'
      | 'undo_skipped'
      | 'undo_resolved'
  }
>

/** What an operator says of a step that got stuck, and what a worker that lost the run does. */
function changesByOperator(before: StepRecord, event: Told): Partial<StepRecord> {
  const { now } = event
  switch (event.type) {
    case 'stray_reported':
      return {}
    case 'stray_unsettled':
      return {
        receipt: event.receipt,
        issuedAt: now,
        nextAt: null,
        ...undoAnew,
      }
    case 'stray_doubted':
      return { unknownSince: Math.max(before.unknownSince ?? event.since, event.since) }
    case 'doubt_unsettled':
      return { failedLookups: 0, nextAt: null, ...undoAnew }
    case 'step_retried':
      return {
        // What was issued and did not come about is waited for again; what failed is begun anew.
        ...(before.status === 'unknown' ? {} : { receipt: null, issuedAt: null }),
        attempts: event.attempts,
        deadlineAt: event.deadlineAt,
        nextAt: now,
        unknownSince: null,
        failedLookups: 0,
        finishedAt: null,
        undoError: null,
        undoFinishedAt: null,
      }
    case 'lookup_retried':
      return {
        attempts: event.attempts,
        failedLookups: 0,
        nextAt: null,
        receipt: null,
        issuedAt: null,
        unknownSince: before.unknownSince ?? now,
      }
    case 'undo_retried':
      return { undoAttempts: 0, undoDeadlineAt: event.deadlineAt, nextAt: now }
    case 'step_skipped':
      return { name: event.name, output: null, finishedAt: now, nextAt: null, unknownSince: null }
    case 'step_resolved': {
      const { name, output } = event
      // What is over has nothing out there that this stands for: a child of its own, say.
      const over = before?.status === 'failed' || before?.status === 'compensation_failed'
      return {
        ...(over ? { receipt: null, issuedAt: null } : {}),
        name,
        output,
        finishedAt: now,
        nextAt: null,
        unknownSince: null,
        error: null,
      }
    }
    case 'undo_skipped':
    case 'undo_resolved':
      return { nextAt: null, undoFinishedAt: now }
  }
}

const undoAnew = {
  undoAttempts: 0,
  undoDeadlineAt: null,
  undoError: null,
  undoFinishedAt: null,
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
    openedEpoch: 0,
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
