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
