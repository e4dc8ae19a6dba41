import { decideUndo } from './decide-undo.ts'
import {
  combine,
  type Decision,
  failed,
  type InFlight,
  lookUp,
  type Plan,
  park,
  record,
  type StepDecision,
  waitUntil,
} from './decision.ts'
import type { SagaEventData } from './event.ts'
import type { RunState } from './evolve.ts'
import { groupAt } from './plan.ts'
import { hasEnded, isDone, needsLocks, type StepRecord } from './run.ts'
import { isCertain, type StepDefinition } from './step.ts'

const nothing: InFlight = new Set()

/** What to do next with a run, by its state alone. Pure; recovery and normal running are the same. */
export function decide(
  state: RunState,
  plan: Plan,
  now: number,
  inFlight: InFlight = nothing,
): Decision {
  const { run } = state
  if (cancels(state, plan)) {
    return inFlight.size > 0 ? idle(false) : record(...goBack(state, 'cancelled'))
  }
  if (hasEnded(run.status) || run.status === 'parked') {
    return inFlight.size > 0 ? idle(false) : { type: 'rest' }
  }
  if (run.direction === 'undo') return decideUndo(state, plan, now, inFlight)
  if (needsLocks(run)) return { type: 'acquire_locks' }
  return decideForward(state, plan, now, inFlight)
}

/** Calls are under way, and have to end first; `abort`: they are told to. */
function idle(abort: boolean): Decision {
  return { type: 'idle', until: null, abort }
}

/** Whether a cancel has been asked for and can still be followed. */
function cancels(state: RunState, plan: Plan): boolean {
  const { run } = state
  const asked = run.cancelRequestedAt !== null && run.direction === 'forward'
  return asked && !hasEnded(run.status) && !isPastPivot(state, plan)
}

/** Whether an effect that cannot be taken back is, or may be, out there. */
export function isPastPivot({ steps }: RunState, plan: Plan): boolean {
  return steps.some(
    ({ idx, status, issuedAt, unknownSince }) =>
      plan[idx]?.effect === 'pivot' &&
      (status === 'completed' ||
        // An attempt before this one may have been it.
        unknownSince !== null ||
        status === 'unknown' ||
        // A child that ended with something left behind may have passed its own.
        status === 'compensation_failed' ||
        (status === 'waiting' && issuedAt !== null)),
  )
}

function decideForward(state: RunState, plan: Plan, now: number, inFlight: InFlight): Decision {
  const { run, steps } = state
  const group = groupAt(run.plan, run.currentStep)
  if (group === undefined) return record({ type: 'run_completed' })
  const opened = steps.slice(group.first, group.last + 1)
  const stuck = opened.find((step) => isStuck(step, plan[step.idx]))
  if (stuck !== undefined) {
    if (inFlight.size > 0) return idle(!isPastPivot(state, plan))
    return goBackOrPark(state, plan, stuck)
  }
  const open = opened.filter(({ status }) => !isDone(status)).length
  const room = (run.plan[group.first]?.atOnce ?? Number.POSITIVE_INFINITY) - open
  const decisions = plan.slice(group.first, group.last + 1).map((definition, n): StepDecision => {
    const idx = group.first + n
    const step = steps[idx]
    if (inFlight.has(idx)) return { type: 'busy' }
    if (step !== undefined) return decideStep(step, definition, now)
    return room > 0 ? openFirst(definition, run.id, idx, now) : { type: 'done' }
  })
  return combine(decisions)
}

/** Whether a step will not get any further by itself, so that the run cannot go on. */
export function isStuck(step: StepRecord, definition: StepDefinition | undefined): boolean {
  const { status, issuedAt, attempts } = step
  if (status === 'failed' || status === 'compensation_failed') return true
  if (status !== 'unknown' || definition === undefined) return false
  // The effect is out there, but did not become what it should.
  if (issuedAt !== null) return true
  const { find, policy } = definition
  return find === undefined && !isCertain(definition) && attempts >= policy.retry.attempts
}

function openFirst(definition: StepDefinition, id: string, idx: number, now: number): StepDecision {
  const { kind, name, sleepMs, signal } = definition
  const key = `${id}-${idx}`
  switch (kind) {
    case 'sleep':
      return record({ type: 'step_asleep', idx, name, key, until: now + sleepMs })
    case 'signal': {
      const deadlineAt = deadlineOf(signal?.deadlineMs ?? null, now)
      return record({ type: 'step_awaiting', idx, name, key, deadlineAt })
    }
    case 'child':
      return { type: 'child', act: 'start', idx }
    case 'call':
    case 'transact':
      return { type: 'open', idx, attempt: 1 }
  }
}

function deadlineOf(deadlineMs: number | null, now: number): number | null {
  return deadlineMs === null ? null : now + deadlineMs
}

