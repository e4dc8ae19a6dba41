import { sql } from 'kysely'
import type { Db } from '../database/index.ts'
import type { Account, FreezeState, Refusal, Safety } from './account.ts'
import { accountOf, getAccount } from './accounts.ts'
import { AccountNotFound } from './errors.ts'

/** Why a write may not leave; undefined when it may. */
export function refusalIn({ account, freeze }: Safety): Refusal | undefined {
  if (freeze.frozen) {
    const by = freeze.changedBy === null ? '' : ` by ${freeze.changedBy}`
    const reason = freeze.reason === null ? '' : ` (${freeze.reason})`
    return {
      code: 'frozen',
      message: `all cloud writes were frozen${by}${reason}; "arcadia resume" allows them again`,
    }
  }
  if (!account.writesEnabled) {
    return {
      code: 'writes_disabled',
      message: `writes to the account "${account.name}" are not enabled; "arcadia account enable-writes ${shellWord(account.name)}" allows them`,
    }
  }
  return undefined
}

/** A name as a shell takes it for one word: an account's may have blanks. */
function shellWord(name: string): string {
  return /^[\w.:-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}

/** What decides about writes to an account, as the database has it now. @throws {AccountNotFound} */
export async function safetyOf(db: Db, accountId: string): Promise<Safety> {
  const row = await db
    .selectFrom('cloud_accounts')
    .innerJoin('freeze_state', (join) => join.onTrue())
    .selectAll('cloud_accounts')
    .select(['frozen', 'reason', 'changed_at', 'changed_by'])
    .where('cloud_accounts.id', '=', accountId)
    .executeTakeFirst()
  if (row === undefined) throw new AccountNotFound(accountId)
  return { account: accountOf(row), freeze: freezeOf(row) }
}

/** Why no write to this account may leave now; undefined when it may. @throws {AccountNotFound} */
export async function refusalOf(db: Db, accountId: string): Promise<Refusal | undefined> {
  return refusalIn(await safetyOf(db, accountId))
}

/** Whether cloud writes are stopped everywhere. */
export async function freezeState(db: Db): Promise<FreezeState> {
  return freezeOf(await db.selectFrom('freeze_state').selectAll().executeTakeFirstOrThrow())
}

function freezeOf(row: {
  readonly frozen: boolean
  readonly reason: string | null
  readonly changed_at: Date | null
  readonly changed_by: string | null
}): FreezeState {
  return {
    frozen: row.frozen,
    reason: row.reason,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
  }
}

/** Allows writes to an account. Repeating it changes nothing. @throws {AccountNotFound} */
export function enableWrites(db: Db, accountId: string, actor: string): Promise<Account> {
  return setWrites(db, accountId, true, actor)
}

/** Makes an account read-only, for every worker at once. @throws {AccountNotFound} */
export function disableWrites(db: Db, accountId: string, actor: string): Promise<Account> {
  return setWrites(db, accountId, false, actor)
}

/** The change and its line in the audit log are one statement: neither is there without the other. */
async function setWrites(
  db: Db,
  accountId: string,
  enabled: boolean,
  actor: string,
): Promise<Account> {
  await sql`
    with changed as (
      update arcadia.cloud_accounts
      set writes_enabled = ${enabled}, writes_changed_at = now(), writes_changed_by = ${actor}
      where id = ${accountId} and writes_enabled <> ${enabled}
      returning id, name
    )
    insert into arcadia.audit_log (actor, action, target, detail)
    select ${actor}, ${enabled ? 'account.writes_enabled' : 'account.writes_disabled'},
      'account/' || id, jsonb_build_object('name', name)
    from changed`.execute(db)
  return getAccount(db, accountId)
}

/**
 * Stops every new cloud write, of every account, on every worker, at once. When all is frozen
 * already the first freeze stands, with its reason.
 */
export async function freeze(
  db: Db,
  { actor, reason }: { readonly actor: string; readonly reason: string | null },
): Promise<FreezeState> {
  await sql`
    with changed as (
      update arcadia.freeze_state
      set frozen = true, reason = ${reason}, changed_at = now(), changed_by = ${actor}
      where not frozen
      returning reason
    )
    insert into arcadia.audit_log (actor, action, detail)
    select ${actor}, 'freeze', jsonb_build_object('reason', reason) from changed`.execute(db)
  return freezeState(db)
}

/** Allows cloud writes again. Repeating it changes nothing. */
export async function resume(db: Db, { actor }: { readonly actor: string }): Promise<FreezeState> {
  await sql`
    with changed as (
      update arcadia.freeze_state
      set frozen = false, reason = null, changed_at = now(), changed_by = ${actor}
      where frozen
      returning 1
    )
    insert into arcadia.audit_log (actor, action)
    select ${actor}, 'resume' from changed`.execute(db)
  return freezeState(db)
}
