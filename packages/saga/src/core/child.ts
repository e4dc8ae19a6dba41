import { plainStep, policyOf } from './policy.ts'
import type { RetryOptions } from './retry.ts'
import type { SagaDefinition, SagaOf } from './saga.ts'
import type { Step, StepDefinition } from './step.ts'

/** Options of a {@link child}. */
export interface ChildOptions {
  /** The step's name; that of the saga if left out. */
  readonly name?: string
  /** How often another is started when one has rolled back. Default: a single one. */
  readonly retry?: RetryOptions
}

/**
 * A step that starts another saga as a run of its own and waits until it ends. It gives what the
 * child's steps gave; under a name of its own with `as`. Undoing it cancels the child, or rolls a
 * completed one back. The child has its parent's locks: those it declares itself have to be among
 * them. A child with a pivot makes this step a pivot.
 */
export function child<Kind extends string, Input, Gives>(
  saga: SagaOf<Kind, Input, Gives>,
  options?: ChildOptions & { readonly as?: never },
): Step<Kind, Input, Gives>
export function child<Kind extends string, Input, Gives, const As extends string>(
  saga: SagaOf<Kind, Input, Gives>,
  options: ChildOptions & { readonly as: As },
): Step<Kind, Input, { readonly [name in As]: Gives }>
export function child(
  saga: SagaDefinition,
  { name = saga.kind, retry, as }: ChildOptions & { readonly as?: string } = {},
): StepDefinition {
  const policy = policyOf(retry === undefined ? {} : { retry }, { attempts: 1 })
  const pivot = saga.steps.some(({ step }) => step.effect === 'pivot')
  return {
    ...plainStep(name, policy),
    kind: 'child',
    effect: pivot ? 'pivot' : 'reversible',
    child: { saga, as },
  }
}
