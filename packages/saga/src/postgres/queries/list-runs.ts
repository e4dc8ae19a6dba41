import type { Run } from '../../core/run.ts'
import type { ListOptions, Page } from '../../engine/api.ts'
import { type RunRow, runColumns, toRun } from '../rows.ts'
import type { Session } from '../sql.ts'

/**
 * Runs, newest first. Ids are time-ordered, so the id is the cursor, and each of the four
 * combinations of filters has an index that ends in it. The page's ids are looked up alone, for which
 * that index is enough: else a filter that many runs pass is answered by walking over the newest
 * runs, past all that wait.
 */
export async function listRuns(
  session: Session,
  { status, kind, rootId, cursor, limit }: ListOptions & { limit: number },
): Promise<Page<Run>> {
  const values: unknown[] = [limit + 1]
  const conditions = ['true']
  for (const [condition, value] of [
    ['r.status = ', status],
    ['r.kind = ', kind],
    ['r.parent_id is not null and r.root_id = ', rootId],
    ['r.id < ', cursor],
  ] as const) {
    if (value === undefined) continue
    values.push(value)
    conditions.push(`${condition}$${values.length}`)
  }
  const { rows } = await session.query<RunRow>(
    `select ${runColumns('run')} from (
       select r.id from saga.saga_runs r
       where ${conditions.join(' and ')} order by r.id desc limit $1
     ) page join saga.saga_runs run on run.id = page.id order by run.id desc`,
    values,
  )
  const data = rows.slice(0, limit).map(toRun)
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null }
}
