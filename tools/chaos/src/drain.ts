import type { Pool } from 'pg'
import { z } from 'zod'

const counts = z.tuple([z.object({ open: z.int(), strays: z.int() })])

/**
 * Waits until every run has ended or is parked and every stray effect was taken up, and that has
 * stayed so for a moment. False: it has not come to that in time, which the checks will find.
 */
export async function drained(
  pool: Pool,
  {
    seconds,
    quietMs = longestWordMs,
    signal,
  }: { readonly seconds: number; readonly quietMs?: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const until = performance.now() + seconds * 1_000
  let quietSince: number | undefined
  while (performance.now() < until) {
    signal.throwIfAborted()
    const { rows } = await pool.query(
      `select (select count(*)::int from saga.saga_runs
         where ended_at is null and status <> 'parked' or worker_id is not null) as open,
       (select count(*)::int from saga.saga_signals
         where type = 'stray_effect' and read_at is null) as strays`,
    )
    const [{ open, strays }] = counts.parse(rows)
    if (open + strays > 0) quietSince = undefined
    else quietSince ??= performance.now()
    if (quietSince !== undefined && performance.now() - quietSince > quietMs) return true
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return false
}

/** Longer than a call that was aborted may take to end, and to leave word of what it did. */
const longestWordMs = 6_000
