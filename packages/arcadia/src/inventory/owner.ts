import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import { type Account, learnTeam } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'

/** The token belongs to another team than the account did so far. */
export class OtherTeam extends Error {
  override readonly name = 'OtherTeam'
  readonly code = 'other_team'
  readonly effect = 'none'
  readonly retryable = false

  constructor(account: Account, found: string) {
    super(
      `the token given for the account "${account.name}" belongs to team ${found}, and the account to team ${account.teamUuid}: nothing was read or marked; give the account its own token, or the other team an account of its own`,
    )
  }
}

/**
 * Makes sure that what is about to be read is this account's: another team's listing would make all
 * of this one's resources look deleted. The first answer ever is believed, and remembered.
 * @throws {OtherTeam}
 */
export async function verifyOwner(
  db: Db,
  account: Account,
  cloud: DigitalOcean,
  signal: AbortSignal,
): Promise<void> {
  const { uuid, team } = await cloud.account.get({ signal })
  const owner = team?.uuid ?? uuid
  const known = account.teamUuid === null ? await learnTeam(db, account.id, owner) : account
  if (known.teamUuid !== owner) throw new OtherTeam(known, owner)
}