function decideStep(step: StepRecord, definition: StepDefinition, now: number): StepDecision {
  switch (step.status) {
    case 'running':
      return { type: 'call', call: 'do', idx: step.idx }
    case 'waiting':
      return decideWaiting(step, definition, now)
    case 'unknown':
      return decideUnknown(step, definition, now)
    default:
      return { type: 'done' }
  }
}

function decideWaiting(step: StepRecord, definition: StepDefinition, now: number): StepDecision {
  const { idx, nextAt } = step
  if (definition.kind === 'signal') return awaitSignal(step, now)
  if (definition.kind === 'child') return awaitChild(step, now)
  // A deadline is that of what was issued; one from before the last attempt counts no more.
  const deadlineAt = step.issuedAt === null ? null : step.deadlineAt
  if (deadlineAt !== null && now >= deadlineAt) {
    return giveUpProbing(step, deadlineAt, definition, now)
  }
  if (nextAt !== null && now < nextAt) return waitUntil(Math.min(nextAt, deadlineAt ?? nextAt))
  if (definition.kind === 'sleep') return record({ type: 'step_completed', idx, output: null })
  if (step.issuedAt !== null) return { type: 'call', call: 'until', idx }
  if (step.attempts < definition.policy.retry.attempts) {
    return { type: 'open', idx, attempt: step.attempts + 1 }
  }
  return record(failed(step))
}

function awaitSignal(step: StepRecord, now: number): StepDecision {
  const { deadlineAt } = step
  if (deadlineAt === null || now < deadlineAt) {
    return { type: 'wait', waitsFor: 'signal', until: deadlineAt }
  }
  const message = 'nobody answered before its deadline'
  return record(failed(step, { code: 'deadline_exceeded', message }))
}

function awaitChild({ idx, issuedAt, nextAt }: StepRecord, now: number): StepDecision {
  if (nextAt === null) return { type: 'wait', waitsFor: 'child', until: null }
  if (now < nextAt) return waitUntil(nextAt)
  return { type: 'child', act: issuedAt === null ? 'start' : 'look', idx }
}

/** After a long silence it may be there: it is given up only when a late look found nothing. */
function giveUpProbing(
  { idx, nextAt }: StepRecord,
  deadlineAt: number,
  { policy }: StepDefinition,
  now: number,
): StepDecision {
  const lookedAt = (nextAt ?? 0) - policy.everyMs
  if (lookedAt < deadlineAt) return { type: 'call', call: 'until', idx }
  const error = { code: 'deadline_exceeded', message: `not there after ${policy.deadlineMs} ms` }
  return record({ type: 'step_unknown', idx, error, since: now, nextAt: now })
}

function decideUnknown(step: StepRecord, definition: StepDefinition, now: number): StepDecision {
  const { idx, nextAt, attempts } = step
  if (definition.find !== undefined) return lookUp(step, definition, now)
  if (attempts < definition.policy.retry.attempts) {
    return nextAt !== null && now < nextAt
      ? waitUntil(nextAt)
      : { type: 'open', idx, attempt: attempts + 1 }
  }
  // Only a step that certainly left nothing gets here: another is stuck.
  return record(failed(step))
}

function goBackOrPark(
  state: RunState,
  plan: Plan,
  { idx, name, status, error }: StepRecord,
): Decision {
  if (status === 'unknown' && plan[idx]?.effect === 'pivot') {
    return combine([park(`outcome_unknown:${name}`, idx)])
  }
  const reason = `${error?.code === 'rejected' ? 'rejected' : 'step_failed'}:${name}`
  return isPastPivot(state, plan) ? combine([park(reason, idx)]) : record(...goBack(state, reason))
}

/** Begins the way back: at the last step that may have left something; what has not is over. */
export function goBack({ steps }: RunState, reason: string): readonly SagaEventData[] {
  const from = steps.findLastIndex((step) => step.status !== 'failed' && !isEffectless(step))
  return [...steps.flatMap(interrupt), { type: 'compensation_started', reason, from }]
}

function interrupt(step: StepRecord): readonly SagaEventData[] {
  // A running step whose call is not under way was opened and never called.
  const notMade = step.status === 'running' ? [neverMade(step)] : []
  return isEffectless(step) ? [...notMade, failed(step, step.error ?? cancelled)] : notMade
}

/** Whether nothing of a step is out there, though it is not over: it has not been called, or in vain. */
function isEffectless({ status, issuedAt, unknownSince }: StepRecord): boolean {
  return (
    (status === 'waiting' || status === 'running') && issuedAt === null && unknownSince === null
  )
}

function neverMade({ idx, unknownSince, error }: StepRecord): SagaEventData {
  if (unknownSince === null) return { type: 'step_not_called', idx }
  // This attempt was not made; the one before may have been.
  return {
    type: 'step_unknown',
    idx,
    error: error ?? cancelled,
    since: unknownSince,
    nextAt: unknownSince,
  }
}

const cancelled = { code: 'cancelled', message: 'cancelled before it had an effect' }
