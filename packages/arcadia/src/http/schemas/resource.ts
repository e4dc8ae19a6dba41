import { z } from '@hono/zod-openapi'
import { anyJson, anyObject, moment } from '../pages.ts'

export const resourceSchema = z
  .object({
    id: z.uuid(),
    account_id: z.uuid(),
    kind: z.string(),
    external_id: z.string(),
    urn: z.string().nullable(),
    name: z.string().nullable(),
    region: z.string().nullable(),
    size_slug: z.string().nullable(),
    status: z.string().nullable(),
    tags: z.array(z.string()),
    attrs: anyObject.openapi({ description: 'The answer of the cloud, as it was.' }),
    canonical: anyObject.openapi({ description: 'The fields in the form they are compared in.' }),
    unobservable: z.array(z.string()),
    first_seen_at: moment,
    last_seen_at: moment,
    observed_at: moment,
    deleted_at: moment.nullable(),
  })
  .openapi('Resource')

export const specSchema = z
  .object({
    resource_id: z.uuid(),
    spec: anyObject,
    spec_version: z.int(),
    source: z.string(),
    owner: z.string(),
    owner_detail: anyObject,
    saga_id: z.uuid().nullable(),
    actor: z.string().nullable(),
    written_at: moment,
  })
  .openapi('Spec')

export const resourceWithSpecSchema = resourceSchema
  .extend({
    provisioned: specSchema
      .nullable()
      .openapi({ description: 'What is asked of it; null when nothing is.' }),
  })
  .openapi('ResourceWithSpec')

export const resourceEventSchema = z
  .object({
    id: z.string(),
    resource_id: z.uuid(),
    type: z.string(),
    detail: anyJson,
    saga_id: z.uuid().nullable(),
    sync_id: z.uuid().nullable(),
    actor: z.string().nullable(),
    at: moment,
  })
  .openapi('ResourceEvent')

export const syncSchema = z
  .object({
    id: z.uuid(),
    account_id: z.uuid(),
    kind: z.string(),
    saga_id: z.uuid().nullable(),
    status: z.enum(['running', 'complete', 'failed', 'withheld']),
    started_at: moment,
    finished_at: moment.nullable(),
    seen: z.int(),
    created: z.int(),
    changed: z.int(),
    deleted: z.int(),
    absent: z.int(),
    error: z.string().nullable(),
  })
  .openapi('Sync')
