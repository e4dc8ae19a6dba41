import { isPastPivot } from './decide.ts'
import type { Plan } from './decision.ts'
import type { RunState } from './evolve.ts'
import {
  mayHaveLeftSomething,
  type Run,
  type RunStatus,
  type StepRecord,
  type StepStatus,
  standsAsIs,
} from './run.ts'

/** What may be asked of a run from outside. */
export const acts = [
  'cancel',
  'approve',
  'reject',
  'signal',
  'park',
  'retry',
  'skip',
  'resolve',
  'abandon',
  'roll_back',
] as const
/** One of {@link acts}. */
export type Act = (typeof acts)[number]

/** Why an act cannot be; undefined: nothing is against it. */
type Check = (state: RunState, plan: Plan) => string | undefined

const yes: Check = () => undefined
const ended: Check = ({ run }) => `it has ended (${run.status})`
const notEnded: Check = ({ run }) =>
  `it has not ended (${run.status}); only a completed saga is rolled back`
const notParked: Check = ({ run }) => `it is not parked (${run.status}); it goes on by itself`
const goingBack: Check = ({ run }) => `it is already going back (${run.status})`

/** Every act in every state of a run. A waiting run may be on its way back. */
// biome-ignore format: a table
const table: Readonly<Record<Act, Readonly<Record<RunStatus, Check>>>> = {
  cancel:    { pending: forwardOnly, running: forwardOnly, waiting: forwardOnly, compensating: goingBack, parked: forwardOnly,   completed: ended,      rolled_back: ended, failed: ended },
  approve:   { pending: awaitsOne,   running: awaitsOne,   waiting: awaitsOne,   compensating: goingBack, parked: awaitsOne,     completed: ended,      rolled_back: ended, failed: ended },
  reject:    { pending: awaitsOne,   running: awaitsOne,   waiting: awaitsOne,   compensating: goingBack, parked: awaitsOne,     completed: ended,      rolled_back: ended, failed: ended },
  signal:    { pending: notBack,     running: notBack,     waiting: notBack,     compensating: goingBack, parked: notBack,       completed: ended,      rolled_back: ended, failed: ended },
  park:      { pending: yes,         running: yes,         waiting: yes,         compensating: yes,       parked: alreadyParked, completed: ended,      rolled_back: ended, failed: ended },
  retry:     { pending: notParked,   running: notParked,   waiting: notParked,   compensating: notParked, parked: retriable,     completed: ended,      rolled_back: ended, failed: ended },
  skip:      { pending: notParked,   running: notParked,   waiting: notParked,   compensating: notParked, parked: skippable,     completed: ended,      rolled_back: ended, failed: ended },
  resolve:   { pending: notParked,   running: notParked,   waiting: notParked,   compensating: notParked, parked: resolvable,    completed: ended,      rolled_back: ended, failed: ended },
  abandon:   { pending: notParked,   running: notParked,   waiting: notParked,   compensating: notParked, parked: childrenEnded, completed: ended,      rolled_back: ended, failed: ended },
  roll_back: { pending: notEnded,    running: notEnded,    waiting: notEnded,    compensating: notEnded,  parked: notEnded,      completed: reversible, rolled_back: ended, failed: ended },
}

/** Why this act would be refused in this state, in words for a person; undefined: it is allowed. */
export function refusal(act: Act, state: RunState, plan: Plan): string | undefined {
  return table[act][state.run.status](state, plan)
}

function forwardOnly(state: RunState, plan: Plan): string | undefined {
  if (state.run.direction === 'undo') return goingBack(state, plan)
  const { parentId, currentStep, plan: pinned } = state.run
  // A child that had completed: its parent goes by what it gave.
  if (parentId !== null && currentStep >= pinned.length) return partOf(parentId)
  return isPastPivot(state, plan)
    ? 'it is past its point of no return and can only go forward'
    : undefined
}

function notBack(state: RunState, plan: Plan): string | undefined {
  return state.run.direction === 'undo' ? goingBack(state, plan) : undefined
}

