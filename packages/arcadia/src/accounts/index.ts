export type { Account, FreezeState, Refusal, Safety } from './account.ts'
