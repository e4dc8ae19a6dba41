import { isPastPivot } from './decide.ts'
import type { Plan } from './decision.ts'
import type { RunState } from './evolve.ts'
import { mayHaveLeftSomething, type RunStatus, type StepRecord, type StepStatus } from './run.ts'

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
  approve:   { pending: awaitsYes,   running: awaitsYes,   waiting: awaitsYes,   compensating: goingBack, parked: awaitsYes,     completed: ended,      rolled_back: ended, failed: ended },
  reject:    { pending: awaitsYes,   running: awaitsYes,   waiting: awaitsYes,   compensating: goingBack, parked: awaitsYes,     completed: ended,      rolled_back: ended, failed: ended },
  signal:    { pending: notBack,     running: notBack,     waiting: notBack,     compensating: goingBack, parked: notBack,       completed: ended,      rolled_back: ended, failed: ended },
  park:      { pending: yes,         running: yes,         waiting: yes,         compensating: yes,       parked: alreadyParked, completed: ended,      rolled_back: ended, failed: ended },
  retry:     { pending: notParked,   running: notParked,   waiting: notParked,   compensating: notParked, parked: notForStrays,  completed: ended,      rolled_back: ended, failed: ended },
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
  return isPastPivot(state, plan)
    ? 'it is past its point of no return and can only go forward'
    : undefined
}

function notBack(state: RunState, plan: Plan): string | undefined {
  return state.run.direction === 'undo' ? goingBack(state, plan) : undefined
}

function awaitsYes(state: RunState, plan: Plan): string | undefined {
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

/** A completed run, parked for a stray effect beside the one that is to stay. */
export function isParkedForStray({ run }: RunState): boolean {
  return run.direction === 'forward' && run.parked?.reason.startsWith('stray_effect:') === true
}

function notForStrays(state: RunState): string | undefined {
  return isParkedForStray(state)
    ? 'nothing tells the stray effect from the one that is to stay: remove it by hand and resolve, or cancel to take back both'
    : undefined
}

const skippableForward: readonly StepStatus[] = ['failed', 'unknown']
const settledByWord: readonly StepStatus[] = ['failed', 'unknown', 'compensation_failed']

function skippable(state: RunState, plan: Plan): string | undefined {
  const stray = notForStrays(state)
  if (stray !== undefined) return stray
  return atParkedStep(state, plan, 'skipped', skippableForward)
}

function resolvable(state: RunState, plan: Plan): string | undefined {
  return isParkedForStray(state) ? undefined : atParkedStep(state, plan, 'resolved', settledByWord)
}

/** On the way forward only a step that got stuck; on the way back any that may have left something. */
function atParkedStep(
  { run, steps }: RunState,
  _plan: Plan,
  what: string,
  forward: readonly StepStatus[],
): string | undefined {
  const step = steps[run.parked?.step ?? run.currentStep]
  if (step === undefined) return `it is not parked at a step that could be ${what}: retry it`
  const fits =
    run.direction === 'undo' ? mayHaveLeftSomething(step.status) : forward.includes(step.status)
  return fits
    ? undefined
    : `its step "${step.name}" is ${step.status}; only one that got stuck can be ${what}`
}

function childrenEnded({ run, steps }: RunState): string | undefined {
  const child = steps.find(
    ({ idx, status, issuedAt }) =>
      run.plan[idx]?.kind === 'child' &&
      issuedAt !== null &&
      (status === 'waiting' || status === 'compensating'),
  )
  return child && `its child "${child.name}" has not ended; end that one first`
}

function reversible(state: RunState, plan: Plan): string | undefined {
  const { parentId } = state.run
  if (parentId !== null) return `it is a part of saga ${parentId}; roll that one back`
  return isPastPivot(state, plan) ? 'it has passed its point of no return' : undefined
}
