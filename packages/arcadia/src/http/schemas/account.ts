import { z } from '@hono/zod-openapi'
import type { Account, FreezeState } from '../../accounts/index.ts'
import { moment } from '../pages.ts'

export const accountSchema = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    name: z.string(),
    team_uuid: z.string().nullable(),
    simulated: z.boolean(),
    writes_enabled: z.boolean(),
    writes_changed_at: moment.nullable(),
    writes_changed_by: z.string().nullable(),
    created_at: moment,
  })
  .openapi('Account')

export const freezeSchema = z
  .object({
    frozen: z.boolean(),
    reason: z.string().nullable(),
    changed_at: moment.nullable(),
    changed_by: z.string().nullable(),
  })
  .openapi('Freeze')

/** An account as the API gives it. */
export function accountView(account: Account): z.infer<typeof accountSchema> {
  return {
    id: account.id,
    provider: account.provider,
    name: account.name,
    team_uuid: account.teamUuid,
    simulated: account.simulated,
    writes_enabled: account.writesEnabled,
    writes_changed_at: account.writesChangedAt?.toISOString() ?? null,
    writes_changed_by: account.writesChangedBy,
    created_at: account.createdAt.toISOString(),
  }
}

/** Whether all is frozen, as the API gives it. */
export function freezeView(state: FreezeState): z.infer<typeof freezeSchema> {
  return {
    frozen: state.frozen,
    reason: state.reason,
    changed_at: state.changedAt?.toISOString() ?? null,
    changed_by: state.changedBy,
  }
}
