import { z } from 'zod'
import { snapshotShape } from './snapshots.ts'

/**
 * A droplet as the API gives it. What it does not describe is kept as it came. Fields that a token
 * without the scope for them does not see (`tags` wants tag:read, `vpc_uuid` vpc:read) are then
 * absent, which does not mean empty.
 */
export const dropletSchema = z.looseObject({
  id: z.int(),
  name: z.string(),
  /** `new`, `active`, `off` or `archive`. */
  status: z.string(),
  /** Whether an event is running on it; it refuses another one meanwhile. */
  locked: z.boolean(),
  /** RFC 3339. */
  created_at: z.string(),
  size_slug: z.string(),
  /** MiB. */
  memory: z.int(),
  vcpus: z.int(),
  /** GiB; may be larger than its size's after a resize without `disk`. */
  disk: z.int(),
  region: z.looseObject({ slug: z.string() }),
  /** What is switched on, among others `backups`, `ipv6` and `monitoring`. */
  features: z.array(z.string()),
  tags: z.array(z.string()).nullish(),
  vpc_uuid: z.string().nullish(),
  image: z.looseObject({ id: z.int(), slug: z.string().nullish() }).nullish(),
  volume_ids: z.array(z.string()).nullish(),
  snapshot_ids: z.array(z.int()).nullish(),
  backup_ids: z.array(z.int()).nullish(),
  networks: z
    .looseObject({
      v4: z.array(z.looseObject({ ip_address: z.string(), type: z.string() })).nullish(),
      v6: z.array(z.looseObject({ ip_address: z.string(), type: z.string() })).nullish(),
    })
    .nullish(),
})

export type Droplet = z.infer<typeof dropletSchema>

/** A snapshot or backup as a droplet's own listing gives it. */
export const dropletSnapshotSchema = z.looseObject({
  ...snapshotShape,
  /** `snapshot` or `backup`. */
  type: z.string().nullish(),
})

export type DropletSnapshot = z.infer<typeof dropletSnapshotSchema>

/** When backups are made; times of day in UTC. */
export interface BackupPolicy {
  readonly plan: 'daily' | 'weekly'
  /** With the weekly plan only. */
  readonly weekday?: 'SUN' | 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | undefined
  readonly hour?: 0 | 4 | 8 | 12 | 16 | 20 | undefined
}
