import type { Pool } from 'pg'
import { z } from 'zod'

/** What has to be known of a run that has not ended to say whether it can go on. */
const openRun = z.object({
  id: z.string(),
  status: z.string(),
  waitsFor: z.string().nullable(),
  parentId: z.string().nullable(),
})
type OpenRun = z.infer<typeof openRun>

const place = z.object({ key: z.string(), runId: z.string() })
/** A place in the queue of a lock; the first of each key comes first. */
type Place = z.infer<typeof place>

/**
 * Of the runs that have not ended, those that stand still for good until an operator comes: parked
 * ones, and whoever waits for one: the parent of it, and those behind it at a lock.
 */
export function standingStill(
  runs: readonly OpenRun[],
  queue: readonly Place[],
): ReadonlySet<string> {
  const still = new Set(runs.filter(({ status }) => status === 'parked').map(({ id }) => id))
  const waiting = runs.filter(({ status }) => status === 'waiting')
  const childrenOf = Map.groupBy(runs, ({ parentId }) => parentId)
  const ahead = aheadOf(queue)
  for (let before = -1; before !== still.size; ) {
    before = still.size
    for (const { id, waitsFor } of waiting) {
      const awaited = waitsFor === 'child' ? (childrenOf.get(id) ?? []).map((run) => run.id) : []
      const first = waitsFor === 'lock' ? (ahead.get(id) ?? []) : []
      if ([...awaited, ...first].some((other) => still.has(other))) still.add(id)
    }
  }
  return still
}

/** For each run those that come before it in any of its queues. */
function aheadOf(queue: readonly Place[]): ReadonlyMap<string, readonly string[]> {
  const ahead = new Map<string, string[]>()
  for (const places of Map.groupBy(queue, ({ key }) => key).values()) {
    for (const [n, { runId }] of places.entries()) {
      const before = places.slice(0, n).map((other) => other.runId)
      ahead.set(runId, [...(ahead.get(runId) ?? []), ...before])
    }
  }
  return ahead
}

/** How many runs are still under way, or are yet to be told of a stray effect. */
export async function countOpen(pool: Pool): Promise<number> {
  const runs = z.array(openRun).parse((await pool.query(openSql)).rows)
  const queue = z.array(place).parse((await pool.query(queueSql)).rows)
  const [{ strays, held }] = counts.parse((await pool.query(countSql)).rows)
  return runs.length - standingStill(runs, queue).size + strays + held
}

const counts = z.tuple([z.object({ strays: z.int(), held: z.int() })])
const openSql = `select id, status, waits_for as "waitsFor", parent_id as "parentId"
  from saga.saga_runs where ended_at is null`
const queueSql = `select key, run_id as "runId" from saga.saga_locks
  where released_at is null order by key, acquired_at is null, place`
const countSql = `select
  (select count(*)::int from saga.saga_signals
   where type = 'stray_effect' and read_at is null) as strays,
  (select count(*)::int from saga.saga_runs where worker_id is not null) as held`
