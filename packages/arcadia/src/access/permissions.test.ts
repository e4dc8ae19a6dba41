import { expect, test } from 'vitest'
import { grants, isRole, may, permissions, roles, rolesThatMay } from './permissions.ts'

test('an administrator may do everything', () => {
  expect(grants.platform_admin).toEqual(permissions)
})

test('a viewer may write nothing, and sees neither drift nor tokens', () => {
  const allowed = permissions.filter((permission) => may('viewer', permission))
  expect(allowed.filter((permission) => !permission.endsWith(':read'))).toEqual([])
  expect(allowed).not.toContain('drift:read')
  expect(allowed).not.toContain('tokens:read')
  expect(allowed).toContain('resources:read')
})

test('a refusal can name who may', () => {
  expect(rolesThatMay('drift:read')).toEqual(['platform_admin'])
  expect(rolesThatMay('sagas:read')).toEqual(roles)
})

test('only known roles are roles', () => {
  expect(isRole('viewer')).toBe(true)
  expect(isRole('root')).toBe(false)
})
