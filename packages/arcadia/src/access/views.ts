import type { ApiToken } from './tokens.ts'

const time = (at: Date | null): string | null => at?.toISOString() ?? null

/** A token as the HTTP API gives it: never its text. */
export function tokenView(token: ApiToken) {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    created_by: token.createdBy,
    created_at: token.createdAt.toISOString(),
    last_used_at: time(token.lastUsedAt),
    revoked_at: time(token.revokedAt),
    revoked_by: token.revokedBy,
  }
}
