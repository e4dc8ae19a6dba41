import { sql } from 'kysely'
import type { Db } from '../database/index.ts'

/** Whether the program noted in the audit log that something was done, for good. */
export async function isMarked(db: Db, action: string, target: string): Promise<boolean> {
  const row = await db
    .selectFrom('audit_log')
    .select('id')
    .where('target', '=', target)
    .where('action', '=', action)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that something was done; one line, however often. */
export async function mark(db: Db, action: string, target: string): Promise<void> {
  await sql`
    insert into arcadia.audit_log (actor, action, target)
    select 'arcadia', ${action}, ${target}
    where not exists (
      select from arcadia.audit_log where target = ${target} and action = ${action}
    )`.execute(db)
}
