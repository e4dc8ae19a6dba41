import type { Json } from '../../core/json.ts'
import type { Schedule } from '../../engine/api.ts'
import type { DueSchedule, NewRun, ScheduleDefinition } from '../../engine/store.ts'
import { ms } from '../rows.ts'
import { json, nowParameter, nowSql, type Session, timestamp } from '../sql.ts'
import { newRunColumns, newRunSelect, newRunValues, startedEvent } from './insert-run.ts'

/**
 * Makes a schedule, or changes it. Its next time is kept unless its times have changed, and so is a
 * pause.
 */
export async function upsertSchedule(
  session: Session,
  { schedule }: { schedule: ScheduleDefinition },
): Promise<void> {
  const { name, cron, timeZone, missed, kind, input, nextAt } = schedule
  await session.query(
    `insert into saga.saga_schedules as s (name, cron, time_zone, missed, kind, input, next_at)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::timestamptz)
     on conflict (name) do update set
       cron = excluded.cron, time_zone = excluded.time_zone, missed = excluded.missed,
       kind = excluded.kind, input = excluded.input, revision = s.revision + 1,
       next_at = case
         when (s.cron, s.time_zone) = (excluded.cron, excluded.time_zone) then s.next_at
         else excluded.next_at
       end`,
    [name, cron, timeZone, missed, kind, json(input), timestamp(nextAt)],
  )
}

interface ScheduleRow {
  name: string
  cron: string
  time_zone: string
  missed: 'once' | 'skip'
  kind: string
  input: { readonly [key: string]: Json }
  next_at: Date
  last_at: Date | null
  paused_at: Date | null
  paused_by: string | null
  resumed_at: Date | null
  resumed_by: string | null
  revision: number
}

const columns = `name, cron, time_zone, missed, kind, input, next_at, last_at, paused_at, paused_by,
  resumed_at, resumed_by, revision`

function toSchedule(row: ScheduleRow): Schedule {
  return {
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    missed: row.missed,
    kind: row.kind,
    input: row.input,
    nextAt: row.next_at.getTime(),
    lastAt: ms(row.last_at),
    pausedAt: ms(row.paused_at),
    pausedBy: row.paused_by,
    resumedAt: ms(row.resumed_at),
    resumedBy: row.resumed_by,
  }
}

export async function listSchedules(
  session: Session,
  { name }: { name?: string },
): Promise<readonly Schedule[]> {
  const { rows } = await session.query<ScheduleRow>(
    `select ${columns} from saga.saga_schedules
     where $1::text is null or name = $1 order by name`,
    [name ?? null],
  )
  return rows.map(toSchedule)
}

/**
 * Of known kinds only: what nobody here can fire is not looked at, and so blocks nothing. What is due
 * is found first, kind by kind, and put in order then: the other way round all schedules are read.
 */
export async function listDueSchedules(
  session: Session,
  { kinds, after, limit }: { kinds: readonly string[]; after: string; limit: number },
): Promise<readonly DueSchedule[]> {
  const { rows } = await session.query<ScheduleRow>(
    `with moment as materialized (select ${nowSql('$2')} as now)
     select due.* from (select distinct kind from unnest($1::text[]) kind) known
     cross join lateral (
       select ${columns} from saga.saga_schedules s
       where s.kind = known.kind and s.paused_at is null and s.next_at <= (select now from moment)
       -- Keeps it one kind at a time.
       offset 0
     ) due
     where due.name > $3 order by due.name limit $4`,
    [kinds, nowParameter(session), after, limit],
  )
  return rows.map((row) => ({ ...toSchedule(row), revision: row.revision }))
}

interface Tick {
  readonly name: string
  readonly revision: number
  readonly dueAt: number
  readonly nextAt: number
}

/**
 * A tick: advances the schedule by compare-and-set and inserts the run, in one statement, so that
 * any number of workers fire it exactly once. A pause, a change or a removal that came first has
 * the row under lock, and the tick, which then sees it as it has become, starts nothing.
 */
export async function tickSchedule(
  session: Session,
  { run, ...tick }: Tick & { readonly run: NewRun | null },
): Promise<boolean> {
  const values = run === null ? [] : newRunValues(run)
  const after = (place: number): `$${number}` => `$${values.length + place}`
  const now = nowSql(after(1))
  const advance = `update saga.saga_schedules
    set next_at = ${after(3)}::timestamptz, last_at = ${run === null ? 'last_at' : now}
    where name = ${after(4)} and revision = ${after(5)}::int and paused_at is null
      and next_at = ${after(2)}::timestamptz and next_at <= ${now}
    returning name`
  const fire = `with tick as (${advance}), run as (
      insert into saga.saga_runs as r (${newRunColumns})
      select ${newRunSelect(now)} from tick
      on conflict (start_key) where start_key is not null do nothing
      returning *
    ), event as (${startedEvent})
    select pg_notify('saga_wake', '') from run`
  const { rowCount } = await session.query(run === null ? advance : fire, [
    ...values,
    nowParameter(session),
    timestamp(tick.dueAt),
    timestamp(tick.nextAt),
    tick.name,
    tick.revision,
  ])
  return rowCount === 1
}

export async function pauseSchedule(
  session: Session,
  { name, actor }: { name: string; actor: string | null },
): Promise<Schedule | undefined> {
  const { rows } = await session.query<ScheduleRow>(
    `update saga.saga_schedules
     set paused_at = coalesce(paused_at, ${nowSql('$2')}),
       paused_by = case when paused_at is null then $3 else paused_by end
     where name = $1 returning ${columns}`,
    [name, nowParameter(session), actor],
  )
  return rows.map(toSchedule)[0]
}

export async function resumeSchedule(
  session: Session,
  {
    name,
    cron,
    timeZone,
    nextAt,
    actor,
  }: { name: string; cron: string; timeZone: string; nextAt: number; actor: string | null },
): Promise<boolean> {
  const { rowCount } = await session.query(
    `update saga.saga_schedules
     set paused_at = null, paused_by = null, resumed_at = ${nowSql('$2')}, resumed_by = $3,
       next_at = $4::timestamptz
     where name = $1 and paused_at is not null and (cron, time_zone) = ($5, $6)`,
    [name, nowParameter(session), actor, timestamp(nextAt), cron, timeZone],
  )
  return rowCount === 1
}

export async function removeSchedule(
  session: Session,
  { name }: { name: string },
): Promise<boolean> {
  const { rowCount } = await session.query('delete from saga.saga_schedules where name = $1', [
    name,
  ])
  return rowCount === 1
}
