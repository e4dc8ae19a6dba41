import type { SagaEvent } from '../../core/event.ts'
import { hasEnded, type StepRecord } from '../../core/run.ts'
import { historyEntry } from '../../engine/history.ts'
import type { Commit } from '../../engine/store.ts'
import { timestamp } from '../sql.ts'

/** What a patch writes of its run, and the fence it writes it behind. */
export function runColumns(commit: Commit): object {
  const { run, release, writeId, events, readSignals } = commit
  return {
    id: run.id,
    epoch: run.epoch,
    revision: run.revision,
    write_id: writeId,
    status: run.status,
    direction: run.direction,
    current_step: run.currentStep,
    error: run.error,
    parked: run.parked,
    locks_held: run.locksHeld && !hasEnded(run.status),
    cancel_requested_at: timestamp(run.cancelRequestedAt),
    cancel_requested_by: run.cancelRequestedBy,
    ended_at: timestamp(run.endedAt),
    release,
    wake_at: wakeAt(commit),
    waits_for: release ? run.waitsFor : null,
    context: release ? run.context : null,
    trace_context: commit.traceContext ?? null,
    events: events.length,
    read_signals: readSignals,
  }
}

/**
 * A run let go in the middle of its work is due at once, before all others; one at rest never, and
 * one that waits for somebody only when they say so.
 */
function wakeAt({ run, release }: Commit): string | null {
  if (!release || run.status === 'parked' || hasEnded(run.status)) return null
  return timestamp(run.wakeAt ?? (run.waitsFor === null ? 0 : null))
}

export function stepColumns(runId: string, step: StepRecord): object {
  return {
    saga_id: runId,
    step_idx: step.idx,
    name: step.name,
    status: step.status,
    input: step.input,
    key: step.key,
    receipt: step.receipt,
    issued_at: timestamp(step.issuedAt),
    output: step.output,
    attempts: step.attempts,
    opened_epoch: step.openedEpoch,
    next_at: timestamp(step.nextAt),
    deadline_at: timestamp(step.deadlineAt),
    unknown_since: timestamp(step.unknownSince),
    failed_lookups: step.failedLookups,
    error: step.error,
    undo_attempts: step.undoAttempts,
    undo_deadline_at: timestamp(step.undoDeadlineAt),
    undo_error: step.undoError,
    started_at: timestamp(step.startedAt),
    finished_at: timestamp(step.finishedAt),
    undo_started_at: timestamp(step.undoStartedAt),
    undo_finished_at: timestamp(step.undoFinishedAt),
  }
}

export function eventColumns(runId: string, event: SagaEvent, seq: number): object {
  const { idx, at, ...entry } = historyEntry(event)
  return { ...entry, saga_id: runId, seq, step_idx: idx, at: timestamp(at) }
}
