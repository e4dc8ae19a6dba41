import { InvalidInput, type Run, type StepRecord } from '@arcadia-cloud/saga'
import { z } from 'zod'
import { defaultAccount, type Refusal, refusalOf } from '../accounts/index.ts'
import type { Db } from '../database/index.ts'
import { writesToCloud } from '../provisioning/index.ts'

export interface ChangesDeps {
  readonly db: Db
  /** Why this program's tokens allow no change to an account, whatever an operator allows. */
  readonly refusedByToken: (accountId: string) => Promise<Refusal | undefined>
}

export interface ChangesMeant {
  /** Where a freeze is looked for: the caller's transaction, if it has one. */
  readonly tx?: Db
  /** Which places of the plan are meant; all, if left out. */
  readonly counts?: (idx: number) => boolean
  /** What has begun already knows its account. */
  readonly ledger?: readonly StepRecord[]
}

/**
 * Why a run may not make its changes of clouds now; undefined: it may, or makes none.
 * @throws {InvalidInput} when the account of a step is none, {AccountNotFound}
 */
export async function refusalOfChanges(
  { db, refusedByToken }: ChangesDeps,
  run: Run,
  { tx = db, ...meant }: ChangesMeant = {},
): Promise<Refusal | undefined> {
  for (const accountId of await accountsChangedBy(db, run, meant)) {
    // What a token lacks no operator can allow: so that is said first.
    const refusal = (await refusedByToken(accountId)) ?? (await refusalOf(tx, accountId))
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** The accounts that a run changes: of its steps that do, each may be given one of its own. */
async function accountsChangedBy(
  db: Db,
  { plan, inputs }: Run,
  { counts = () => true, ledger = [] }: ChangesMeant,
): Promise<ReadonlySet<string>> {
  const accounts = new Set<string>()
  for (const [idx, { name, input }] of plan.entries()) {
    if (!counts(idx) || !writesToCloud([name])) continue
    const begun = withAccount.safeParse(ledger.find((step) => step.idx === idx)?.input).data
    const given = begun?.account_id ?? input?.['account_id'] ?? inputs['account_id']
    if (given === undefined) {
      accounts.add((await defaultAccount(db)).id)
      continue
    }
    const id = z.uuid().safeParse(given)
    if (id.success) accounts.add(id.data)
    else throw new InvalidInput(`the input of steps.${idx}`, [notAnId])
  }
  return accounts
}

const withAccount = z.looseObject({ account_id: z.unknown() })
const notAnId = { path: 'account_id', message: 'the id of an account' }
