import { z } from 'zod'

/** An entry of a saga's history. */
export const sagaEventBody = z.looseObject({
  type: z.string(),
  /** The place in the plan of the step that it is about. */
  idx: z.number().nullish(),
  detail: z.record(z.string(), z.unknown()),
  actor: z.string().nullish(),
  at: z.string().nullish(),
})
export type SagaEvent = z.output<typeof sagaEventBody>
