import type { AccountRow, Db } from '../database/index.ts'
import type { Account } from './account.ts'
import { AccountMismatch, AccountNotFound, NoDefaultAccount } from './errors.ts'

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    provider: row.provider,
    name: row.name,
    teamUuid: row.team_uuid,
    simulated: row.simulated,
    writesEnabled: row.writes_enabled,
    writesChangedAt: row.writes_changed_at,
    writesChangedBy: row.writes_changed_by,
    createdAt: row.created_at,
  }
}

/**
 * The account of this name, made when it is not there yet. A simulated one has writes enabled from
 * the start; a real one is read-only until an operator says otherwise.
 * @throws {AccountMismatch} when it is there and simulated where this is not, or the other way
 * round: a real account must not inherit what was allowed in a simulation
 */
export async function ensureAccount(
  db: Db,
  account: { readonly provider: string; readonly name: string; readonly simulated: boolean },
): Promise<Account> {
  const { provider, name, simulated } = account
  await db
    .insertInto('cloud_accounts')
    .values({ provider, name, simulated, writes_enabled: simulated })
    .onConflict((conflict) => conflict.columns(['provider', 'name']).doNothing())
    .execute()
  const row = await db
    .selectFrom('cloud_accounts')
    .selectAll()
    .where('provider', '=', provider)
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  if (row.simulated !== simulated) throw new AccountMismatch(name, row)
  return accountOf(row)
}

/** The most accounts a list gives; each stands for a cloud with its own token. */
const mostAccounts = 1_000

/** Every account, oldest first. */
export async function listAccounts(db: Db): Promise<Account[]> {
  const rows = await db
    .selectFrom('cloud_accounts')
    .selectAll()
    .orderBy('id')
    .limit(mostAccounts)
    .execute()
  return rows.map(accountOf)
}

/** @throws {AccountNotFound} */
export async function getAccount(db: Db, id: string): Promise<Account> {
  const row = await db
    .selectFrom('cloud_accounts')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new AccountNotFound(id)
  return accountOf(row)
}

/**
 * The account meant when none is named: the only one.
 * @throws {NoDefaultAccount} when there are several, or none
 */
export async function defaultAccount(db: Db): Promise<Account> {
  const rows = await db.selectFrom('cloud_accounts').selectAll().orderBy('name').limit(10).execute()
  const [only, ...others] = rows
  if (only === undefined || others.length > 0) {
    throw new NoDefaultAccount(rows.map((row) => row.name))
  }
  return accountOf(only)
}

/** The account named, or the default one. @throws {AccountNotFound} @throws {NoDefaultAccount} */
export function resolveAccount(db: Db, id: string | undefined): Promise<Account> {
  return id === undefined ? defaultAccount(db) : getAccount(db, id)
}

/** Remembers whose account it is, once; what is known already stays. */
export async function learnTeam(db: Db, accountId: string, teamUuid: string): Promise<Account> {
  await db
    .updateTable('cloud_accounts')
    .set({ team_uuid: teamUuid })
    .where('id', '=', accountId)
    .where('team_uuid', 'is', null)
    .execute()
  return getAccount(db, accountId)
}
