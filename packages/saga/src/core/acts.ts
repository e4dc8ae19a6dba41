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

/** Every act in every state of a run. */
const table: Readonly<Record<Act, Readonly<Record<RunStatus, Check>>>> = {
  //          pending            running            waiting            compensating         parked               completed          rolled_back       failed
  cancel: row(forwardOnly, forwardOnly, forwardOnly, goingBack, forwardOnly, ended, ended, ended),
  approve: row(
    awaitsAnswer,
    awaitsAnswer,
    awaitsAnswer,
    goingBack,
    awaitsAnswer,
    ended,
    ended,
    ended,
  ),
  reject: row(
    awaitsAnswer,
    awaitsAnswer,
    awaitsAnswer,
    goingBack,
    awaitsAnswer,
    ended,
    ended,
    ended,
  ),
  signal: row(yes, yes, yes, goingBack, goesForward, ended, ended, ended),
  park: row(yes, yes, yes, yes, alreadyParked, ended, ended, ended),
  retry: row(notParked, notParked, notParked, notParked, notForStrays, ended, ended, ended),
  skip: row(notParked, notParked, notParked, notParked, skippable, ended, ended, ended),
  resolve: row(notParked, notParked, notParked, notParked, resolvable, ended, ended, ended),
  abandon: row(notParked, notParked, notParked, notParked, childrenEnded, ended, ended, ended),
  roll_back: row(notEnded, notEnded, notEnded, notEnded, notEnded, reversible, ended, ended),
}

function row(
  pending: Check,
  running: Check,
  waiting: Check,
  compensating: Check,
  parked: Check,
  completed: Check,
  rolled_back: Check,
  failed: Check,
): Readonly<Record<RunStatus, Check>> {
  return { pending, running, waiting, compensating, parked, completed, rolled_back, failed }
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

function goesForward(state: RunState, plan: Plan): string | undefined {
  return state.run.direction === 'undo' ? goingBack(state, plan) : undefined
}

function awaitsAnswer(state: RunState, plan: Plan): string | undefined {
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
