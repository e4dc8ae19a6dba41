import type { Log } from '../core/log.ts'

/** Which statements may be prepared by name; none any more once one was not where it had been left. */
export interface PreparedNames {
  /** The name to prepare a statement by. */
  of(name: string | undefined): string | undefined
  /**
   * Whether an error says that a prepared statement was lost (SQLSTATE 26000), or is another's
   * (42P05). Then the statement was not carried out, and can be asked again without a name.
   */
  areLost(error: unknown): boolean
}

/** Says so in the log, once: what loses them is a pooler between, that nobody has told us of. */
export function preparedNames({
  prepare,
  log,
}: {
  readonly prepare: boolean
  readonly log: Log
}): PreparedNames {
  let lost = false
  return {
    of: (name) => (lost || !prepare ? undefined : name),
    areLost(error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== '26000' && code !== '42P05') return false
      if (!lost) {
        log.warn(
          { code },
          'a prepared statement was lost on its connection: no more are prepared; if the pool goes through a pooler in transaction mode, give postgresStore prepare: false',
        )
      }
      lost = true
      return true
    },
  }
}
