import type { SagaEvent } from '../../core/event.ts'
import { hasEnded, type StepRecord } from '../../core/run.ts'
import { historyEntry } from '../../engine/history.ts'
import type { Commit, NewRun } from '../../engine/store.ts'
import { timestamp } from '../sql.ts'

// What is null is left out of the JSON, for reading it takes a third of the statement's time.

/** What a patch writes of its run, and the fence it writes it behind. */
export function runColumns(commit: Commit): object {
  const { run, release, writeId, events, readSignals, cancelsRead } = commit
  return {
    id: run.id,
    epoch: run.epoch,
    revision: run.revision,
    write_id: writeId,
    status: run.status,
    direction: run.direction,
    current_step: run.currentStep,
    error: given(run.error),
    parked: given(run.parked),
    locks_held: run.locksHeld,
    cancel_requested_at: time(run.cancelRequestedAt),
    cancel_requested_by: given(run.cancelRequestedBy),
    ended_at: time(run.endedAt),
    release,
    wake_at: time(wakeAt(commit)),
    waits_for: release ? given(run.waitsFor) : undefined,
    context: release ? run.context : undefined,
    trace_context: commit.traceContext,
    events: events.length,
    read_signals: readSignals.length === 0 ? undefined : readSignals,
    cancels_read: cancelsRead,
  }
}

/** The row of a run that is begun where it was started, as its first patch makes it. */
export function bornColumns(commit: Commit, start: NewRun): object {
  const { run, release, writeId, events } = commit
  return {
    id: start.id,
    tag: start.tag,
    kind: start.kind,
    version: start.version,
    plan: start.plan,
    inputs: start.inputs,
    input_hash: start.inputHash,
    start_key: given(start.startKey),
    lock_keys: start.lockKeys,
    priority: start.priority,
    started_by: given(start.startedBy),
    created_at: timestamp(run.createdAt),
    started_at: time(run.startedAt),
    worker_id: release ? undefined : given(run.workerId),
    wake_at: time(wakeAt(commit)),
    waits_for: release ? given(run.waitsFor) : undefined,
    epoch: run.epoch,
    revision: run.revision + 1,
    last_write: writeId,
    event_seq: run.eventSeq + events.length,
    status: run.status,
    direction: run.direction,
    current_step: run.currentStep,
    context: release ? run.context : {},
    error: given(run.error),
    parked: given(run.parked),
    ended_at: time(run.endedAt),
    trace_context: commit.traceContext ?? given(start.traceContext),
  }
}

/**
 * A run let go in the middle of its work is due at once, before all others; one at rest never, and
 * one that waits for somebody only when they say so.
 */
function wakeAt({ run, release }: Commit): number | null {
  if (!release || run.status === 'parked' || hasEnded(run.status)) return null
  return run.wakeAt ?? (run.waitsFor === null ? 0 : null)
}

export function stepColumns(runId: string, step: StepRecord): object {
  return {
    saga_id: runId,
    step_idx: step.idx,
    name: step.name,
    status: step.status,
    // `null` is what a step was given, or gave, as well.
    input: given(step.input),
    key: step.key,
    receipt: given(step.receipt),
    issued_at: time(step.issuedAt),
    output: given(step.output),
    attempts: step.attempts,
    opened_epoch: step.openedEpoch,
    next_at: time(step.nextAt),
    deadline_at: time(step.deadlineAt),
    unknown_since: time(step.unknownSince),
    failed_lookups: step.failedLookups === 0 ? undefined : step.failedLookups,
    error: given(step.error),
    undo_attempts: step.undoAttempts === 0 ? undefined : step.undoAttempts,
    undo_deadline_at: time(step.undoDeadlineAt),
    undo_error: given(step.undoError),
    started_at: timestamp(step.startedAt),
    finished_at: time(step.finishedAt),
    undo_started_at: time(step.undoStartedAt),
    undo_finished_at: time(step.undoFinishedAt),
  }
}

/** Whether a patch adds to its run's history. */
export function hasHistory({ events, start }: Commit): boolean {
  return events.length > 0 || start !== undefined
}

/** What a patch adds to its run's history: that it was started comes first, where it is begun with it. */
export function historyColumns({ run, events, start }: Commit): object {
  const entries = events.map(entryOf)
  if (start === undefined) return { saga_id: run.id, seq: run.eventSeq + 1, entries }
  const { id, kind, createdAt, startedBy } = run
  const created = { type: 'run_created', at: createdAt, detail: { kind }, actor: given(startedBy) }
  return { saga_id: id, seq: 1, entries: [created, ...entries] }
}

function entryOf(event: SagaEvent): object {
  const { type, idx, at, actor, detail } = historyEntry(event)
  return {
    type,
    at,
    step_idx: given(idx),
    detail: Object.keys(detail).length === 0 ? undefined : detail,
    actor: given(actor),
  }
}

function given<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined
}

function time(ms: number | null): string | undefined {
  return ms === null ? undefined : timestamp(ms)
}
