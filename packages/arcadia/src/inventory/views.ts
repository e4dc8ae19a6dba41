import type { ResourceEventRow, ResourceRow, SyncRow } from '../database/index.ts'

const time = (at: Date | null): string | null => at?.toISOString() ?? null

/** A resource as the HTTP API gives it. */
export function resourceView(row: ResourceRow) {
  return {
    id: row.id,
    account_id: row.account_id,
    kind: row.kind,
    external_id: row.external_id,
    urn: row.urn,
    name: row.name,
    region: row.region,
    size_slug: row.size_slug,
    status: row.status,
    tags: row.tags,
    attrs: row.attrs,
    canonical: row.canonical,
    unobservable: row.unobservable,
    first_seen_at: row.first_seen_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    observed_at: row.observed_at.toISOString(),
    deleted_at: time(row.deleted_at),
  }
}

/** An event of a resource as the HTTP API gives it. */
export function resourceEventView(row: ResourceEventRow) {
  return {
    id: row.id,
    resource_id: row.resource_id,
    type: row.type,
    detail: row.detail,
    saga_id: row.saga_id,
    sync_id: row.sync_id,
    actor: row.actor,
    at: row.at.toISOString(),
  }
}

/** A sync as the HTTP API gives it. */
export function syncView(row: SyncRow) {
  return {
    id: row.id,
    account_id: row.account_id,
    kind: row.kind,
    saga_id: row.saga_id,
    status: row.status,
    started_at: row.started_at.toISOString(),
    finished_at: time(row.finished_at),
    seen: row.seen,
    created: row.created,
    changed: row.changed,
    deleted: row.deleted,
    absent: row.absent,
    error: row.error,
  }
}
