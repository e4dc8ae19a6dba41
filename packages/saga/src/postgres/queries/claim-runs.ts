import type { ClaimedRun } from '../../engine/store.ts'
import { ms, type RunRow, runColumns, type StepRow, toRun, toStep } from '../rows.ts'
import { nowParameter, nowSql, type Session } from '../sql.ts'
import { listSignals } from './list-signals.ts'

export interface ClaimParams {
  readonly worker: string
  readonly name: string
  readonly kinds: readonly { readonly kind: string; readonly version: number }[]
  readonly limit: number
}

type ClaimedRow = RunRow & { interrupted_at: Date | null; claimed_at: Date }

/**
 * Claims runs that are due, have unread signals, or whose worker's lease is over.
 *
 * SKIP LOCKED keeps workers out of each other's way: a row that another is claiming is not waited
 * for. One LATERAL probe for each known kind and version, on the index of due runs, so that runs
 * nobody knows are never walked over. A claim counts the epoch up: from then on, nothing that the
 * holder before still sends is written.
 */
export async function claimRuns(
  session: Session,
  { worker, name, kinds, limit }: ClaimParams,
): Promise<{ runs: readonly ClaimedRun[]; now: number }> {
  const { rows } = await session.query<ClaimedRow | { id: null; claimed_at: Date }>(
    `with moment as materialized (select ${nowSql('$6')} as now),
    known as (
      select * from unnest($1::text[], $2::int[]) as k (kind, version)
    ), due as (
      select c.id from known k cross join lateral (
        select r.id from saga.saga_runs r
        where r.kind = k.kind and r.version = k.version and r.worker_id is null
          and r.wake_at <= (select now from moment)
          and (r.reserved_for is null or r.reserved_for = $4)
        order by r.wake_at limit $5
        for update skip locked
      ) c
    ), signalled as (
      select r.id from saga.saga_signals s
      join saga.saga_runs r on r.id = s.run_id
      join known k on k.kind = r.kind and k.version = r.version
      where s.read_at is null and r.worker_id is null
        and (r.ended_at is null or s.type in ('roll_back', 'stray_effect'))
        and (r.reserved_for is null or r.reserved_for = $4)
      limit $5
      for update of r skip locked
    ), orphaned as (
      select r.id, w.lease_until from saga.saga_workers w
      join saga.saga_runs r on r.worker_id = w.id
      join known k on k.kind = r.kind and k.version = r.version
      where w.lease_until < (select now from moment)
        and (r.reserved_for is null or r.reserved_for = $4)
      limit $5
      for update of r skip locked
    ), chosen as (
      select id, max(lease_until) as interrupted_at from (
        select id, null::timestamptz as lease_until from due
        union all select id, null from signalled
        union all select id, lease_until from orphaned
      ) found group by id limit $5
    ), claimed as (
      update saga.saga_runs r
      set worker_id = $3, epoch = r.epoch + 1, revision = r.revision + 1, wake_at = null,
        waits_for = null, started_at = coalesce(r.started_at, moment.now),
        status = case
          when r.status not in ('pending', 'waiting') then r.status
          when r.direction = 'undo' then 'compensating'
          else 'running'
        end
      from chosen c, moment
      where r.id = c.id
        -- A worker that slept past its lease claims nothing: nobody would take it over from it.
        and exists (
          select from saga.saga_workers w where w.id = $3 and w.lease_until >= moment.now)
      returning ${runColumns('r')}, c.interrupted_at
    )
    select claimed.*, moment.now as claimed_at from moment left join claimed on true`,
    [
      kinds.map(({ kind }) => kind),
      kinds.map(({ version }) => version),
      worker,
      name,
      limit,
      nowParameter(session),
    ],
  )
  const now = rows[0]?.claimed_at.getTime() ?? 0
  const claimed = rows.filter((row): row is ClaimedRow => row.id !== null)
  return { now, runs: claimed.length === 0 ? [] : await withLedgers(session, claimed) }
}

async function withLedgers(
  session: Session,
  rows: readonly ClaimedRow[],
): Promise<readonly ClaimedRun[]> {
  const runIds = rows.map(({ id }) => id)
  // A run that is claimed for the first time has no ledger yet.
  const begun = rows.filter(({ epoch }) => epoch > 1).map(({ id }) => id)
  const { rows: steps } =
    begun.length === 0
      ? { rows: [] }
      : await session.query<StepRow>(
          `select * from saga.saga_step_results
           where saga_id = any($1::uuid[]) order by saga_id, step_idx`,
          [begun],
        )
  const signals = await listSignals(session, { runIds })
  const stepsOf = Map.groupBy(steps, ({ saga_id }) => saga_id)
  const signalsOf = Map.groupBy(signals, ({ runId }) => runId)
  return rows.map((row) => ({
    run: toRun(row),
    steps: (stepsOf.get(row.id) ?? []).map(toStep),
    signals: signalsOf.get(row.id) ?? [],
    interruptedAt: ms(row.interrupted_at),
  }))
}
