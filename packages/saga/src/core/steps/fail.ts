import { step } from '../define-step.ts'
import { StepFailed } from '../errors.ts'

/** A step that always fails, without an effect: it proves that what came before is taken back. */
export const fail = step('fail', {
  effect: 'read',
  do: (): undefined => {
    throw new StepFailed('this step always fails')
  },
})
