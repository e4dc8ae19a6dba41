import {
  type Act,
  acts,
  type PinnedStep,
  type Run,
  type RunEvent,
  runStatuses,
  type StepRecord,
} from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import { anyJson, anyObject, moment } from '../pages.ts'

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const storedError = z.object({ code: z.string(), message: z.string() }).nullable()

const pinnedStepSchema = z
  .object({
    name: z.string(),
    input: anyObject.optional().openapi({ description: 'Given to this place alone.' }),
    kind: z.enum(['child', 'signal', 'approval']).optional().openapi({
      description: 'What the saga waits for in it: another saga, or somebody outside.',
    }),
    group: z
      .int()
      .optional()
      .openapi({ description: 'Of steps that run at once: the place of the first of them.' }),
    at_once: z
      .int()
      .optional()
      .openapi({ description: 'Of steps that run at once: how many of them at most.' }),
    as: z
      .string()
      .optional()
      .openapi({ description: 'Of one step for each of several: the list its outputs make.' }),
    none: z
      .literal(true)
      .optional()
      .openapi({ description: 'One step for each of none: the list is empty.' }),
  })
  .openapi('PinnedStep')

export const stepSchema = z
  .object({
    idx: z.int(),
    name: z.string(),
    status: z.string(),
    key: z.string().openapi({ description: 'What marks its effect in the world.' }),
    input: anyJson,
    receipt: anyJson,
    output: anyJson,
    child_id: z
      .uuid()
      .nullable()
      .openapi({ description: 'The saga that this step started and waits for.' }),
    attempts: z.int(),
    next_at: moment.nullable().openapi({ description: 'When it is tried or looked at again.' }),
    deadline_at: moment
      .nullable()
      .openapi({ description: 'When it is not waited for any longer.' }),
    error: storedError,
    undo_attempts: z.int(),
    undo_error: storedError,
    started_at: moment,
    finished_at: moment.nullable(),
    undo_started_at: moment.nullable(),
    undo_finished_at: moment.nullable(),
  })
  .openapi('SagaStep')

const runError = z
  .object({
    reason: z.string(),
    compensate_from_idx: z.int(),
    left_behind: z.array(z.object({ idx: z.int(), name: z.string(), key: z.string() })).optional(),
  })
  .nullable()

/** An act by the last part of the address that asks for it. */
const actNames = acts.map((act) => (act === 'roll_back' ? 'rollback' : act))

const actsSchema = z.record(z.enum(actNames), z.string().nullable()).openapi({
  description:
    'For each act, by the last part of its address: why it would be refused now; null where it is allowed. In the answer about one saga only.',
})

export const sagaSchema = z
  .object({
    id: z.uuid(),
    tag: z.string(),
    kind: z.string(),
    version: z.int(),
    plan: z.array(pinnedStepSchema),
    status: z.enum(runStatuses),
    priority: z.enum(['high', 'normal', 'low']),
    current_step: z.int(),
    input: anyObject,
    context: anyObject,
    error: runError,
    parked: z.object({ reason: z.string(), step: z.int() }).nullable(),
    cancel_requested: z.boolean(),
    waits_for: z
      .string()
      .nullable()
      .openapi({ description: 'time, lock, child or signal; null unless it is waiting.' }),
    wake_at: moment.nullable(),
    locks: z.array(z.string()),
    root_id: z.uuid().openapi({ description: 'The saga on top of its tree; its own id, mostly.' }),
    parent_id: z
      .uuid()
      .nullable()
      .openapi({ description: 'The saga that started it and waits for it.' }),
    parent_step: z.int().nullable(),
    idempotency_key: z.string().nullable(),
    started_by: z.string().nullable(),
    event_seq: z.int().openapi({ description: 'Of the last entry in its history.' }),
    created_at: moment,
    started_at: moment.nullable(),
    ended_at: moment.nullable(),
    steps: z
      .array(stepSchema)
      .optional()
      .openapi({ description: 'The ledger; in the answer about one saga only.' }),
    acts: actsSchema.optional(),
  })
  .openapi('Saga')

export const sagaEventSchema = z
  .object({
    seq: z.int(),
    type: z.string(),
    idx: z.int().nullable(),
    detail: anyObject,
    actor: z.string().nullable(),
    at: moment,
  })
  .openapi('SagaEvent')

/** A run as the API gives it. */
export function sagaView(run: Run): z.infer<typeof sagaSchema> {
  return {
    id: run.id,
    tag: run.tag,
    kind: run.kind,
    version: run.version,
    plan: run.plan.map(pinnedStepView),
    status: run.status,
    priority: run.priority > 0 ? 'high' : run.priority < 0 ? 'low' : 'normal',
    current_step: run.currentStep,
    input: run.inputs,
    context: run.context,
    error: errorView(run.error),
    parked: run.parked,
    cancel_requested: run.cancelRequestedAt !== null,
    waits_for: run.waitsFor,
    wake_at: time(run.wakeAt),
    locks: [...run.lockKeys],
    root_id: run.rootId,
    parent_id: run.parentId,
    parent_step: run.parentStep,
    idempotency_key: run.startKey,
    started_by: run.startedBy,
    event_seq: run.eventSeq,
    created_at: new Date(run.createdAt).toISOString(),
    started_at: time(run.startedAt),
    ended_at: time(run.endedAt),
  }
}

function errorView(error: Run['error']): z.infer<typeof runError> {
  if (error === null) return null
  const { reason, compensate_from_idx, left_behind } = error
  return {
    reason,
    compensate_from_idx,
    ...(left_behind === undefined ? {} : { left_behind: [...left_behind] }),
  }
}

function pinnedStepView({ name, input, kind, group, atOnce, as, none }: PinnedStep) {
  return {
    name,
    ...(input === undefined ? {} : { input }),
    ...(kind === undefined ? {} : { kind }),
    ...(group === undefined ? {} : { group }),
    ...(atOnce === undefined ? {} : { at_once: atOnce }),
    ...(as === undefined ? {} : { as }),
    ...(none === undefined ? {} : { none }),
  }
}

/** The acts as the API gives them. */
export function actsView({
  roll_back: rollback,
  ...others
}: Readonly<Record<Act, string | null>>): z.infer<typeof actsSchema> {
  return { ...others, rollback }
}

const childReceipt = z.object({ saga_id: z.uuid() })

/** A row of the ledger as the API gives it; `pinned`: the step of the plan that it is of. */
export function stepView(
  step: StepRecord,
  pinned: PinnedStep | undefined,
): z.infer<typeof stepSchema> {
  const child = pinned?.kind === 'child' ? childReceipt.safeParse(step.receipt).data : undefined
  return {
    idx: step.idx,
    name: step.name,
    status: step.status,
    key: step.key,
    input: step.input,
    receipt: step.receipt,
    output: step.output,
    child_id: child?.saga_id ?? null,
    attempts: step.attempts,
    next_at: time(step.nextAt),
    deadline_at: time(step.deadlineAt),
    error: step.error,
    undo_attempts: step.undoAttempts,
    undo_error: step.undoError,
    started_at: new Date(step.startedAt).toISOString(),
    finished_at: time(step.finishedAt),
    undo_started_at: time(step.undoStartedAt),
    undo_finished_at: time(step.undoFinishedAt),
  }
}

/** An entry of a run's history as the API gives it. */
export function sagaEventView(event: RunEvent): z.infer<typeof sagaEventSchema> {
  const { seq, type, idx, detail, actor, at } = event
  return { seq, type, idx, detail, actor, at: new Date(at).toISOString() }
}
