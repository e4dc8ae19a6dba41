import type { LockHolder, LockRelease } from '../../engine/api.ts'
import type { Session } from '../sql.ts'

/** Who holds locks: of some keys, or of all. */
export async function listLockHolders(
  session: Session,
  { keys, limit }: { keys?: readonly string[]; limit: number },
): Promise<readonly LockHolder[]> {
  const { rows } = await session.query<{ key: string; run_id: string; acquired_at: Date }>(
    `select key, run_id, acquired_at from saga.saga_locks
     where acquired_at is not null and released_at is null
       ${keys === undefined ? '' : 'and key = any($2::text[])'}
     order by key limit $1`,
    keys === undefined ? [limit] : [limit, keys],
  )
  return rows.map(({ key, run_id, acquired_at }) => ({
    key,
    runId: run_id,
    acquiredAt: acquired_at.getTime(),
  }))
}

/** The locks whose last release came after a moment. */
export async function listLockReleases(
  session: Session,
  { since }: { since: number },
): Promise<readonly LockRelease[]> {
  const { rows } = await session.query<{ key: string; released_at: Date }>(
    `select key, max(released_at) as released_at from saga.saga_locks
     where released_at > $1::timestamptz group by key`,
    [new Date(since).toISOString()],
  )
  return rows.map(({ key, released_at }) => ({ key, releasedAt: released_at.getTime() }))
}
