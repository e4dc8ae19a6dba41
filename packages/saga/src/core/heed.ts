import { type Act, acts, awaits, isParkedForStray, refusal } from './acts.ts'
import type { Asked } from './asked.ts'
import { isStuck } from './decide.ts'
import type { InFlight, Plan } from './decision.ts'
import type { SagaEventData } from './event.ts'
import type { RunState } from './evolve.ts'
import { heedStray, leftBy } from './heed-stray.ts'
import type { Json } from './json.ts'
import { isJsonObject } from './plan.ts'
import { type Direction, hasEnded, type StepRecord } from './run.ts'

/** What a signal means for a run; `later`: it cannot be told yet. Pure. */
export function heed(
  state: RunState,
  plan: Plan,
  asked: Asked,
  now: number,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { run } = state
  switch (asked.type) {
    case 'cancel':
      return hasEnded(run.status)
        ? []
        : [{ type: 'cancel_requested', actor: asked.actor, at: asked.at }]
    case 'child_ended':
      return heedChild(state, asked)
    case 'stray_effect':
      return heedStray(state, plan, asked, now, inFlight)
    default:
      return isAct(asked.type) ? heedAct(state, plan, asked.type, asked, now, inFlight) : []
  }
}

type OtherAct = Exclude<Act, 'cancel'>

function isAct(type: string): type is OtherAct {
  return acts.some((act) => act === type)
}

function heedChild({ steps }: RunState, { stepIdx }: Asked): readonly SagaEventData[] {
  const step = steps[stepIdx ?? -1]
  const waits = step?.status === 'waiting' || step?.status === 'compensating'
  return waits ? [{ type: 'child_reported', idx: step.idx }] : []
}

function heedAct(
  state: RunState,
  plan: Plan,
  act: OtherAct,
  asked: Asked,
  now: number,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { actor, payload } = asked
  if (act === 'signal' && isTooEarly(state, asked)) return 'later'
  const inherited = act === 'roll_back' && isJsonObject(payload) && payload['by'] === 'parent'
  if (inherited) return heedParent(state, asked)
  const refused = refusal(act, state, plan)
  const reason = wordOf(payload, 'reason')
  if (refused !== undefined) return [{ type: 'act_refused', act, actor, reason: refused }]
  switch (act) {
    case 'approve':
    case 'reject':
    case 'signal':
      return answer(state, plan, act, asked)
    case 'park':
      return [{ type: 'run_parked', reason: `asked:${reason}`, step: state.run.currentStep, actor }]
    default:
      return inFlight.size > 0 ? 'later' : operate(state, plan, act, asked, now)
  }
}

function isTooEarly({ run, steps }: RunState, { stepIdx }: Asked): boolean {
  const goesOn = !hasEnded(run.status) && run.direction === 'forward'
  return goesOn && stepIdx !== null && steps[stepIdx] === undefined
}

/** The saga it is a part of goes back, and so does this one, wherever it stands by now. */
function heedParent({ run, steps }: RunState, { actor, at }: Asked): readonly SagaEventData[] {
  if (run.direction === 'undo' || run.status === 'failed') return []
  return run.status === 'completed'
    ? [{ type: 'roll_back_requested', actor, reason: '', from: steps.length - 1 }]
    : [{ type: 'cancel_requested', actor, at }]
}

/** An approval, a rejection or a signal, for the step that waits for it. */
function answer(
  { steps }: RunState,
  plan: Plan,
  act: 'approve' | 'reject' | 'signal',
  { stepIdx, actor, payload }: Asked,
): readonly SagaEventData[] {
  const step = steps[stepIdx ?? -1]
  if (step === undefined || !awaits(step, plan)) {
    return [{ type: 'act_refused', act, actor, reason: 'the step does not wait for it any more' }]
  }
  const { idx, name } = step
  if (act === 'reject') {
    const error = { code: 'rejected', message: wordOf(payload, 'reason') }
    return [{ type: 'step_rejected', idx, actor, error }]
  }
  return [{ type: 'step_answered', idx, actor, output: { [name]: { by: actor, payload } } }]
}

/** What an operator says of a parked run, or of a completed one that is to go back. */
function operate(
  state: RunState,
  plan: Plan,
  act: 'retry' | 'skip' | 'resolve' | 'abandon' | 'roll_back',
  { actor, payload }: Asked,
  now: number,
): readonly SagaEventData[] {
  const { run, steps } = state
  const reason = wordOf(payload, 'reason')
  const resumed: SagaEventData = { type: 'run_resumed', act, actor }
  switch (act) {
    case 'retry':
      return [...retried(state, plan, actor, now), resumed]
    case 'skip':
    case 'resolve': {
      const step = steps[run.parked?.step ?? -1]
      const said = step === undefined || isParkedForStray(state)
      return said
        ? [{ ...resumed, reason }]
        : [settledBy(act, run.direction, step, { actor, reason, payload }), resumed]
    }
    case 'abandon': {
      return [{ type: 'run_abandoned', actor, reason, leftBehind: leftBy(state, plan) }]
    }
    case 'roll_back':
      return [{ type: 'roll_back_requested', actor, reason, from: steps.length - 1 }]
  }
}

function settledBy(
  act: 'skip' | 'resolve',
  direction: Direction,
  { idx, name }: StepRecord,
  { actor, reason, payload }: { actor: string | null; reason: string; payload: Json },
): SagaEventData {
  if (direction === 'undo') {
    return { type: act === 'skip' ? 'undo_skipped' : 'undo_resolved', idx, actor, reason }
  }
  if (act === 'skip') return { type: 'step_skipped', idx, name, actor, reason }
  const output = isJsonObject(payload) ? (payload['output'] ?? null) : null
  return { type: 'step_resolved', idx, name, actor, reason, output }
}

/** Every step that got stuck may be tried again, with its attempts and its time given anew. */
function retried(
  { run, steps }: RunState,
  plan: Plan,
  actor: string | null,
  now: number,
): readonly SagaEventData[] {
  return steps.flatMap((step): SagaEventData[] => {
    const { idx, status, issuedAt } = step
    const definition = plan[idx]
    if (definition === undefined) return []
    const { deadlineMs, undo } = definition.policy
    if (run.direction === 'undo') {
      if (status === 'compensating') {
        return [{ type: 'undo_retried', idx, actor, deadlineAt: now + undo.deadlineMs }]
      }
      return status === 'unknown' && issuedAt === null
        ? [{ type: 'lookup_retried', idx, actor, attempts: step.attempts }]
        : []
    }
    // Without an `until` there is nothing to wait for: its `find` gives what it made once more.
    if (status === 'unknown' && (issuedAt === null || definition.until === undefined)) {
      const attempts = definition.find === undefined ? 0 : step.attempts
      return [{ type: 'lookup_retried', idx, actor, attempts }]
    }
    if (status === 'compensation_failed' || !isStuck(step, definition)) return []
    const limitMs = definition.kind === 'signal' ? definition.signal?.deadlineMs : deadlineMs
    const deadlineAt = limitMs == null ? null : now + limitMs
    // A child's attempts go on: each is a run of its own.
    const attempts = definition.kind === 'child' ? step.attempts : 0
    return [{ type: 'step_retried', idx, actor, attempts, deadlineAt }]
  })
}

function wordOf(payload: Json, member: string): string {
  const word = isJsonObject(payload) ? payload[member] : undefined
  return typeof word === 'string' ? word : ''
}
