import { IllegalTransition } from './errors.ts'
import type { RunEventData, StepEventData } from './event.ts'
import { type RunStatus, runStatuses, type StepStatus } from './run.ts'

/** `same`: the event leaves the status as it is. */
type Moves<Status extends string> = Partial<Record<Status, Status | 'same'>>

/** Every legal transition of a run: event, status before, status after. */
export const runTransitions: Readonly<Record<RunEventData['type'], Moves<RunStatus>>> = {
  // A waiting run keeps its direction: evolve turns `running` into `compensating` on the way back.
  run_claimed: {
    pending: 'running',
    running: 'running',
    waiting: 'running',
    compensating: 'compensating',
    parked: 'same',
    // To be rolled back, or told of a stray effect.
    completed: 'same',
    rolled_back: 'same',
    failed: 'same',
  },
  locks_acquired: { running: 'same', compensating: 'same' },
  cancel_requested: { running: 'same', compensating: 'same', parked: 'same' },
  run_waiting: { running: 'waiting', compensating: 'waiting' },
  compensation_started: { running: 'compensating', parked: 'compensating' },
  run_completed: { running: 'completed' },
  run_rolled_back: { compensating: 'rolled_back' },
  run_failed: { compensating: 'failed' },
  run_parked: {
    running: 'parked',
    compensating: 'parked',
    // For a stray effect as well: what it was parked for shows again when it goes on.
    parked: 'same',
    // A stray effect has been reported.
    completed: 'parked',
    rolled_back: 'parked',
    failed: 'parked',
  },
  run_resumed: { parked: 'running' },
  // Of one that was abandoned before, something more has come to light.
  run_abandoned: { parked: 'failed', failed: 'same' },
  roll_back_requested: { completed: 'compensating' },
  act_refused: everyStatus(),
}

function everyStatus(): Moves<RunStatus> {
  return Object.fromEntries(runStatuses.map((status) => [status, 'same']))
}

/** A step without a ledger row yet. */
export const unopened = 'unopened'

/** Every legal transition of a step. */
export const stepTransitions: Readonly<
  Record<StepEventData['type'], Moves<StepStatus> & { unopened?: StepStatus }>
> = {
  step_opened: { unopened: 'running', waiting: 'running', unknown: 'running' },
  step_not_called: { running: 'waiting' },
  step_asleep: { unopened: 'waiting' },
  step_awaiting: { unopened: 'waiting' },
  step_answered: { waiting: 'completed' },
  step_rejected: { waiting: 'failed' },
  child_started: { unopened: 'waiting', waiting: 'same' },
  child_reported: { waiting: 'same', compensating: 'same' },
  step_issued: { running: 'waiting', unknown: 'waiting', waiting: 'same' },
  step_probed: { waiting: 'same' },
  step_completed: { running: 'completed', waiting: 'completed' },
  step_retrying: { running: 'waiting', unknown: 'waiting', waiting: 'same' },
  step_failed: { unopened: 'failed', running: 'failed', waiting: 'failed', unknown: 'failed' },
  step_unknown: { running: 'unknown', waiting: 'unknown' },
  lookup_failed: { unknown: 'same' },
  lookup_unsettled: { unknown: 'same' },
  undo_opened: {
    completed: 'compensating',
    waiting: 'compensating',
    unknown: 'compensating',
    compensating: 'same',
  },
  undo_pending: { compensating: 'same' },
  undo_retrying: { compensating: 'same' },
  step_compensated: { completed: 'compensated', compensating: 'compensated' },
  undo_failed: {
    compensating: 'compensation_failed',
    // A child that ended with something left behind.
    waiting: 'compensation_failed',
    // A child that an operator has resolved by hand: there is none to undo.
    completed: 'compensation_failed',
  },
  stray_reported: {
    running: 'same',
    waiting: 'same',
    completed: 'same',
    failed: 'same',
    unknown: 'same',
    compensating: 'same',
    compensated: 'same',
    compensation_failed: 'same',
    skipped: 'same',
    undo_skipped: 'same',
  },
  stray_doubted: {
    waiting: 'same',
    completed: 'same',
    failed: 'same',
    unknown: 'same',
    compensating: 'same',
    compensated: 'same',
    compensation_failed: 'same',
    skipped: 'same',
    undo_skipped: 'same',
  },
  stray_unsettled: {
    failed: 'unknown',
    skipped: 'unknown',
    compensating: 'same',
    compensated: 'unknown',
    compensation_failed: 'unknown',
    undo_skipped: 'unknown',
  },
  doubt_unsettled: {
    waiting: 'unknown',
    failed: 'unknown',
    skipped: 'unknown',
    compensating: 'unknown',
    compensated: 'unknown',
  },
  step_retried: { failed: 'waiting', unknown: 'waiting' },
  lookup_retried: { unknown: 'same' },
  undo_retried: { compensating: 'same' },
  step_skipped: { unopened: 'skipped', waiting: 'skipped', failed: 'skipped', unknown: 'skipped' },
  step_resolved: {
    unopened: 'completed',
    waiting: 'completed',
    failed: 'completed',
    unknown: 'completed',
    compensation_failed: 'completed',
  },
  undo_skipped: {
    waiting: 'undo_skipped',
    completed: 'undo_skipped',
    unknown: 'undo_skipped',
    compensating: 'undo_skipped',
  },
  undo_resolved: {
    waiting: 'compensated',
    completed: 'compensated',
    unknown: 'compensated',
    compensating: 'compensated',
  },
}

/** @throws {@link IllegalTransition} naming the status and the event */
export function nextRunStatus(status: RunStatus, event: RunEventData['type']): RunStatus {
  const next = runTransitions[event][status]
  if (next === undefined) throw new IllegalTransition(`run: ${status}`, event)
  return next === 'same' ? status : next
}

/** @throws {@link IllegalTransition} naming the status and the event */
export function nextStepStatus(
  status: StepStatus | typeof unopened,
  event: StepEventData['type'],
): StepStatus {
  if (status === unopened) {
    const first = stepTransitions[event].unopened
    if (first === undefined) throw new IllegalTransition(`step: ${status}`, event)
    return first
  }
  const next = stepTransitions[event][status]
  if (next === undefined) throw new IllegalTransition(`step: ${status}`, event)
  return next === 'same' ? status : next
}
