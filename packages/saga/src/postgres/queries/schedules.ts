import type { Json } from '../../core/json.ts'
import type { Schedule } from '../../engine/api.ts'
import type { NewRun } from '../../engine/store.ts'
import { ms } from '../rows.ts'
import { nowParameter, nowSql, type Session, timestamp } from '../sql.ts'
import { newRunColumns, newRunSelect, newRunValues, startedEvent } from './insert-run.ts'

/** Makes a schedule, or changes it; its next time is kept unless its times have changed. */
export async function upsertSchedule(
  session: Session,
  { schedule }: { schedule: Omit<Schedule, 'lastAt'> },
): Promise<void> {
  const { name, cron, timeZone, kind, input, nextAt } = schedule
  await session.query(
    `insert into saga.saga_schedules as s (name, cron, time_zone, kind, input, next_at)
     values ($1, $2, $3, $4, $5::jsonb, $6::timestamptz)
     on conflict (name) do update set
       cron = excluded.cron, time_zone = excluded.time_zone, kind = excluded.kind,
       input = excluded.input,
       next_at = case
         when (s.cron, s.time_zone) = (excluded.cron, excluded.time_zone) then s.next_at
         else excluded.next_at
       end`,
    [name, cron, timeZone, kind, JSON.stringify(input), timestamp(nextAt)],
  )
}

interface ScheduleRow {
  name: string
  cron: string
  time_zone: string
  kind: string
  input: { readonly [key: string]: Json }
  next_at: Date
  last_at: Date | null
}

export async function listSchedules(
  session: Session,
  { dueOnly }: { dueOnly: boolean },
): Promise<readonly Schedule[]> {
  const { rows } = await session.query<ScheduleRow>(
    `select name, cron, time_zone, kind, input, next_at, last_at from saga.saga_schedules
     where not $1::boolean or next_at <= ${nowSql('$2')} order by name limit 1000`,
    [dueOnly, nowParameter(session)],
  )
  return rows.map(({ name, cron, time_zone, kind, input, next_at, last_at }) => ({
    name,
    cron,
    timeZone: time_zone,
    kind,
    input,
    nextAt: next_at.getTime(),
    lastAt: ms(last_at),
  }))
}

/**
 * A tick: advances the schedule by compare-and-set and inserts the run, in one statement, so that
 * any number of workers fire it exactly once.
 */
export async function fireSchedule(
  session: Session,
  { name, dueAt, nextAt, run }: { name: string; dueAt: number; nextAt: number; run: NewRun },
): Promise<boolean> {
  const { rowCount } = await session.query(
    `with tick as (
      update saga.saga_schedules set next_at = $18::timestamptz, last_at = ${nowSql('$16')}
      where name = $19 and next_at = $17::timestamptz and next_at <= ${nowSql('$16')}
      returning name
    ), run as (
      insert into saga.saga_runs as r (${newRunColumns})
      select ${newRunSelect(nowSql('$16'))} from tick
      on conflict (start_key) where start_key is not null do nothing
      returning *
    ), event as (${startedEvent})
    select pg_notify('saga_wake', '') from run`,
    [...newRunValues(run), nowParameter(session), timestamp(dueAt), timestamp(nextAt), name],
  )
  return rowCount === 1
}
