import type { StepCall } from '../core/decision.ts'
import { storedError } from '../core/errors.ts'
import type { RunState } from '../core/evolve.ts'
import { type Json, plainJson, toJson, UnstorableValue } from '../core/json.ts'
import { validate } from '../core/schema.ts'
import { type Outcome, thrown } from '../core/settle.ts'
import { pending, type StepDefinition } from '../core/step.ts'
import { type CallResult, NotCalled } from './call.ts'
import { checkContext } from './payload.ts'
import type { RunnerDeps } from './runner-deps.ts'

type OutcomeDeps = Pick<RunnerDeps, 'classify' | 'secrets' | 'payloadLimits'>

/**
 * How a call ended, as the kernel sees it, with the values of secrets taken out of whatever is kept.
 * Never rejects.
 */
export async function outcomeOf(
  deps: OutcomeDeps,
  state: RunState,
  step: StepDefinition,
  call: StepCall,
  result: CallResult,
): Promise<Outcome> {
  const { classify, secrets } = deps
  if (result.type === 'threw') {
    if (result.error instanceof NotCalled) return { type: 'not_called' }
    const error = storedError(result.error, secrets.scrub)
    return { ...thrown(result.error, classify), error }
  }
  const { value } = result
  if (value === pending || (call === 'find' && value === undefined)) return { type: 'not_yet' }
  if (call === 'undo') return { type: 'returned', value: null }
  return given(deps, state, step, call, value)
}

/** What a step gave, if it can be kept; what cannot is kept as far as it can, to be taken back by. */
async function given(
  { secrets, payloadLimits }: OutcomeDeps,
  state: RunState,
  step: StepDefinition,
  call: StepCall,
  value: unknown,
): Promise<Outcome> {
  const what = `what ${call} of step "${step.name}" gave`
  let kept: Json = null
  try {
    if (call === 'until' && value === undefined) {
      throw new UnstorableValue(
        what,
        'give pending while it is not there, and an object or null when it is',
      )
    }
    const plain = toJson(plainJson(value, what), what, payloadLimits.valueBytes)
    kept = secrets.scrubJson(plain)
    const { output, until } = step
    const last = call === 'until' || until === undefined
    const given =
      output === undefined || !last
        ? plain
        : toJson(await validate(output, value, what), what, payloadLimits.valueBytes)
    secrets.refuse([plain, given], what)
    // Without an `until` the receipt is the output as well. On the way back nothing more is added.
    const stored = call !== 'until' && until === undefined ? [given, given] : [given]
    if (state.run.direction === 'forward') checkContext(state, stored, what, payloadLimits)
    return { type: 'returned', value: given }
  } catch (error) {
    return { type: 'unusable', value: kept, error: storedError(error, secrets.scrub) }
  }
}
