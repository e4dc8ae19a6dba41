import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely'
import type { Json, JsonObject } from '../kinds/index.ts'

/** A jsonb column: read as a value, written as JSON text (the driver would make arrays of lists). */
type JsonColumn<Value> = ColumnType<Value, string, string>
type OptionalJsonColumn<Value> = ColumnType<Value, string | undefined, string>
type NullableJsonColumn<Value> = ColumnType<Value | null, string | null | undefined, string | null>
type Time = ColumnType<Date, Date, Date>
type OptionalTime = ColumnType<Date | null, Date | null | undefined, Date | null>
type MadeTime = ColumnType<Date, Date | undefined, Date>
type Nullable<Value> = ColumnType<Value | null, Value | null | undefined, Value | null>

export interface AccountTable {
  id: Generated<string>
  provider: string
  name: string
  team_uuid: Nullable<string>
  simulated: boolean
  writes_enabled: boolean
  writes_changed_at: OptionalTime
  writes_changed_by: Nullable<string>
  served_at: OptionalTime
  created_at: MadeTime
}

export interface FreezeTable {
  only_row: Generated<boolean>
  frozen: Generated<boolean>
  reason: Nullable<string>
  changed_at: OptionalTime
  changed_by: Nullable<string>
}

export type SyncStatus = 'running' | 'complete' | 'failed' | 'withheld'

export interface SyncTable {
  id: Generated<string>
  account_id: string
  kind: string
  saga_id: Nullable<string>
  status: SyncStatus
  started_at: Time
  finished_at: OptionalTime
  seen: Generated<number>
  created: Generated<number>
  changed: Generated<number>
  deleted: Generated<number>
  absent: Generated<number>
  error: Nullable<string>
}

export interface ResourceTable {
  id: Generated<string>
  account_id: string
  kind: string
  external_id: string
  urn: Nullable<string>
  name: Nullable<string>
  region: Nullable<string>
  size_slug: Nullable<string>
  status: Nullable<string>
  tags: Generated<string[]>
  attrs: JsonColumn<JsonObject>
  canonical: JsonColumn<JsonObject>
  canonical_version: number
  content_hash: string
  unobservable: Generated<string[]>
  first_seen_at: Time
  last_seen_at: Time
  observed_at: Time
  sync_id: Nullable<string>
  deleted_at: OptionalTime
}

export type ResourceEventType =
  | 'created'
  | 'changed'
  | 'deleted'
  | 'reappeared'
  | 'provisioned'
  | 'drift_detected'
  | 'drift_resolved'

export interface ResourceEventTable {
  /** A bigint, which JavaScript holds exactly only as text. */
  id: GeneratedAlways<string>
  resource_id: string
  type: ResourceEventType
  detail: OptionalJsonColumn<JsonObject>
  saga_id: Nullable<string>
  sync_id: Nullable<string>
  actor: Nullable<string>
  at: MadeTime
}

export type SpecSource = 'saga' | 'import' | 'baseline' | 'accept' | 'operator'
export type SpecOwner = 'arcadia' | 'terraform' | 'controller'

export interface ProvisionedTable {
  resource_id: string
  account_id: string
  spec: JsonColumn<JsonObject>
  canonical: JsonColumn<JsonObject>
  canonical_version: number
  spec_hash: string
  spec_version: Generated<number>
  saga_id: Nullable<string>
  source: SpecSource
  owner: Generated<SpecOwner>
  owner_detail: OptionalJsonColumn<JsonObject>
  actor: Nullable<string>
  written_at: Time
  created_at: MadeTime
}

export interface ProvisionedVersionTable {
  resource_id: string
  spec_version: number
  spec: JsonColumn<JsonObject>
  saga_id: Nullable<string>
  source: SpecSource
  owner: SpecOwner
  actor: Nullable<string>
  written_at: Time
}

export type DriftType = 'field' | 'missing' | 'unmanaged'
export type DriftSeverity = 'low' | 'medium' | 'high' | 'critical'
export type DriftStatus =
  | 'open'
  | 'review'
  | 'accepted'
  | 'reverting'
  | 'reverted'
  | 'stale'
  | 'ignored'

export interface DriftTable {
  id: Generated<string>
  account_id: string
  resource_id: string
  type: DriftType
  field: Generated<string>
  expected: NullableJsonColumn<Json>
  actual: NullableJsonColumn<Json>
  expected_canonical: NullableJsonColumn<Json>
  actual_canonical: NullableJsonColumn<Json>
  severity: DriftSeverity
  status: DriftStatus
  spec_version: number
  spec_hash: string
  observed_at: Time
  first_seen_at: Time
  last_seen_at: Time
  flaps: Generated<number>
  resolved_at: OptionalTime
  resolved_by: Nullable<string>
  resolved_saga_id: Nullable<string>
}

export interface ApiTokenTable {
  id: Generated<string>
  name: string
  token_hash: string
  role: string
  created_by: string
  created_at: MadeTime
  last_used_at: OptionalTime
  revoked_at: OptionalTime
  revoked_by: Nullable<string>
}

export interface AuditTable {
  id: GeneratedAlways<string>
  at: MadeTime
  actor: string
  action: string
  target: Nullable<string>
  detail: OptionalJsonColumn<JsonObject>
}

/** The tables of the schema `arcadia`, as `migrations/` builds them. */
export interface Database {
  cloud_accounts: AccountTable
  freeze_state: FreezeTable
  cloud_syncs: SyncTable
  cloud_resources: ResourceTable
  cloud_resource_events: ResourceEventTable
  cloud_provisioned: ProvisionedTable
  cloud_provisioned_versions: ProvisionedVersionTable
  cloud_drift: DriftTable
  api_tokens: ApiTokenTable
  audit_log: AuditTable
}

export type ResourceRow = Selectable<ResourceTable>
export type ResourceEventRow = Selectable<ResourceEventTable>
export type SyncRow = Selectable<SyncTable>
export type AccountRow = Selectable<AccountTable>
