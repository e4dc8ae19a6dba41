import { accounts } from './accounts.ts'
import type { Api } from './client.ts'
import { readList } from './lists.ts'
import { syncsBody } from './shapes.ts'

/** Whether a sync of the account, or of any, has ever begun: before, nothing can be known. */
export async function wasEverSynced(api: Api, accountId: string | undefined): Promise<boolean> {
  for (const id of accountId === undefined ? await accountIds(api) : [accountId]) {
    const call = { path: '/syncs', query: { account_id: id } }
    const { value } = await api.call(call, syncsBody)
    if (value.data.length > 0) return true
  }
  return false
}

async function accountIds(api: Api): Promise<readonly string[]> {
  const { path, shape, limit } = accounts
  const { rows } = await readList(api, { path, shape, limit })
  return rows.map(({ id }) => id)
}
