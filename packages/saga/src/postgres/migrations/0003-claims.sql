-- Which steps a list of steps takes, whatever their order: the same for all that the same workers
-- can run.
create function saga.plan_shape(plan jsonb) returns text
language sql immutable strict parallel safe as $$
  select md5(string_agg(distinct (step ->> 'name') collate "C", ',' order by (step ->> 'name') collate "C"))
  from jsonb_array_elements(plan) step
$$;

alter table saga.saga_runs
  -- Of an ad-hoc run; a declared one is known by its kind and version.
  add column shape text not null generated always as (
    case when kind = 'ad_hoc' then coalesce(saga.plan_shape(plan), '') else '' end) stored,
  add column reserved text not null generated always as (coalesce(reserved_for, '')) stored,
  add constraint saga_runs_priority_check check (priority in (1, 0, -1));

-- A lane: runs that the same workers may claim, at one priority. Every claim probes the lanes it
-- knows, each from its oldest run on, so what stands in other lanes or is not due is not touched.
create index saga_runs_lanes on saga.saga_runs
  (kind, version, shape, reserved, priority, wake_at)
  where wake_at is not null and worker_id is null;
drop index saga.saga_runs_due;

-- What a worker can run: [{kind, version}], and the steps that it knows by name.
alter table saga.saga_workers
  add column kinds jsonb not null default '[]',
  add column steps jsonb not null default '[]';

-- A signal for a step that is not open yet wakes nobody; the opening of the step makes it count.
-- Kept up to date here, by those two writes alone, so that no claim has to look through all that
-- came early. Triggers see what was committed while their statement waited for the run's row, as
-- the statement itself does not: of a signal and an opening at once, the later sees the earlier.
alter table saga.saga_signals add column early boolean not null default false;
create index saga_signals_waking on saga.saga_signals (run_id) where read_at is null and not early;
create index saga_signals_early on saga.saga_signals (run_id, step_idx)
  where read_at is null and early;

create function saga.mark_early_signal() returns trigger language plpgsql as $$
begin
  new.early := not exists (
    select from saga.saga_step_results l
    where l.saga_id = new.run_id and l.step_idx = new.step_idx);
  return new;
end $$;
create trigger saga_signals_early before insert on saga.saga_signals
  for each row when (new.type = 'signal' and new.step_idx is not null)
  execute function saga.mark_early_signal();

create function saga.mark_opened_signals() returns trigger language plpgsql as $$
begin
  update saga.saga_signals s set early = false from opened
  where s.run_id = opened.saga_id and s.step_idx = opened.step_idx
    and s.read_at is null and s.early;
  return null;
end $$;
create trigger saga_step_results_opened after insert on saga.saga_step_results
  referencing new table as opened
  for each statement execute function saga.mark_opened_signals();
