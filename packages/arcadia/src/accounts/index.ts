export type { Account, FreezeState, Refusal, Safety } from './account.ts'
export {
  defaultAccount,
  ensureAccount,
  getAccount,
  learnTeam,
  listAccounts,
  markServed,
  resolveAccount,
} from './accounts.ts'
export { type Clouds, type CloudsOptions, createClouds } from './clouds.ts'
export {
  AccountError,
  AccountMismatch,
  AccountNotFound,
  NoDefaultAccount,
  WritesRefused,
} from './errors.ts'
export {
  disableWrites,
  enableWrites,
  freeze,
  freezeState,
  refusalOf,
  resume,
  safetyOf,
} from './safety.ts'