function awaitsOne(state: RunState, plan: Plan): string | undefined {
  if (state.run.direction === 'undo') return goingBack(state, plan)
  const waits = state.steps.some((step) => awaits(step, plan) && plan[step.idx]?.signal?.rejectable)
  return waits ? undefined : 'it does not wait for an approval now'
}

/** Whether a step waits for somebody outside. */
export function awaits({ idx, status }: StepRecord, plan: Plan): boolean {
  return status === 'waiting' && plan[idx]?.kind === 'signal'
}

function alreadyParked({ run }: RunState): string | undefined {
  return `it is parked already (${run.parked?.reason})`
}

/** Parked for a stray effect beside the one that is to stay. */
export function isParkedForStray({ run, steps }: RunState): boolean {
  const { parked, direction } = run
  if (parked === null || direction === 'undo') return false
  const step = steps[parked.step]
  return parked.reason.startsWith('stray_effect:') && step !== undefined && standsAsIs(step)
}

function notForStrays(state: RunState): string | undefined {
  return isParkedForStray(state)
    ? 'nothing tells the stray effect from the one that is to stay: remove it by hand and resolve, or cancel to take back both'
    : undefined
}

function retriable(state: RunState, plan: Plan): string | undefined {
  const { run, steps } = state
  const left = steps.find(({ status }) => status === 'compensation_failed')
  // Another child would hide what the first one left.
  return left !== undefined && run.direction === 'forward' && isPastPivot(state, plan)
    ? `its child "${left.name}" ended with something left behind: deal with that by hand and resolve, or abandon`
    : (notForStrays(state) ?? notForIrreversible(state))
}

function notForIrreversible({ run: { parked }, steps }: RunState): string | undefined {
  const step = parked?.reason.startsWith('irreversible:') ? steps[parked.step] : undefined
  return step && mayHaveLeftSomething(step.status)
    ? `nothing takes back what "${step.name}" did: do that by hand and resolve, or skip it and leave it there`
    : undefined
}

const skippableForward: readonly StepStatus[] = ['failed', 'unknown']
const settledByWord: readonly StepStatus[] = ['failed', 'unknown', 'compensation_failed']

function skippable(state: RunState): string | undefined {
  return notForStrays(state) ?? atParkedStep(state, 'skipped', skippableForward)
}

function resolvable(state: RunState): string | undefined {
  return isParkedForStray(state) ? undefined : atParkedStep(state, 'resolved', settledByWord)
}

/** On the way forward only a step that got stuck; on the way back any that may have left something. */
function atParkedStep(
  { run, steps }: RunState,
  what: string,
  forward: readonly StepStatus[],
): string | undefined {
  const step = steps[run.parked?.step ?? run.currentStep]
  if (step === undefined) return `it is not parked at a step that could be ${what}: retry it`
  if (isUnderWay(run, step)) return endFirst(step)
  const fits =
    run.direction === 'undo' ? mayHaveLeftSomething(step.status) : forward.includes(step.status)
  return fits
    ? undefined
    : `its step "${step.name}" is ${step.status}; only one that got stuck can be ${what}`
}

function childrenEnded({ run, steps }: RunState): string | undefined {
  const child = steps.find((step) => isUnderWay(run, step))
  return child && endFirst(child)
}

function isUnderWay({ plan }: Run, { idx, status, issuedAt }: StepRecord): boolean {
  const begun = plan[idx]?.kind === 'child' && issuedAt !== null
  return begun && (status === 'waiting' || status === 'compensating')
}

function endFirst({ name }: StepRecord): string {
  return `its child "${name}" has not ended; end that one first`
}

function reversible(state: RunState, plan: Plan): string | undefined {
  const { parentId } = state.run
  if (parentId !== null) return partOf(parentId)
  if (plan.length < state.run.plan.length) {
    return 'no program here knows its steps, and whether it has passed a point of no return'
  }
  return isPastPivot(state, plan) ? 'it has passed its point of no return' : undefined
}

function partOf(parentId: string): string {
  return `it is a part of saga ${parentId}; roll that one back`
}
