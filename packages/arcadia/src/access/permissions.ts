/** What a caller may be allowed to do. Each route of the API names the one it needs. */
export const permissions = [
  'sagas:read',
  'sagas:write',
  'resources:read',
  'specs:write',
  'accounts:read',
  'accounts:write',
  'freeze:read',
  'freeze:write',
  'schedules:read',
  'schedules:write',
  'syncs:read',
  'syncs:write',
  'drift:read',
  'drift:write',
  'tokens:read',
  'tokens:write',
] as const
export type Permission = (typeof permissions)[number]

export const roles = ['platform_admin', 'viewer'] as const
export type Role = (typeof roles)[number]

/**
 * Who may what. A viewer sees what is there and what is being done; drift shows what was meant for
 * every resource, and tokens who may act on it, so both are an administrator's.
 */
export const grants: { readonly [R in Role]: readonly Permission[] } = {
  platform_admin: permissions,
  viewer: [
    'sagas:read',
    'resources:read',
    'accounts:read',
    'freeze:read',
    'schedules:read',
    'syncs:read',
  ],
}

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text)
}

/** Whether a role allows something. Pure. */
export function may(role: Role, permission: Permission): boolean {
  return grants[role].includes(permission)
}

/** The roles that allow something, for a refusal that says what is needed. */
export function rolesThatMay(permission: Permission): readonly Role[] {
  return roles.filter((role) => may(role, permission))
}
