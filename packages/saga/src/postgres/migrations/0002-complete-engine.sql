-- A child belongs to the run that started it; `root_id` is that of the whole tree.
alter table saga.saga_runs
  add column parent_id uuid,
  add column parent_step int;
create index saga_runs_of_tree on saga.saga_runs (root_id) where parent_id is not null;

-- A signal may be for one step of its run, and may bring something along.
alter table saga.saga_signals
  add column step_idx int,
  add column payload jsonb,
  drop constraint saga_signals_type_check,
  add constraint saga_signals_type_check check (type in (
    'cancel', 'lock_released', 'child_ended', 'stray_effect',
    'approve', 'reject', 'signal',
    'park', 'retry', 'skip', 'resolve', 'abandon', 'roll_back'));

-- Which claim made the last attempt of a step: tells whether an effect that is reported late is of it.
alter table saga.saga_step_results add column opened_epoch int not null default 0;
