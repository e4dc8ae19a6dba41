import type { Known } from '../../engine/store.ts'
import { json, nowParameter, nowSql, type Session } from '../sql.ts'

/**
 * Makes a worker's lease, or renews it while it lasts. A lease that was over is not renewed: others
 * may have taken the runs, so the worker has to begin again under another id.
 */
export async function renewLease(
  session: Session,
  {
    worker,
    name,
    leaseMs,
    first,
    known = { kinds: [], steps: [] },
  }: { worker: string; name: string; leaseMs: number; first: boolean; known?: Known },
): Promise<boolean> {
  const until = `${nowSql('$2')} + $3::int * interval '1 millisecond'`
  const { rowCount } = first
    ? await session.query(
        `insert into saga.saga_workers (id, name, started_at, lease_until, kinds, steps)
         values ($1, $4, ${nowSql('$2')}, ${until}, $5::jsonb, $6::jsonb)`,
        [worker, nowParameter(session), leaseMs, name, json(known.kinds), json(known.steps)],
      )
    : await session.query(
        `update saga.saga_workers set lease_until = ${until}
         where id = $1 and lease_until >= ${nowSql('$2')}`,
        [worker, nowParameter(session), leaseMs],
      )
  return rowCount === 1
}

/** Ends a lease now, and forgets workers that ended a day ago and hold nothing. */
export async function endLease(session: Session, { worker }: { worker: string }): Promise<void> {
  await session.query(
    `with ended as (
      update saga.saga_workers set lease_until = ${nowSql('$2')}
      where id = $1 and lease_until > ${nowSql('$2')}
    )
    delete from saga.saga_workers w where w.id <> $1 and ${deadWorker(nowSql('$2'))}`,
    [worker, nowParameter(session)],
  )
}

/** SQL: the worker `w` ended a day ago and holds nothing. */
export function deadWorker(now: string): string {
  return `w.lease_until < ${now} - interval '1 day'
    and not exists (select 1 from saga.saga_runs r where r.worker_id = w.id)`
}

/** The runs that a worker holds: what it does not know of, it claimed in a statement whose answer was lost. */
export async function listHeldRuns(
  session: Session,
  { worker }: { worker: string },
): Promise<readonly { runId: string; epoch: number }[]> {
  const { rows } = await session.query<{ id: string; epoch: number }>(
    'select id, epoch from saga.saga_runs where worker_id = $1',
    [worker],
  )
  return rows.map(({ id, epoch }) => ({ runId: id, epoch }))
}
