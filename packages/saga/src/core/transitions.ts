import { IllegalTransition } from './errors.ts'
import type { RunEventData, StepEventData } from './event.ts'
import type { RunStatus, StepStatus } from './run.ts'

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
    parked: 'parked',
  },
  locks_acquired: { running: 'same' },
  cancel_requested: { running: 'same', compensating: 'same', parked: 'same' },
  run_waiting: { running: 'waiting', compensating: 'waiting' },
  compensation_started: { running: 'compensating', parked: 'compensating' },
  run_completed: { running: 'completed' },
  run_rolled_back: { compensating: 'rolled_back' },
  run_failed: { compensating: 'failed' },
  run_parked: { running: 'parked', compensating: 'parked' },
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
  step_issued: { running: 'waiting', unknown: 'waiting' },
  step_probed: { waiting: 'same' },
  step_completed: { running: 'completed', waiting: 'completed' },
  step_retrying: { running: 'waiting', unknown: 'waiting' },
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
  undo_failed: { compensating: 'compensation_failed' },
}

/** @throws {IllegalTransition} naming the status and the event */
export function nextRunStatus(status: RunStatus, event: RunEventData['type']): RunStatus {
  const next = runTransitions[event][status]
  if (next === undefined) throw new IllegalTransition(`run: ${status}`, event)
  return next === 'same' ? status : next
}

/** @throws {IllegalTransition} naming the status and the event */
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
