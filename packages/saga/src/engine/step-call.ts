import type { StepCall } from '../core/decision.ts'
import { DefinitionError, StepFailed, storedError } from '../core/errors.ts'
import type { SagaEventData } from '../core/event.ts'
import type { RunState } from '../core/evolve.ts'
import { type Json, plainJson, toJson } from '../core/json.ts'
import { contextOf, stepsBefore } from '../core/plan.ts'
import type { StepRecord } from '../core/run.ts'
import type { PlacedStep } from '../core/saga.ts'
import { validate } from '../core/schema.ts'
import { type Outcome, settle } from '../core/settle.ts'
import type { CallArgs, StepDefinition, UndoArgs } from '../core/step.ts'
import { checkText } from '../core/text.ts'
import { boundLog } from './bound-log.ts'
import { type CallSignal, callWithin } from './call.ts'
import type { Execution } from './execution.ts'
import type { ObservedCall } from './observer.ts'
import { outcomeOf } from './outcome.ts'
import { checkContext } from './payload.ts'
import type { RunnerDeps } from './runner-deps.ts'
import type { Stop } from './stop.ts'

export interface CallRequest {
  readonly call: StepCall
  readonly idx: number
  /** As they were when it was made: the ledger may have gone on when it ends. */
  readonly attempt: number
  readonly key: string
  readonly stops: readonly Stop[]
  readonly observed: ObservedCall
}

/** The intent of an attempt: the step's input and key, made anew from the run and its context. */
export async function openStep(
  { log, payloadLimits, secrets }: RunnerDeps,
  state: RunState,
  placed: PlacedStep,
  { idx, attempt }: Readonly<{ idx: number; attempt: number }>,
): Promise<SagaEventData> {
  const { step } = placed
  const { name } = step
  const { epoch } = state.run
  const before = state.steps[idx]
  if (before !== undefined && before.key !== '') {
    const { input, key } = before
    return { type: 'step_opened', idx, name, input, key, attempt, epoch }
  }
  try {
    const what = `the input of step "${name}"`
    const { run } = state
    const isAsked = isStored(placed) || step.key !== undefined
    const made = isAsked ? scopeOf(state, placed, idx) : null
    const input =
      step.input === undefined ? made : plainJson(await validate(step.input, made, what), what)
    const key =
      step.key?.({ input, context: contextBefore(state, idx), run, idx }) ?? `${run.id}-${idx}`
    checkText(key, 500, `step "${name}"`, 'key')
    if (step.effect !== 'read') refuseTwin(state, name, key, idx)
    const stored = isStored(placed) ? toJson(input, what, payloadLimits.valueBytes) : null
    secrets.refuse([key, stored], what)
    checkContext(state, [stored], `step "${name}"`, payloadLimits)
    return { type: 'step_opened', idx, name, input: stored, key, attempt, epoch }
  } catch (error) {
    log.warn({ step: name, idx, err: error }, 'the step cannot be begun')
    return { type: 'step_failed', idx, name, error: storedError(error, secrets.scrub) }
  }
}

/** Two steps of one name with one key would take each other's effects for their own. */
function refuseTwin({ steps }: RunState, name: string, key: string, idx: number): void {
  const twin = steps.find((step) => step.idx !== idx && step.name === name && step.key === key)
  if (twin === undefined) return
  throw new DefinitionError(
    `step "${name}" has the key "${key}" at ${twin.idx} already: make it of the step's input too, or of idx`,
  )
}

/** What of the run's input and of the outputs before it a step's input is made of. */
export function scopeOf(state: RunState, placed: PlacedStep, idx: number): unknown {
  const scope = {
    ...state.run.inputs,
    ...contextBefore(state, idx),
    ...state.run.plan[idx]?.input,
  }
  return placed.with === undefined ? scope : placed.with(scope)
}

/** Whether a step's input is kept in its row; a step that asks for nothing is given all there is. */
function isStored({ step, with: made }: PlacedStep): boolean {
  return step.input !== undefined || made !== undefined
}

/** The input as it was made when the step was opened: `find` and `undo` get what `do` got. */
export function inputOf(state: RunState, placed: PlacedStep, idx: number): unknown {
  const input = isStored(placed) ? rowOf(state, idx).input : scopeOf(state, placed, idx)
  return deepFreeze(input)
}

function contextBefore(state: RunState, idx: number): { readonly [key: string]: Json } {
  const { run, steps } = state
  return contextOf(run.plan, stepsBefore(run.plan, steps, idx))
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}

/** How a call ended; `underWay`: it has not, but nobody waits for it any more. */
export interface CallEnd {
  readonly outcome: Outcome
  readonly underWay: boolean
}

/** Calls a function of a step and says how that ended. */
export async function callStep(
  deps: RunnerDeps,
  state: RunState,
  placed: PlacedStep,
  request: CallRequest,
  onLate: (outcome: Outcome) => void,
): Promise<CallEnd> {
  const row = rowOf(state, request.idx)
  const { step } = placed
  const { timeoutMs, undo } = step.policy
  const result = await callWithin(
    (stopping) => {
      const input = inputOf(state, placed, request.idx)
      const args = callArgs(deps, state, row, input, stopping, request)
      return request.observed.inside(() => functionOf(step, request.call, row)(args))
    },
    {
      clock: deps.clock,
      timeoutMs: request.call === 'undo' ? undo.timeoutMs : timeoutMs,
      stops: request.stops,
      onLate: (late) => void outcomeOf(deps, state, step, request.call, late).then(onLate),
    },
  )
  const outcome = await outcomeOf(deps, state, step, request.call, result)
  request.observed.ended(outcome)
  return { outcome, underWay: result.type === 'threw' && result.underWay === true }
}

/** What the outcome of a call means for the run. */
export function settled(
  { random }: RunnerDeps,
  execution: Execution,
  definition: StepDefinition,
  { call, idx }: CallRequest,
  outcome: Outcome,
): readonly SagaEventData[] {
  const moment = { now: execution.now(), random: random() }
  return settle(rowOf(execution.state, idx), definition, call, outcome, moment)
}

export function rowOf(state: RunState, idx: number): StepRecord {
  const row = state.steps[idx]
  if (row === undefined) throw new RangeError(`the ledger has no step ${idx}`)
  return row
}

/** What takes more than a look is made when a step asks for it. */
export function callArgs(
  deps: RunnerDeps,
  state: RunState,
  row: StepRecord,
  input: unknown,
  stopping: CallSignal,
  { call, idx }: CallRequest,
): UndoArgs<unknown, unknown, unknown> & CallArgs<unknown> {
  const { id, tag, kind, epoch } = state.run
  const attempt = call === 'undo' ? row.undoAttempts : row.attempts
  return {
    input,
    get context() {
      return contextBefore(state, idx)
    },
    key: row.key,
    run: { id, tag, kind },
    idx,
    attempt,
    epoch,
    get signal() {
      return stopping.signal
    },
    now: new Date(deps.now()),
    get log() {
      return boundLog(deps.log, { step: row.name, idx, attempt }, deps.secrets)
    },
    secret: (ref) => deps.secrets.resolve(ref, row.name),
    receipt: row.issuedAt === null ? undefined : deepFreeze(row.receipt),
    output: row.finishedAt === null ? undefined : deepFreeze(row.output),
  }
}

function functionOf(
  step: StepDefinition,
  call: StepCall,
  { name }: StepRecord,
): (args: UndoArgs<unknown, unknown, unknown>) => unknown {
  const found = step[call]
  if (found === undefined) throw new StepFailed(`step "${name}" has no ${call}`)
  return found
}
