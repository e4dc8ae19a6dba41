-- Time-ordered ids (RFC 9562, version 7) for rows that are made inside the database.
-- PostgreSQL has uuidv7() of its own only from 18 on.
create function arcadia.uuid_v7() returns uuid language sql volatile as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

create table arcadia.cloud_accounts (
  id uuid primary key default arcadia.uuid_v7(),
  provider text not null,
  name text not null,
  -- The provider's own name for whose account it is; learnt at the first sync. Another value later
  -- means that a token of another team was given.
  team_uuid text,
  simulated boolean not null,
  writes_enabled boolean not null,
  writes_changed_at timestamptz,
  writes_changed_by text,
  -- When a control plane last started on it: of several accounts, the one meant when none is named.
  served_at timestamptz,
  created_at timestamptz not null default now(),
  unique (provider, name)
);

-- One row: whether cloud writes are stopped everywhere.
create table arcadia.freeze_state (
  only_row boolean primary key default true check (only_row),
  frozen boolean not null default false,
  reason text,
  changed_at timestamptz,
  changed_by text
);
insert into arcadia.freeze_state default values;

create table arcadia.cloud_syncs (
  id uuid primary key default arcadia.uuid_v7(),
  account_id uuid not null references arcadia.cloud_accounts,
  kind text not null,
  saga_id uuid,
  status text not null check (status in ('running', 'complete', 'failed', 'withheld')),
  started_at timestamptz not null,
  finished_at timestamptz,
  seen int not null default 0,
  created int not null default 0,
  changed int not null default 0,
  deleted int not null default 0,
  -- Missing from the listing; what became of them is in deleted and error.
  absent int not null default 0,
  error text
);
create index cloud_syncs_latest on arcadia.cloud_syncs (account_id, kind, id desc);
create index cloud_syncs_by_saga on arcadia.cloud_syncs (saga_id);

create table arcadia.cloud_resources (
  id uuid primary key default arcadia.uuid_v7(),
  account_id uuid not null references arcadia.cloud_accounts,
  kind text not null,
  external_id text not null,
  urn text,
  name text,
  region text,
  size_slug text,
  status text,
  tags text[] not null default '{}',
  attrs jsonb not null,
  -- The comparable fields in canonical form, by field name, and the canoniser's version.
  canonical jsonb not null,
  canonical_version int not null,
  content_hash text not null,
  -- Fields the token's scopes hide: never drift.
  unobservable text[] not null default '{}',
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- When the request that saw it was sent.
  observed_at timestamptz not null,
  sync_id uuid,
  deleted_at timestamptz,
  unique (account_id, kind, external_id)
) with (fillfactor = 75);
-- No index holds observed_at: a sync of what has not changed touches every row of a kind, and those
-- updates then leave the indexes alone (HOT). What a listing did not see again is found on the
-- unique index, once a sync. The fill factor leaves room for the new version on the same page.
create index cloud_resources_by_kind on arcadia.cloud_resources (kind, id) where deleted_at is null;
create index cloud_resources_live on arcadia.cloud_resources (id) where deleted_at is null;
create index cloud_resources_of_account on arcadia.cloud_resources (account_id, id)
  where deleted_at is null;
create index cloud_resources_of_account_by_kind on arcadia.cloud_resources (account_id, kind, id)
  where deleted_at is null;

create table arcadia.cloud_resource_events (
  id bigint generated always as identity primary key,
  resource_id uuid not null references arcadia.cloud_resources,
  type text not null check (type in (
    'created', 'changed', 'deleted', 'reappeared',
    'provisioned', 'drift_detected', 'drift_resolved')),
  -- changed: {field: {from, to}}; others: what the type calls for.
  detail jsonb not null default '{}',
  saga_id uuid,
  sync_id uuid,
  actor text,
  at timestamptz not null default now()
);
create index cloud_resource_events_of on arcadia.cloud_resource_events (resource_id, id desc);

create table arcadia.cloud_provisioned (
  resource_id uuid primary key references arcadia.cloud_resources,
  account_id uuid not null references arcadia.cloud_accounts,
  spec jsonb not null,
  canonical jsonb not null,
  canonical_version int not null,
  spec_hash text not null,
  spec_version int not null default 1,
  saga_id uuid,
  source text not null check (source in ('saga', 'import', 'baseline', 'accept', 'operator')),
  owner text not null default 'arcadia' check (owner in ('arcadia', 'terraform', 'controller')),
  -- terraform: {lineage, address}; controller: {name}.
  owner_detail jsonb not null default '{}',
  actor text,
  written_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index cloud_provisioned_by_account on arcadia.cloud_provisioned (account_id, resource_id);

-- Outlives the row above: what was once asked for stays known after it was forgotten, and the
-- versions of a resource go on counting from where they were.
create table arcadia.cloud_provisioned_versions (
  resource_id uuid not null references arcadia.cloud_resources,
  spec_version int not null,
  spec jsonb not null,
  saga_id uuid,
  source text not null,
  owner text not null,
  actor text,
  written_at timestamptz not null,
  primary key (resource_id, spec_version)
);

create table arcadia.cloud_drift (
  id uuid primary key default arcadia.uuid_v7(),
  account_id uuid not null references arcadia.cloud_accounts,
  resource_id uuid not null references arcadia.cloud_resources,
  type text not null check (type in ('field', 'missing', 'unmanaged')),
  -- Empty where the type is not about one field.
  field text not null default '',
  expected jsonb,
  actual jsonb,
  expected_canonical jsonb,
  actual_canonical jsonb,
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  status text not null check (status in (
    'open', 'review', 'accepted', 'reverting', 'reverted', 'stale', 'ignored')),
  spec_version int not null,
  spec_hash text not null,
  observed_at timestamptz not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  flaps int not null default 0,
  resolved_at timestamptz,
  resolved_by text,
  resolved_saga_id uuid
);
create unique index cloud_drift_one_open on arcadia.cloud_drift (resource_id, type, field)
  where status in ('open', 'review', 'reverting');
create index cloud_drift_by_status on arcadia.cloud_drift (status, id desc);
create index cloud_drift_of_resource on arcadia.cloud_drift (resource_id, id desc);

create table arcadia.api_tokens (
  id uuid primary key default arcadia.uuid_v7(),
  name text not null,
  -- SHA-256 of the token, hexadecimal. The tokens are 256 random bits, so a fast hash is enough.
  token_hash text not null unique,
  role text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
create unique index api_tokens_name on arcadia.api_tokens (name) where revoked_at is null;

create table arcadia.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target text,
  detail jsonb not null default '{}'
);
create index audit_log_by_target on arcadia.audit_log (target, id desc);
