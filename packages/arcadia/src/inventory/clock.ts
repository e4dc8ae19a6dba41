import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../database/index.ts'

/** This machine's time, injected so that tests decide it. */
export interface LocalClock {
  /** Epoch milliseconds. */
  now(): number
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: LocalClock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
}

/** Times of this machine by the database's clock, which all machines share. */
export interface DatabaseClock {
  now(): Date
  /** A moment that this machine's clock gave. */
  of(local: Date): Date
}

/**
 * Measures how far this machine's clock is from the database's. It errs on the early side, by the
 * length of one query at most: an observation never looks fresher than it is.
 */
export async function databaseClock(db: Db, local: LocalClock): Promise<DatabaseClock> {
  const { rows } = await sql<{ readonly at: Date }>`select clock_timestamp() as at`.execute(db)
  const after = local.now()
  const offset = (rows[0]?.at.getTime() ?? after) - after
  return {
    now: () => new Date(local.now() + offset),
    of: (moment) => new Date(moment.getTime() + offset),
  }
}
