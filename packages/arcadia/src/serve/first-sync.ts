import { type Engine, hasEnded } from '@arcadia-cloud/saga'
import type { Db } from '../database/index.ts'
import { latestSyncs } from '../inventory/index.ts'

interface FirstSync {
  readonly db: Db
  readonly engine: Engine
  readonly accountId: string
}

/**
 * Begins to read an account that was never read, rather than leave the inventory empty until the
 * hour's quarter. It has one key for good: one that fails is left to the schedule.
 * @returns the saga's id while it runs; undefined when there is nothing to wait for
 */
export async function startFirstSync({
  db,
  engine,
  accountId,
}: FirstSync): Promise<string | undefined> {
  if ((await latestSyncs(db, accountId)).length > 0) return undefined
  const { id, run } = await engine.startKind(
    'sync_account',
    { account_id: accountId },
    { key: `first-sync/${accountId}`, actor: 'first-start' },
  )
  return hasEnded(run.status) ? undefined : id
}
