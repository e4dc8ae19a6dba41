import { sql } from 'kysely'
import type { Db, SyncRow } from '../database/index.ts'
import { kinds } from '../kinds/index.ts'
import type { Recorded } from './recording.ts'

/** The row of one sync of one kind. */
export interface SyncKey {
  readonly accountId: string
  readonly kind: string
  readonly sagaId: string | null
  readonly startedAt: Date
}

/**
 * Opens the row of a sync. A saga has one a kind: a step that begins again, after an error or a
 * crash, begins the listing again, but what it had found stays counted.
 */
export async function openSync(db: Db, key: SyncKey): Promise<string> {
  const { accountId, kind, sagaId, startedAt } = key
  const { rows } = await sql<{ readonly id: string }>`
    with again as (
      update arcadia.cloud_syncs
      set status = 'running', started_at = ${startedAt}, finished_at = null, seen = 0, absent = 0,
        error = null
      where saga_id = ${sagaId}::uuid and account_id = ${accountId} and kind = ${kind}
      returning id
    ), fresh as (
      insert into arcadia.cloud_syncs (account_id, kind, saga_id, status, started_at)
      select ${accountId}::uuid, ${kind}, ${sagaId}::uuid, 'running', ${startedAt}
      where not exists (select from again)
      returning id
    )
    select id from again union all select id from fresh`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error(`no row was made for a sync of ${kind}`)
  return id
}

type Counts = Pick<Recorded, 'seen' | 'created' | 'changed'>

/** Adds to a sync's counts; shown while it runs. */
export async function countSync(
  db: Db,
  id: string,
  { seen = 0, created = 0, changed = 0, deleted = 0 }: Partial<Counts & { deleted: number }>,
): Promise<void> {
  await sql`
    update arcadia.cloud_syncs
    set seen = seen + ${seen}::int, created = created + ${created}::int,
      changed = changed + ${changed}::int, deleted = deleted + ${deleted}::int
    where id = ${id}`.execute(db)
}

/** The longest error kept. */
const errorLength = 2_000

/** Closes the row of a sync. */
export async function closeSync(
  db: Db,
  id: string,
  end: {
    readonly status: 'complete' | 'failed' | 'withheld'
    readonly finishedAt: Date
    readonly absent?: number
    readonly error: string | null
  },
): Promise<SyncRow> {
  return db
    .updateTable('cloud_syncs')
    .set({
      status: end.status,
      finished_at: end.finishedAt,
      error: end.error?.replaceAll('\u0000', '').toWellFormed().slice(0, errorLength) ?? null,
      ...(end.absent === undefined ? {} : { absent: end.absent }),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The last sync of each kind of an account; a kind that never was synced is not among them. */
export async function latestSyncs(db: Db, accountId: string): Promise<SyncRow[]> {
  const names = kinds.map(({ name }) => name)
  const { rows } = await sql<SyncRow>`
    select latest.*
    from unnest(${names}::text[]) with ordinality as k(name, place)
    cross join lateral (
      select * from arcadia.cloud_syncs s
      where s.account_id = ${accountId} and s.kind = k.name
      order by s.id desc limit 1
    ) latest
    order by k.place`.execute(db)
  return rows
}

/** The syncs that a saga made, a row a kind. */
export function syncsOfSaga(db: Db, sagaId: string): Promise<SyncRow[]> {
  return db
    .selectFrom('cloud_syncs')
    .selectAll()
    .where('saga_id', '=', sagaId)
    .orderBy('id')
    .limit(kinds.length * 10)
    .execute()
}
