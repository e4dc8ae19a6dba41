-- What is found due long after its time fires once for all that was missed, or is passed over.
alter table saga.saga_schedules
  add column missed text not null default 'once' check (missed in ('once', 'skip')),
  -- Null: it is not paused.
  add column paused_at timestamptz,
  add column paused_by text,
  -- The last time it was taken up again, and by whom.
  add column resumed_at timestamptz,
  add column resumed_by text,
  -- Counts its definitions: a tick that was made ready for the one before starts nothing.
  add column revision int not null default 0;
drop index saga.saga_schedules_due;
create index saga_schedules_due on saga.saga_schedules (kind, next_at) where paused_at is null;

-- What can be pruned: roots of trees, by the age of their end. An entry is made when the run ends and
-- not before, so no write of a run that runs touches it.
create index saga_runs_ended_roots on saga.saga_runs (kind, ended_at)
  where ended_at is not null and parent_id is null;
-- For the cascade from a pruned run to its signals.
create index saga_signals_of_run on saga.saga_signals (run_id);
