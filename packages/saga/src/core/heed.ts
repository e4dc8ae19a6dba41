import { type Act, acts, awaits, isParkedForStray, refusal } from './acts.ts'
import { goBack, isPastPivot, isStuck } from './decide.ts'
import type { InFlight, Plan } from './decision.ts'
import type { SagaEventData } from './event.ts'
import { isLeftBehind, named, type RunState } from './evolve.ts'
import type { Json } from './json.ts'
import { isJsonObject } from './plan.ts'
import {
  type Direction,
  hasEnded,
  type LeftBehind,
  mayHaveLeftSomething,
  type StepRecord,
  standsAsIs,
} from './run.ts'
import { issued, issuedInVain } from './settle.ts'
import type { StepDefinition } from './step.ts'

/** A signal as the kernel sees it: who asks for what, of which step, with what. */
export interface Asked {
  readonly type: string
  readonly actor: string | null
  readonly stepIdx: number | null
  readonly payload: Json
  /** Epoch milliseconds. */
  readonly at: number
}

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

function actsByCall({ kind, effect }: StepDefinition): boolean {
  return kind === 'call' && effect !== 'read'
}

/**
 * A worker that had lost the run reports that its call had an effect after all. What the ledger has
 * already is no stray. Where the outcome is unknown, this is it; where nothing of the step should be
 * there, it is taken back; beside another effect of the step, see {@link besideAnother}.
 */
function heedStray(
  state: RunState,
  plan: Plan,
  { stepIdx, payload }: Asked,
  now: number,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { run, steps } = state
  const idx = stepIdx ?? -1
  const step = steps[idx]
  const definition = plan[idx]
  if (step === undefined || (definition !== undefined && !actsByCall(definition))) return []
  if (step.status === 'running' || inFlight.has(idx)) return 'later'
  const { receipt, epoch, attempt, usable } = reportOf(payload)
  // What did not become what it should is there as well, and the run goes by it.
  const stands = standsAsIs(step) || (step.status === 'unknown' && step.issuedAt !== null)
  // No call was made after it: what stands is its own, however `find` put it into words. Receipts
  // do not tell: those of two effects may well be equal.
  const last = attempt === step.attempts && epoch === step.openedEpoch
  const known = stands && (last || definition?.idempotent === true)
  const reported: SagaEventData = { type: 'stray_reported', idx, epoch, known }
  if (known) return [reported]
  // The outcome of the attempt after it is still unknown: there may be two.
  const older = step.status === 'unknown' && !last && definition?.idempotent === false
  if (stands || older) return besideAnother(state, plan, step, reported, inFlight)
  if (step.status === 'unknown' || step.status === 'waiting') {
    // Without its definition nobody can go on from it: it will be looked for.
    if (definition === undefined) return [reported]
    const adopt = usable ? issued : issuedInVain
    return [reported, ...adopt(step, definition, receipt, { now })]
  }
  const unsettled: SagaEventData = { type: 'stray_unsettled', idx, receipt }
  if (!hasEnded(run.status)) return [reported, unsettled]
  if (run.direction === 'forward' && run.status === 'failed') {
    // Abandoned: it does not go on, but names what it left.
    const leftBehind = leftBy(state, plan, step)
    const reason = strayReason(state, step)
    return [reported, unsettled, { type: 'run_abandoned', actor: null, reason, leftBehind }]
  }
  return [reported, unsettled, { type: 'run_parked', reason: strayReason(state, step), step: idx }]
}

/**
 * Nothing tells a stray effect from the one that the run goes by, and an undo acts on both: so the
 * whole run goes back; past a pivot, or when it has ended, an operator is asked.
 */
function besideAnother(
  state: RunState,
  plan: Plan,
  step: StepRecord,
  reported: SagaEventData,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { run } = state
  const reason = strayReason(state, step)
  // Its undo is still to come, or it is named as left behind.
  if (run.direction === 'undo' || run.status === 'failed') return [reported]
  if (inFlight.size > 0) return 'later'
  return hasEnded(run.status) || isParkedForStray(state) || isPastPivot(state, plan)
    ? [reported, { type: 'run_parked', reason, step: step.idx }]
    : [reported, ...goBack(state, reason)]
}

/** Names every step that has one, so that the operator who is asked knows of them all. */
function strayReason({ run: { parked } }: RunState, { name }: StepRecord): string {
  return parked?.reason.startsWith('stray_effect:') === true
    ? `${parked.reason}, ${name}`
    : `stray_effect:${name}`
}

function reportOf(payload: Json): {
  readonly receipt: Json
  readonly epoch: number
  readonly attempt: number
  readonly usable: boolean
} {
  const told = isJsonObject(payload) ? payload : {}
  const { receipt = null, epoch = null, attempt = null, usable } = told
  return {
    receipt,
    epoch: numberOf(epoch),
    attempt: numberOf(attempt),
    usable: usable !== false,
  }
}

function numberOf(value: Json): number {
  return typeof value === 'number' ? value : 0
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

/** What a run that is given up leaves behind, or may; `found`: one that certainly has. */
function leftBy({ steps }: RunState, plan: Plan, found?: StepRecord): readonly LeftBehind[] {
  const isLeft = (step: StepRecord) => {
    const mayBe = mayHaveLeftSomething(step.status) && plan[step.idx]?.effect !== 'read'
    return mayBe || isLeftBehind(step) || step === found
  }
  return steps.filter(isLeft).map(named)
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
