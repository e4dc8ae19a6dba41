import type { Preview, PreviewStep } from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import { anyObject } from '../pages.ts'

const previewStep = z.object({
  idx: z.int(),
  name: z.string(),
  does: z.enum(['call', 'transact', 'sleep', 'child', 'signal', 'approval']).openapi({
    description: 'What it is: a call, SQL in the database, or what it waits for.',
  }),
  effect: z.enum(['reversible', 'read', 'pivot']),
  undo: z.enum(['undo', 'child', 'none_needed', 'impossible']).openapi({
    description:
      'What takes it back: its own undo, that of the saga it starts, nothing since it leaves nothing, or nothing although it does.',
  }),
  group: z
    .int()
    .nullable()
    .openapi({ description: 'Of steps that run at once: the place of the first of them.' }),
  input: anyObject.nullable().openapi({ description: 'What is given to this place alone.' }),
})

/** A step, with those of the saga that it starts. */
type PreviewStepView = z.infer<typeof previewStep> & {
  readonly child: {
    readonly kind: string
    readonly version: number
    readonly steps: PreviewStepView[]
  } | null
}

export const previewStepSchema: z.ZodType<PreviewStepView> = previewStep
  .extend({
    child: z
      .object({
        kind: z.string(),
        version: z.int(),
        steps: z.array(z.lazy(() => previewStepSchema)),
      })
      .nullable()
      .openapi({ description: 'The saga it starts, with every step that one may have.' }),
  })
  .openapi('PreviewStep')

export const previewSchema = z
  .object({
    kind: z.string(),
    version: z.int(),
    locks: z
      .array(z.string())
      .openapi({ description: 'Taken, all or none, before the first step.' }),
    steps: z.array(previewStepSchema),
    point_of_no_return: z
      .int()
      .nullable()
      .openapi({ description: 'The step from which on it only goes forward; null: none.' }),
  })
  .openapi('SagaPreview')

/** A preview as the API gives it. */
export function previewView(preview: Preview): z.infer<typeof previewSchema> {
  const { kind, version, locks, steps, pointOfNoReturn } = preview
  return {
    kind,
    version,
    locks: [...locks],
    steps: steps.map(stepView),
    point_of_no_return: pointOfNoReturn,
  }
}

function stepView({ child, input, ...step }: PreviewStep): PreviewStepView {
  return {
    ...step,
    input: input === null ? null : { ...input },
    child: child === null ? null : { ...child, steps: child.steps.map(stepView) },
  }
}
