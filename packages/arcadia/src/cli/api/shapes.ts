import { z } from 'zod'

// The members of the API's bodies that the commands use; others are let through.

const time = z.string().nullish()
const object = z.record(z.string(), z.unknown())

export const problemBody = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
})
export type ProblemBody = z.output<typeof problemBody>

/** An error as the ledger keeps it. */
const storedError = z.looseObject({ code: z.string(), message: z.string() }).nullable()

export const stepBody = z.looseObject({
  idx: z.number(),
  name: z.string(),
  status: z.string(),
  key: z.string(),
  input: z.unknown(),
  receipt: z.unknown(),
  output: z.unknown(),
  /** The saga that it started. */
  child_id: z.string().nullish(),
  attempts: z.number(),
  deadline_at: time,
  error: storedError,
  undo_attempts: z.number(),
  undo_error: storedError,
  started_at: time,
  finished_at: time,
  undo_started_at: time,
  undo_finished_at: time,
})
export type Step = z.output<typeof stepBody>

export const sagaBody = z.looseObject({
  id: z.string(),
  tag: z.string(),
  kind: z.string(),
  plan: z.array(
    z.looseObject({
      name: z.string(),
      /** What it waits for in this step: another saga, or somebody. */
      kind: z.string().optional(),
      /** Of steps that run at once: the place of the first of them. */
      group: z.number().optional(),
    }),
  ),
  status: z.string(),
  priority: z.string().optional(),
  input: object,
  context: object,
  error: z
    .looseObject({
      reason: z.string(),
      left_behind: z.array(z.looseObject({ name: z.string(), key: z.string() })).optional(),
    })
    .nullable(),
  parked: z.looseObject({ reason: z.string(), step: z.number() }).nullable(),
  cancel_requested: z.boolean(),
  waits_for: z.string().nullable(),
  wake_at: time,
  locks: z.array(z.string()),
  root_id: z.string().optional(),
  parent_id: z.string().nullish(),
  started_by: z.string().nullable(),
  /** Of the last entry in its history. */
  event_seq: z.number().optional(),
  created_at: time,
  started_at: time,
  ended_at: time,
  steps: z.array(stepBody).optional(),
  /** For each act why it would be refused now; null: it is allowed. Of one saga only. */
  acts: z.record(z.string(), z.string().nullable()).optional(),
})
export type Saga = z.output<typeof sagaBody>

export const strandedBody = z.looseObject({
  kind: z.string(),
  version: z.number(),
  count: z.number(),
  reserved_for: z.string().nullable(),
  missing_steps: z.array(z.string()),
  oldest_due_at: time,
})
export type Stranded = z.output<typeof strandedBody>

export const scheduleBody = z.looseObject({
  name: z.string(),
  cron: z.string(),
  time_zone: z.string(),
  kind: z.string(),
  next_at: time,
  last_at: time,
  paused_at: time,
  paused_by: z.string().nullable(),
})
export type Schedule = z.output<typeof scheduleBody>

export const lockBody = z.looseObject({ key: z.string(), saga_id: z.string() })

const previewedStep = z.looseObject({
  idx: z.number(),
  name: z.string(),
  does: z.string(),
  effect: z.string(),
  undo: z.string(),
  group: z.number().nullable(),
  input: object.nullable(),
})

/** A step that would run, with those of the saga that it would start. */
export type PreviewedStep = z.output<typeof previewedStep> & {
  readonly child: { readonly kind: string; readonly steps: readonly PreviewedStep[] } | null
}

const previewedSteps: z.ZodType<readonly PreviewedStep[]> = z.lazy(() =>
  z.array(
    previewedStep.extend({
      child: z.looseObject({ kind: z.string(), steps: previewedSteps }).nullable(),
    }),
  ),
)

export const previewBody = z.looseObject({
  kind: z.string(),
  version: z.number(),
  locks: z.array(z.string()),
  steps: previewedSteps,
  point_of_no_return: z.number().nullable(),
})
export type Preview = z.output<typeof previewBody>

export const resourceBody = z.looseObject({
  id: z.string(),
  account_id: z.string(),
  kind: z.string(),
  external_id: z.string(),
  urn: z.string().nullable(),
  name: z.string().nullable(),
  region: z.string().nullable(),
  size_slug: z.string().nullable(),
  status: z.string().nullable(),
  tags: z.array(z.string()),
  attrs: object,
  unobservable: z.array(z.string()),
  first_seen_at: time,
  last_seen_at: time,
  observed_at: time,
  deleted_at: time,
})
export type Resource = z.output<typeof resourceBody>

