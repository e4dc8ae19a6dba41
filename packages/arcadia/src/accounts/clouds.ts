import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { Db } from '../database/index.ts'
import type { Account } from './account.ts'
import { getAccount } from './accounts.ts'
import { WritesRefused } from './errors.ts'
import { refusalIn, safetyOf } from './safety.ts'

/** The clouds behind the accounts. */
export interface Clouds {
  /** For reading. @throws {AccountNotFound} */
  reading(accountId: string): Promise<DigitalOcean>
  /**
   * For one write that leaves now: ask again for each, and do not keep it, because a freeze holds
   * from the moment it is in the database.
   * @throws {WritesRefused} when the program is frozen or the account's writes are not enabled; no
   * request has left then
   * @throws {AccountNotFound}
   */
  writing(accountId: string): Promise<DigitalOcean>
}

export interface CloudsOptions {
  readonly db: Db
  /** The account's client: always the same one, for its queue is what keeps the rate limits. */
  readonly clientFor: (account: Account) => DigitalOcean
}

export function createClouds({ db, clientFor }: CloudsOptions): Clouds {
  return {
    reading: async (accountId) => clientFor(await getAccount(db, accountId)),
    writing: async (accountId) => {
      const safety = await safetyOf(db, accountId)
      const refusal = refusalIn(safety)
      if (refusal !== undefined) throw new WritesRefused(refusal)
      return clientFor(safety.account)
    },
  }
}
