import type { Pool } from 'pg'
import { countOpen } from './checks/index.ts'

/**
 * Waits until every run has ended, is parked, or waits for one that is, and every stray effect was taken up, and that has
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
    const open = await countIfThere(pool)
    if (open !== 0) quietSince = undefined
    else quietSince ??= performance.now()
    if (quietSince !== undefined && performance.now() - quietSince > quietMs) return true
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  return false
}

/** Undefined: the database is not there yet, for what was killed last takes its time to recover. */
async function countIfThere(pool: Pool): Promise<number | undefined> {
  try {
    return await countOpen(pool)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === '57P03' || code === '57P01' || code === '57P02') return undefined
    throw error
  }
}

/** Longer than a call that was aborted may take to end, and to leave word of what it did. */
const longestWordMs = 6_000
