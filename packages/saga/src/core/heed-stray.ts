import { isParkedForStray } from './acts.ts'
import type { Asked } from './asked.ts'
import { goBack, isPastPivot } from './decide.ts'
import type { InFlight, Plan } from './decision.ts'
import type { SagaEventData } from './event.ts'
import { isLeftBehind, named, type RunState } from './evolve.ts'
import type { Json } from './json.ts'
import { isJsonObject } from './plan.ts'
import {
  hasEnded,
  type LeftBehind,
  mayHaveLeftSomething,
  type StepRecord,
  standsAsIs,
} from './run.ts'
import { issued, issuedInVain } from './settle.ts'
import type { StepDefinition } from './step.ts'

function actsByCall({ kind, effect }: StepDefinition): boolean {
  return kind === 'call' && effect !== 'read'
}

/** Of which call a worker that had lost the run speaks, and what it knows of it. */
interface Report {
  readonly receipt: Json
  readonly epoch: number
  readonly attempt: number
  readonly usable: boolean
  /** It ended without an answer: it may have had an effect, and it may not. */
  readonly doubtful: boolean
  /** When it had ended, at the latest: epoch milliseconds. */
  readonly at: number
}

/** What a worker that had lost the run says of a `do` that was under way then. */
export function heedStray(
  state: RunState,
  plan: Plan,
  { stepIdx, payload, at }: Asked,
  now: number,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const idx = stepIdx ?? -1
  const step = state.steps[idx]
  const definition = plan[idx]
  if (step === undefined || (definition !== undefined && !actsByCall(definition))) return []
  if (step.status === 'running' || inFlight.has(idx)) return 'later'
  const report = reportOf(payload, at)
  return report.doubtful
    ? heedDoubt(state, plan, step, report, inFlight)
    : heedEffect(state, plan, step, report, now, inFlight)
}

/**
 * The call had an effect after all. What the ledger has already is no stray. Where the outcome is
 * unknown, this is it; where nothing of the step should be there, it is taken back; beside another
 * effect of the step, see {@link besideAnother}.
 */
function heedEffect(
  state: RunState,
  plan: Plan,
  step: StepRecord,
  report: Report,
  now: number,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { receipt, epoch, usable } = report
  const { idx } = step
  const definition = plan[idx]
  // What did not become what it should is there as well, and the run goes by it.
  const stands = standsAsIs(step) || isIssuedInVain(step)
  const last = isLast(step, report)
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
  return toBeTakenBack(state, plan, step, inFlight, [
    reported,
    { type: 'stray_unsettled', idx, receipt },
  ])
}

/**
 * The call may have had an effect, which may show until it would have settled: an absence that was
 * believed before is believed no more, and what is out there is not undone before. Beside another
 * attempt that stands, or may, nothing but an operator can tell whether there are two; that is not
 * reason enough to take anything back.
 */
function heedDoubt(
  state: RunState,
  plan: Plan,
  step: StepRecord,
  report: Report,
  inFlight: InFlight,
): readonly SagaEventData[] | 'later' {
  const { run } = state
  const { idx, status, issuedAt } = step
  const last = isLast(step, report)
  const { epoch, at: since } = report
  const doubted: SagaEventData = { type: 'stray_doubted', idx, epoch, since }
  const goesForward = run.direction === 'forward' && run.status !== 'failed'
  const twice = !last && status === 'unknown' && issuedAt === null
  const ask = [
    doubted,
    { type: 'run_parked', reason: strayReason(state, step), step: idx },
  ] as const
  if (standsAsIs(step) || twice) {
    // Of the last call what stands is most likely its own; repeating an idempotent one adds nothing.
    const single = (last && issuedAt !== null) || plan[idx]?.idempotent === true
    if (!goesForward || single) return [doubted]
    return inFlight.size > 0 ? 'later' : ask
  }
  // It is looked for already, or is named as left behind.
  if (status === 'unknown' || isLeftBehind(step)) return [doubted]
  const unsettled: SagaEventData = { type: 'doubt_unsettled', idx }
  // An operator said that nothing of it is out there, and that it is to be gone on without.
  if (status === 'skipped' && goesForward) {
    return inFlight.size > 0 ? 'later' : [doubted, unsettled, ask[1]]
  }
  return toBeTakenBack(state, plan, step, inFlight, [doubted, unsettled])
}

/** Something of a step is, or may be, out there where nothing should be. */
function toBeTakenBack(
  state: RunState,
  plan: Plan,
  step: StepRecord,
  inFlight: InFlight,
  told: readonly SagaEventData[],
): readonly SagaEventData[] | 'later' {
  const { run } = state
  // On the way back it comes before what is being undone now.
  if (run.direction === 'undo' && inFlight.size > 0) return 'later'
  if (!hasEnded(run.status)) return told
  const reason = strayReason(state, step)
  if (run.direction === 'forward' && run.status === 'failed') {
    // Abandoned: it does not go on, but names what it left.
    const leftBehind = leftBy(state, plan, step)
    return [...told, { type: 'run_abandoned', actor: null, reason, leftBehind }]
  }
  return [...told, { type: 'run_parked', reason, step: step.idx }]
}

function isIssuedInVain({ status, issuedAt }: StepRecord): boolean {
  return status === 'unknown' && issuedAt !== null
}

/**
 * No call was made after it: what stands is its own, however `find` put it into words. Receipts do
 * not tell: those of two effects may well be equal.
 */
function isLast({ attempts, openedEpoch }: StepRecord, { attempt, epoch }: Report): boolean {
  return attempt === attempts && epoch === openedEpoch
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

function reportOf(payload: Json, at: number): Report {
  const told = isJsonObject(payload) ? payload : {}
  const { receipt = null, epoch = null, attempt = null, usable, doubtful } = told
  return {
    receipt,
    epoch: numberOf(epoch),
    attempt: numberOf(attempt),
    usable: usable !== false,
    doubtful: doubtful === true,
    at,
  }
}

function numberOf(value: Json): number {
  return typeof value === 'number' ? value : 0
}

/** What a run that is given up leaves behind, or may; `found`: one that certainly has. */
export function leftBy({ steps }: RunState, plan: Plan, found?: StepRecord): readonly LeftBehind[] {
  const isLeft = (step: StepRecord) => {
    const mayBe = mayHaveLeftSomething(step.status) && plan[step.idx]?.effect !== 'read'
    return mayBe || isLeftBehind(step) || step === found
  }
  return steps.filter(isLeft).map(named)
}
