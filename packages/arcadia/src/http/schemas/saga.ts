import { type Run, type RunEvent, runStatuses, type StepRecord } from '@arcadia-cloud/saga'
import { z } from '@hono/zod-openapi'
import { anyJson, anyObject, moment } from '../pages.ts'

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const storedError = z.object({ code: z.string(), message: z.string() }).nullable()

export const stepSchema = z
  .object({
    idx: z.int(),
    name: z.string(),
    status: z.string(),
    key: z.string().openapi({ description: 'What marks its effect in the world.' }),
    input: anyJson,
    receipt: anyJson,
    output: anyJson,
    attempts: z.int(),
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

export const sagaSchema = z
  .object({
    id: z.uuid(),
    tag: z.string(),
    kind: z.string(),
    version: z.int(),
    plan: z.array(z.object({ name: z.string(), input: anyObject.optional() })),
    status: z.enum(runStatuses),
    current_step: z.int(),
    input: anyObject,
    context: anyObject,
    error: runError,
    parked: z.object({ reason: z.string(), step: z.int() }).nullable(),
    cancel_requested: z.boolean(),
    waits_for: z.string().nullable(),
    wake_at: moment.nullable(),
    locks: z.array(z.string()),
    idempotency_key: z.string().nullable(),
    started_by: z.string().nullable(),
    created_at: moment,
    started_at: moment.nullable(),
    ended_at: moment.nullable(),
    steps: z
      .array(stepSchema)
      .optional()
      .openapi({ description: 'The ledger; in the answer about one saga only.' }),
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
    plan: run.plan.map(({ name, input }) => ({ name, ...(input === undefined ? {} : { input }) })),
    status: run.status,
    current_step: run.currentStep,
    input: run.inputs,
    context: run.context,
    error: errorView(run.error),
    parked: run.parked,
    cancel_requested: run.cancelRequestedAt !== null,
    waits_for: run.waitsFor,
    wake_at: time(run.wakeAt),
    locks: [...run.lockKeys],
    idempotency_key: run.startKey,
    started_by: run.startedBy,
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

/** A row of the ledger as the API gives it. */
export function stepView(step: StepRecord): z.infer<typeof stepSchema> {
  return {
    idx: step.idx,
    name: step.name,
    status: step.status,
    key: step.key,
    input: step.input,
    receipt: step.receipt,
    output: step.output,
    attempts: step.attempts,
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
