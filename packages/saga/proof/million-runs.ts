import type pg from 'pg'
import { one, three, waiting } from '../bench/scale/sagas.ts'
import { seed } from '../bench/scale/samples.ts'

const hour = 3_600_000
const month = 30 * 24 * hour

/**
 * A database that has been in use: a million runs that have ended, a hundred thousand that wait,
 * what is due, what live and lost workers hold, signals that were read, came early, or wake, locks
 * that are held and waited for, schedules.
 */
export async function millionRuns(connection: pg.PoolConfig, pool: pg.Pool): Promise<void> {
  await seed(connection, [
    { saga: one, count: 1_000_000, overMs: month },
    ...waiting.map((saga) => ({ saga, count: 33_000, overMs: hour })),
    { saga: three, count: 3_000, overMs: hour, untouched: true },
  ])
  await pool.query(
    `insert into saga.saga_workers (id, name, started_at, lease_until)
     select 'worker-' || n, 'worker-' || n, now() - interval '1 day',
       now() + case when n % 10 = 0 then -1 else 1 end * interval '1 hour'
     from generate_series(1, 20) n`,
  )
  // Held: by each of twenty workers a hundred, two of whom are lost.
  await pool.query(
    `update saga.saga_runs r set status = 'running', wake_at = null, epoch = 1,
       worker_id = 'worker-' || 1 + n % 20
     from (select id, row_number() over () as n from saga.saga_runs
       where status = 'pending' limit 2000) held
     where r.id = held.id`,
  )
  await pool.query(
    `insert into saga.saga_signals (run_id, type, step_idx, created_at, read_at)
     select id, 'child_ended', 0, created_at, created_at from saga.saga_runs
     where status = 'completed' limit 200000`,
  )
  await pool.query(
    `insert into saga.saga_signals (run_id, type, step_idx, created_at)
     select id, 'signal', 9, created_at from saga.saga_runs where waits_for = 'signal' limit 20000`,
  )
  await pool.query(
    `insert into saga.saga_signals (run_id, type, created_at)
     select id, 'cancel', created_at from saga.saga_runs where waits_for = 'time' limit 20000`,
  )
  await pool.query(
    `insert into saga.saga_locks (key, run_id, acquired_at, released_at)
     select 'volume/' || (row_number() over ()) / 2, id,
       case when row_number() over () % 2 = 0 then created_at end, null
     from saga.saga_runs where status = 'waiting' limit 60000`,
  )
  await pool.query(
    `insert into saga.saga_locks (key, run_id, acquired_at, released_at)
     select 'old/' || id, id, created_at, created_at from saga.saga_runs
     where status = 'completed' limit 100000`,
  )
  await pool.query(
    `insert into saga.saga_schedules (name, cron, time_zone, kind, input, next_at)
     select 'schedule-' || n, '0 3 * * *', 'UTC', 'three', '{}', now() + interval '1 hour'
     from generate_series(1, 5000) n`,
  )
  await pool.query(
    'vacuum (analyze) saga.saga_runs, saga.saga_signals, saga.saga_locks, saga.saga_schedules, saga.saga_workers',
  )
}
