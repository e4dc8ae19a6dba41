create table saga.saga_workers (
  id text primary key,
  name text not null,
  started_at timestamptz not null,
  lease_until timestamptz not null
);
create index saga_workers_by_lease on saga.saga_workers (lease_until);

create table saga.saga_runs (
  id uuid primary key,
  tag text not null,
  kind text not null,
  version int not null,
  plan jsonb not null,
  status text not null default 'pending' check (status in (
    'pending', 'running', 'waiting', 'compensating',
    'parked', 'completed', 'rolled_back', 'failed')),
  direction text not null default 'forward' check (direction in ('forward', 'undo')),
  current_step int not null default 0,
  inputs jsonb not null,
  input_hash text not null,
  -- Written when the run waits, parks or ends; while it runs it is folded from the ledger.
  context jsonb not null default '{}',
  error jsonb,
  parked jsonb,
  start_key text,
  priority int not null default 0,
  -- When the run is due; null while it is held, parked or ended.
  wake_at timestamptz,
  waits_for text check (waits_for in ('time', 'lock', 'child', 'signal')),
  lock_keys text[] not null default '{}',
  locks_held boolean not null default false,
  -- Only a worker of this name may claim it.
  reserved_for text,
  worker_id text,
  -- Counts claims: the fence of everything its holder writes.
  epoch int not null default 0,
  -- Counts writes: makes each of them apply once.
  revision bigint not null default 0,
  last_write uuid,
  event_seq int not null default 0,
  -- How often in a row its holder could not go on with it.
  stalls int not null default 0,
  root_id uuid not null,
  trace_context jsonb,
  cancel_requested_at timestamptz,
  cancel_requested_by text,
  started_by text,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz
)
-- Room on the page for the row's next versions: while a run runs, none of its writes changes an
-- indexed column, so they all can be heap-only.
with (fillfactor = 70);

create unique index saga_runs_start_key on saga.saga_runs (start_key) where start_key is not null;
create index saga_runs_due on saga.saga_runs (kind, version, wake_at)
  where wake_at is not null and worker_id is null;
create index saga_runs_held on saga.saga_runs (worker_id) where worker_id is not null;
create index saga_runs_by_status on saga.saga_runs (status, id desc);
create index saga_runs_by_kind on saga.saga_runs (kind, id desc);
create index saga_runs_by_kind_and_status on saga.saga_runs (kind, status, id desc);

create table saga.saga_step_results (
  saga_id uuid not null references saga.saga_runs on delete cascade,
  step_idx int not null,
  name text not null,
  status text not null check (status in (
    'running', 'waiting', 'completed', 'failed', 'unknown',
    'compensating', 'compensated', 'compensation_failed', 'skipped', 'undo_skipped')),
  input jsonb,
  key text not null,
  receipt jsonb,
  issued_at timestamptz,
  output jsonb,
  attempts int not null default 0,
  next_at timestamptz,
  deadline_at timestamptz,
  unknown_since timestamptz,
  failed_lookups int not null default 0,
  error jsonb,
  undo_attempts int not null default 0,
  undo_deadline_at timestamptz,
  undo_error jsonb,
  started_at timestamptz not null,
  finished_at timestamptz,
  undo_started_at timestamptz,
  undo_finished_at timestamptz,
  primary key (saga_id, step_idx)
) with (fillfactor = 70);

create table saga.saga_events (
  saga_id uuid not null references saga.saga_runs on delete cascade,
  seq int not null,
  type text not null,
  step_idx int,
  detail jsonb not null default '{}',
  actor text,
  at timestamptz not null,
  primary key (saga_id, seq)
);

-- What others ask of a run; only its holder writes the run itself.
create table saga.saga_signals (
  id bigint generated always as identity primary key,
  run_id uuid not null references saga.saga_runs on delete cascade,
  type text not null check (type in ('cancel', 'lock_released')),
  actor text,
  created_at timestamptz not null,
  read_at timestamptz
);
create index saga_signals_unread on saga.saga_signals (run_id) where read_at is null;

-- A queue for each key: the run at the head of all its queues takes them all. A released row stays
-- until the next run takes the key, so that the time of the last release can be asked for.
create table saga.saga_locks (
  key text not null,
  run_id uuid not null,
  place bigint generated always as identity,
  acquired_at timestamptz,
  released_at timestamptz,
  primary key (key, run_id)
);
create unique index saga_locks_holder on saga.saga_locks (key)
  where acquired_at is not null and released_at is null;
create index saga_locks_queue on saga.saga_locks (key, place) where released_at is null;
create index saga_locks_of_run on saga.saga_locks (run_id) where released_at is null;
create index saga_locks_released on saga.saga_locks (released_at) where released_at is not null;

create table saga.saga_schedules (
  name text primary key,
  cron text not null,
  time_zone text not null,
  kind text not null,
  input jsonb not null,
  next_at timestamptz not null,
  last_at timestamptz
);
create index saga_schedules_due on saga.saga_schedules (next_at);
