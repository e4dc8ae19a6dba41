import { z } from '@hono/zod-openapi'
import type { DriftStatus } from '../../database/index.ts'
import { anyJson, anyObject, moment } from '../pages.ts'

export const driftStatuses = [
  'open',
  'review',
  'accepted',
  'reverting',
  'reverted',
  'stale',
  'ignored',
] as const satisfies readonly DriftStatus[]

export const severities = ['low', 'medium', 'high', 'critical'] as const

const driftShape = {
  id: z.uuid(),
  account_id: z.uuid(),
  resource_id: z.uuid(),
  type: z.enum(['field', 'missing', 'unmanaged']),
  field: z.string().nullable(),
  expected: anyJson,
  actual: anyJson,
  severity: z.enum(severities),
  status: z.enum(driftStatuses),
  spec_version: z.int().openapi({ description: 'The version of the spec it was judged on.' }),
  spec_hash: z.string(),
  first_seen_at: moment,
  last_seen_at: moment,
  observed_at: moment.openapi({ description: 'When the request that saw it was sent.' }),
  flaps: z.int(),
  resolved_at: moment.nullable(),
  resolved_by: z.string().nullable(),
  resolved_saga_id: z.uuid().nullable(),
  resource: z.object({
    name: z.string().nullable(),
    kind: z.string(),
    external_id: z.string(),
  }),
}

export const driftSchema = z.object(driftShape).openapi('Drift')

export const acceptedSchema = z
  .object({
    ...driftShape,
    accepted_spec_version: z
      .int()
      .nullable()
      .openapi({ description: 'Null when nothing is asked of the resource any more.' }),
    also_change: z
      .string()
      .nullable()
      .openapi({ description: 'Where to write it down as well, because another tool owns it.' }),
  })
  .openapi('AcceptedDrift')

export const explanationSchema = z
  .object({
    drift: driftSchema,
    rule: z.looseObject({ kind: z.string(), field: z.string().nullable(), rule: z.string() }),
    asked_for: z
      .object({
        raw: anyJson,
        canonical: anyJson,
        spec_version: z.int(),
        source: z.string(),
        saga_id: z.uuid().nullable(),
        actor: z.string().nullable(),
        written_at: moment,
        owner: z.string(),
        owner_detail: anyObject,
      })
      .nullable(),
    live: z.object({
      raw: anyJson,
      canonical: anyJson,
      observed_at: moment,
      deleted_at: moment.nullable(),
    }),
    judged: z.object({
      expected: anyJson,
      expected_canonical: anyJson,
      actual: anyJson,
      actual_canonical: anyJson,
      observed_at: moment,
      spec_version: z.int(),
    }),
    owner: z.string().nullable(),
    locked_by: z.string().nullable(),
    acts: z.array(
      z.object({
        act: z.string(),
        label: z.string(),
        allowed: z.boolean(),
        reason: z.string().nullable(),
        needs: z.array(z.string()),
        also_change: z.string().nullable(),
      }),
    ),
  })
  .openapi('DriftExplanation')
