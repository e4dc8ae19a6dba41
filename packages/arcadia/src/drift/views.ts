import type { DriftSeverity, DriftStatus, DriftType } from '../database/index.ts'
import type { Json } from '../kinds/index.ts'

/** A row of drift, and of which resource. */
export interface DriftRecord {
  readonly id: string
  readonly account_id: string
  readonly resource_id: string
  readonly type: DriftType
  readonly field: string
  readonly expected: Json
  readonly actual: Json
  readonly expected_canonical: Json
  readonly actual_canonical: Json
  readonly severity: DriftSeverity
  readonly status: DriftStatus
  readonly spec_version: number
  readonly spec_hash: string
  readonly observed_at: Date
  readonly first_seen_at: Date
  readonly last_seen_at: Date
  readonly flaps: number
  readonly resolved_at: Date | null
  readonly resolved_by: string | null
  readonly resolved_saga_id: string | null
  readonly resource_name: string | null
  readonly resource_kind: string
  readonly resource_external_id: string
}

/** Drift as the HTTP API gives it. */
export function driftView(row: DriftRecord) {
  return {
    id: row.id,
    account_id: row.account_id,
    resource_id: row.resource_id,
    type: row.type,
    field: row.field === '' ? null : row.field,
    expected: row.expected,
    actual: row.actual,
    severity: row.severity,
    status: row.status,
    spec_version: row.spec_version,
    spec_hash: row.spec_hash,
    first_seen_at: row.first_seen_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    observed_at: row.observed_at.toISOString(),
    flaps: row.flaps,
    resolved_at: row.resolved_at?.toISOString() ?? null,
    resolved_by: row.resolved_by,
    resolved_saga_id: row.resolved_saga_id,
    resource: {
      name: row.resource_name,
      kind: row.resource_kind,
      external_id: row.resource_external_id,
    },
  }
}

export type DriftView = ReturnType<typeof driftView>
