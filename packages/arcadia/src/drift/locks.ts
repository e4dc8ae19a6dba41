import type { Engine } from '@arcadia-cloud/saga'
import { lockKey } from '../provisioning/index.ts'

/** Who is changing what, by the saga engine's word. */
export type Locks = Pick<Engine, 'lockHolders' | 'lockReleases'>

interface Named {
  readonly account_id: string
  readonly kind: string
  readonly external_id: string
}

/** The key under which sagas lock a resource. */
export function keyOf({ account_id: accountId, kind, external_id: externalId }: Named): string {
  return lockKey({ accountId, kind, externalId })
}

/** The saga that holds a resource's lock; undefined when none does. */
export async function holderOf(
  locks: Pick<Locks, 'lockHolders'>,
  resource: Named,
): Promise<string | undefined> {
  const [holder] = await locks.lockHolders([keyOf(resource)])
  return holder?.runId
}
