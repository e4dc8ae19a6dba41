import { sql } from 'kysely'
import type { Db } from '../database/index.ts'

/** What a row of drift is about, as one text. */
export function pairOf(
  { resource_id: id }: { readonly resource_id: string },
  type: string,
  field: string,
): string {
  return `${id} ${type} ${field}`
}

/** The pairs of these resources that have an open row. */
export async function knownPairs(
  db: Db,
  resourceIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (resourceIds.length === 0) return new Set()
  const { rows } = await sql<{
    readonly resource_id: string
    readonly type: string
    readonly field: string
  }>`
    select resource_id, type, field from arcadia.cloud_drift
    where resource_id = any(${resourceIds}::uuid[])
      and status in ('open', 'review', 'reverting')`.execute(db)
  return new Set(rows.map((row) => pairOf(row, row.type, row.field)))
}
