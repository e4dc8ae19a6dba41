export { AccessError, AdminTokenRevoked } from './errors.ts'
export {
  grants,
  may,
  type Permission,
  permissions,
  type Role,
  roles,
  rolesThatMay,
} from './permissions.ts'
export {
  authenticate,
  type Caller,
  createToken,
  ensureAdminToken,
  listTokens,
  revokeToken,
} from './tokens.ts'
export { tokenView } from './views.ts'
