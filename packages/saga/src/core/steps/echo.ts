import type { StandardSchemaV1 } from '@standard-schema/spec'
import { step } from '../define-step.ts'

/** A step without effects that gives back what it is told, under its place: `echoed_at_step_<n>`. */
export const echo = step('echo', {
  input: messageSchema(),
  idempotent: true,
  do: ({ input: { message }, idx }) => ({ [`echoed_at_step_${idx}`]: message }),
  undo: () => {},
})

/** `{message?: string}`, "hello" if left out; by hand, so that the engine needs no schema library. */
function messageSchema(): StandardSchemaV1<{ message?: string }, { message: string }> {
  return {
    '~standard': {
      version: 1,
      vendor: 'arcadia-cloud',
      validate(value) {
        const message =
          typeof value === 'object' && value !== null && 'message' in value
            ? value.message
            : 'hello'
        return typeof message === 'string'
          ? { value: { message } }
          : { issues: [{ path: ['message'], message: 'give text' }] }
      },
    },
  }
}