export const specBody = z.looseObject({
  spec: object,
  spec_version: z.number(),
  source: z.string(),
  owner: z.string(),
  saga_id: z.string().nullable(),
  actor: z.string().nullable(),
  written_at: time,
})
export type Spec = z.output<typeof specBody>

export const resourceWithSpecBody = resourceBody.extend({ provisioned: specBody.nullable() })
export type ResourceWithSpec = z.output<typeof resourceWithSpecBody>

export const resourceEventBody = z.looseObject({
  id: z.string(),
  type: z.string(),
  detail: z.unknown(),
  saga_id: z.string().nullable(),
  actor: z.string().nullable(),
  at: z.string(),
})
export type ResourceEvent = z.output<typeof resourceEventBody>

export const driftBody = z.looseObject({
  id: z.string(),
  resource_id: z.string(),
  type: z.string(),
  /** Null where the whole resource differs: it is missing, or nobody asked for it. */
  field: z.string().nullable(),
  expected: z.unknown(),
  actual: z.unknown(),
  severity: z.string(),
  status: z.string(),
  spec_version: z.number(),
  first_seen_at: time,
  last_seen_at: time,
  observed_at: time,
  flaps: z.number(),
  resolved_at: time,
  resolved_by: z.string().nullable(),
  resource: z.looseObject({
    name: z.string().nullable(),
    kind: z.string(),
    external_id: z.string(),
  }),
})
export type Drift = z.output<typeof driftBody>

export const explanationBody = z.looseObject({
  drift: driftBody,
  rule: z.looseObject({
    rule: z.string(),
    form: z.string().optional(),
    terraform: z.string().nullish(),
  }),
  asked_for: z
    .looseObject({
      raw: z.unknown(),
      canonical: z.unknown(),
      spec_version: z.number(),
      source: z.string(),
      saga_id: z.string().nullable(),
      actor: z.string().nullable(),
      written_at: time,
    })
    .nullable(),
  live: z.looseObject({
    raw: z.unknown(),
    canonical: z.unknown(),
    observed_at: time,
    deleted_at: time,
  }),
  judged: z.looseObject({
    expected: z.unknown(),
    expected_canonical: z.unknown(),
    actual: z.unknown(),
    actual_canonical: z.unknown(),
    observed_at: time,
    spec_version: z.number(),
  }),
  owner: z.string().nullable(),
  locked_by: z.string().nullable(),
  acts: z.array(
    z.looseObject({
      act: z.string(),
      label: z.string(),
      allowed: z.boolean(),
      reason: z.string().nullable(),
      needs: z.array(z.string()),
      also_change: z.string().nullable(),
    }),
  ),
})
export type Explanation = z.output<typeof explanationBody>

export const accountBody = z.looseObject({
  id: z.string(),
  provider: z.string(),
  name: z.string(),
  team_uuid: z.string().nullable(),
  simulated: z.boolean(),
  writes_enabled: z.boolean(),
  writes_changed_at: time,
  writes_changed_by: z.string().nullable(),
  created_at: time,
})
export type Account = z.output<typeof accountBody>

/** The last sync of each kind. */
export const syncsBody = z.looseObject({ data: z.array(z.looseObject({ kind: z.string() })) })

export const freezeBody = z.looseObject({
  frozen: z.boolean(),
  reason: z.string().nullable(),
  changed_at: time,
  changed_by: z.string().nullable(),
})
export type Freeze = z.output<typeof freezeBody>

export const tokenBody = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  created_by: z.string(),
  created_at: time,
  last_used_at: time,
  revoked_at: time,
  revoked_by: z.string().nullable(),
})
export type Token = z.output<typeof tokenBody>

/** The only answer that holds a token. */
export const newTokenBody = tokenBody.extend({ token: z.string() })

export const baselineBody = z.looseObject({
  dry_run: z.boolean(),
  matched: z.number(),
  recorded: z.number(),
  skipped: z.record(z.string(), z.number()),
  sample: z.array(z.looseObject({ kind: z.string(), name: z.string().nullable(), spec: object })),
})
export type Baseline = z.output<typeof baselineBody>

/** Of an answer without a body. */
export const noBody = z.null()

export const acceptedBody = driftBody.extend({
  accepted_spec_version: z.number().nullable(),
  also_change: z.string().nullable(),
})
