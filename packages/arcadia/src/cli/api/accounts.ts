import { UsageError } from '../errors.ts'
import type { Api } from './client.ts'
import { type Catalogue, idOf } from './ids.ts'
import { readList } from './lists.ts'
import { type Account, accountBody } from './shapes.ts'

export const accounts: Catalogue<Account> = {
  noun: 'account',
  path: '/accounts',
  shape: accountBody,
  limit: 1_000,
  names: ({ name }) => [name],
  label: ({ provider, name }) => `${provider}, ${name}`,
  listing: 'arcadia account show',
}

/** The id of an account given by name or id. */
export function accountIdOf(api: Api, given: string): Promise<string> {
  return idOf(api, accounts, given)
}

/** The account given, or the only one there is. @throws {UsageError} when there is not exactly one */
export async function accountMeant(api: Api, given: string | undefined): Promise<Account> {
  const { path, shape, limit } = accounts
  const { rows } = await readList(api, { path, shape, limit })
  if (given !== undefined) {
    const id = await accountIdOf(api, given)
    const found = rows.find((row) => row.id === id)
    if (found !== undefined) return found
    throw new UsageError(`There is no account ${given}.`, [
      `"${accounts.listing}" shows which there are.`,
    ])
  }
  const [only] = rows
  if (only === undefined) throw new UsageError('There is no account yet.')
  if (rows.length === 1) return only
  throw new UsageError(
    'There are several accounts; say which by its name:',
    rows.map(({ name }) => name),
  )
}
