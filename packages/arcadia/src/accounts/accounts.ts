import { sql } from 'kysely'
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
  account: {
    readonly provider: string
    readonly name: string
    readonly simulated: boolean
    /** Whether it may be changed from the start; without it, only where nothing is real. */
    readonly writesEnabled?: boolean
  },
): Promise<Account> {
  const { provider, name, simulated, writesEnabled = simulated } = account
  await db
    .insertInto('cloud_accounts')
    .values({ provider, name, simulated, writes_enabled: writesEnabled })
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
 * The account meant when none is named: the only one, or that of the control plane which started
 * last.
 * @throws {NoDefaultAccount} when there is none, or several that nothing has served yet
 */
export async function defaultAccount(db: Db): Promise<Account> {
  const rows = await db
    .selectFrom('cloud_accounts')
    .selectAll()
    .orderBy('served_at', (order) => order.desc().nullsLast())
    .orderBy('name')
    .limit(10)
    .execute()
  const [first, ...others] = rows
  if (first === undefined || (others.length > 0 && first.served_at === null)) {
    throw new NoDefaultAccount(rows.map((row) => row.name))
  }
  return accountOf(first)
}

/** Notes that a control plane has started on an account. */
export async function markServed(db: Db, id: string): Promise<void> {
  await db
    .updateTable('cloud_accounts')
    .set({ served_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute()
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
