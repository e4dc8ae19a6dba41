import { DefinitionError } from '../../core/errors.ts'

/** A way for a run to go, when nothing goes wrong besides. */
export interface Variant {
  readonly name: string
  readonly type: (typeof types)[number]
  /** The step it is about, as `<kind>.<idx>`. */
  readonly step: string | undefined
}

/**
 * - `completes`.
 * - `fails`: the world refuses a step.
 * - `rejected`, `unanswered`: somebody turns down what a step waits for, or nobody says anything.
 * - `cancelled`: an operator cancels the run when a step has had its effect.
 * - `taken_back`: an operator rolls back the completed run.
 * - `beside`: a second run is worked on beside it.
 * - `begun`: the worker of the process that starts it begins it at once.
 */
const types = [
  'completes',
  'fails',
  'rejected',
  'unanswered',
  'cancelled',
  'taken_back',
  'beside',
  'begun',
] as const

/** `<type>` or `<type>:<kind>.<idx>`. @throws {@link DefinitionError} */
export function variantOf(name: string): Variant {
  const [named = '', step] = name.split(':', 2)
  const type = types.find((known) => known === named)
  if (type === undefined) {
    throw new DefinitionError(
      `"${name}" is none of the ways a run goes in the matrix: ${types.join(', ')}`,
    )
  }
  return { name, type, step }
}
