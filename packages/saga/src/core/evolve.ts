import { isStepEvent, type SagaEvent } from './event.ts'
import { isObject, type Json } from './json.ts'
import { evolveLedger } from './ledger.ts'
import type { Run, StepRecord } from './run.ts'
import { nextRunStatus } from './transitions.ts'

/** A run and its ledger: all that a decision is made of. `steps[i].idx` is `i`. */
export interface RunState {
  readonly run: Run
  readonly steps: readonly StepRecord[]
}

/**
 * The state after an event. Pure.
 * @throws {IllegalTransition} when the state does not allow the event
 */
export function evolve(state: RunState, event: SagaEvent): RunState {
  if (isStepEvent(event)) {
    const steps = evolveLedger(state.steps, event)
    return { steps, run: { ...state.run, currentStep: nextStep(state.run, event) } }
  }
  const evolved = { ...state, run: evolveRun(state, event) }
  switch (event.type) {
    case 'run_claimed':
      return settleInterrupted(evolved, event)
    case 'compensation_started':
      return lookAgain(evolved, event.from)
    default:
      return evolved
  }
}

/** On the way back the world is asked afresh: what it would not say before, it may say now. */
function lookAgain({ run, steps }: RunState, idx: number): RunState {
  const step = steps[idx]
  if (step?.status !== 'unknown') return { run, steps }
  return { run, steps: steps.with(idx, { ...step, failedLookups: 0, nextAt: null }) }
}

/** Where the run stands after an event of a step: one further, or one back, or where it was. */
function nextStep(run: Run, event: SagaEvent & { idx: number }): number {
  switch (event.type) {
    case 'step_completed':
      return event.idx + 1
    case 'step_failed':
      return run.direction === 'undo' ? event.idx - 1 : event.idx
    case 'step_compensated':
    case 'undo_failed':
      return event.idx - 1
    default:
      return run.currentStep
  }
}

type RunEvent = Exclude<SagaEvent, { idx: number }>

function evolveRun({ run, steps }: RunState, event: RunEvent): Run {
  const status = nextRunStatus(run.status, event.type)
  switch (event.type) {
    case 'run_claimed':
      return {
        ...run,
        status: status === 'running' && run.direction === 'undo' ? 'compensating' : status,
        waitsFor: null,
        wakeAt: null,
        startedAt: run.startedAt ?? event.now,
      }
    case 'locks_acquired':
      return { ...run, locksHeld: true }
    case 'cancel_requested':
      return {
        ...run,
        cancelRequestedAt: run.cancelRequestedAt ?? event.at,
        cancelRequestedBy: run.cancelRequestedBy ?? event.actor,
      }
    case 'run_waiting':
      return { ...run, status, waitsFor: event.waitsFor, wakeAt: event.until }
    case 'compensation_started':
      return {
        ...run,
        status,
        direction: 'undo',
        parked: null,
        currentStep: event.from,
        error: { reason: event.reason, compensate_from_idx: event.from },
      }
    case 'run_parked':
      return { ...run, status, parked: { reason: event.reason, step: event.step } }
    case 'run_completed':
    case 'run_rolled_back':
      return { ...run, status, endedAt: event.now }
    case 'run_failed':
      return { ...run, status, endedAt: event.now, error: withLeftBehind(run.error, steps) }
  }
}

function withLeftBehind(error: Run['error'], steps: readonly StepRecord[]): Run['error'] {
  const left_behind = steps
    .filter(({ status }) => status === 'compensation_failed')
    .map(({ idx, name, key }) => ({ idx, name, key }))
  return error && { ...error, left_behind }
}

/** A call that was under way when the run was last let go: nobody knows how it ended. */
function settleInterrupted(
  state: RunState,
  { interruptedAt, now }: Extract<SagaEvent, { type: 'run_claimed' }>,
): RunState {
  const step = state.steps[state.run.currentStep]
  if (step === undefined) return state
  const error = { code: 'interrupted', message: 'the worker that made the call was lost' }
  const { idx } = step
  if (step.status === 'running') {
    const since = interruptedAt ?? now
    return evolve(state, { type: 'step_unknown', idx, error, since, nextAt: now, now })
  }
  if (step.status === 'compensating' && step.nextAt === null) {
    return evolve(state, { type: 'undo_retrying', idx, error, nextAt: now, now })
  }
  return state
}

/** The outputs of the completed steps, merged in their order. */
export function contextOf(steps: readonly StepRecord[]): { readonly [key: string]: Json } {
  let context: { readonly [key: string]: Json } = {}
  // Spread, not assigned: a member named __proto__ is a member.
  for (const { output } of steps) if (isJsonObject(output)) context = { ...context, ...output }
  return context
}

export function isJsonObject(value: Json): value is { readonly [key: string]: Json } {
  return isObject(value)
}
