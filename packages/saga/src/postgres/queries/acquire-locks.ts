import { nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * Takes all of a run's locks, or a place in every queue. To be called in a transaction.
 *
 * The advisory locks, taken in sorted order, put those who ask for the same key in one order: a run
 * that is behind another in one queue is behind it in all that they share, so there is no
 * deadlock, and the oldest waiter is always at the head of all its queues, so nobody starves.
 *
 * A child that had ended, and goes back, has no locks of its parent any more. Where the parent waits
 * for it, it has them again; else it queues for its own.
 */
export async function acquireLocks(
  session: Session,
  { runId, epoch, keys }: { runId: string; epoch: number; keys: readonly string[] },
): Promise<boolean> {
  const sorted = [...new Set(keys)].sort()
  const { rows } = await session.query<{ has_parents: boolean }>(
    // A process that is stopped before its commit must not stop all who ask for these locks, nor the
    // takeover of its own run: its session is ended.
    `select set_config('idle_in_transaction_session_timeout', '5s', true), exists (
       select from saga.saga_runs parent
       join saga.saga_step_results step
         on step.saga_id = parent.id and step.step_idx = r.parent_step
       where parent.id = r.parent_id and parent.locks_held
         and step.status in ('running', 'waiting', 'unknown', 'compensating')
         and step.receipt ->> 'saga_id' = r.id::text) as has_parents
     from saga.saga_runs r where id = $1 and epoch = $2 and ended_at is null for update`,
    [runId, epoch],
  )
  const [held] = rows
  if (held === undefined) return false
  if (held.has_parents) return true
  await session.query(
    `select pg_advisory_xact_lock(hashtextextended(key, 0))
     from (select unnest($1::text[]) as key order by 1) k`,
    [sorted.map((key) => `saga-lock:${key}`)],
  )
  await session.query(
    // A run that is rolled back asks again for what it has released: at the end of the queue.
    `insert into saga.saga_locks as l (key, run_id)
     select key, $2 from unnest($1::text[]) as key
     on conflict (key, run_id) do update
       set place = default, acquired_at = null, released_at = null
       where l.released_at is not null`,
    [sorted, runId],
  )
  const { rowCount } = await session.query(
    `update saga.saga_locks mine set acquired_at = coalesce(acquired_at, ${nowSql('$3')})
     where mine.run_id = $1 and mine.key = any($2::text[]) and not exists (
       select 1 from saga.saga_locks m
       join saga.saga_locks ahead
         on ahead.key = m.key and ahead.released_at is null and ahead.place < m.place
       where m.run_id = $1 and m.released_at is null)`,
    [runId, sorted, nowParameter(session)],
  )
  if (rowCount !== sorted.length) return false
  await session.query(
    'delete from saga.saga_locks where key = any($1::text[]) and released_at is not null',
    [sorted],
  )
  return true
}
