-- The kind of its run, so that a claim finds what wakes each kind, however much of another was
-- signalled. Empty for those that were read before there was one.
alter table saga.saga_signals add column kind text not null default '';
update saga.saga_signals s set kind = r.kind
from saga.saga_runs r where r.id = s.run_id and s.read_at is null;

create function saga.name_signal_kind() returns trigger language plpgsql as $$
begin
  new.kind := (select r.kind from saga.saga_runs r where r.id = new.run_id);
  return new;
end $$;
create trigger saga_signals_kind before insert on saga.saga_signals
  for each row when (new.kind = '') execute function saga.name_signal_kind();

drop index saga.saga_signals_waking;
create index saga_signals_waking on saga.saga_signals (kind, created_at)
  where read_at is null and not early;

-- What asks that an ended run be kept, for the search of those to prune.
create index saga_signals_asking on saga.saga_signals (run_id)
  where read_at is null and type in ('roll_back', 'stray_effect');

-- What a lost worker has left, of each kind the highest priority first.
drop index saga.saga_runs_held;
create index saga_runs_held on saga.saga_runs (worker_id, kind, version, priority)
  where worker_id is not null;
