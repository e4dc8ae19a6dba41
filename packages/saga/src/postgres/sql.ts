/** What every query is given: the connection and, in tests, the time. */
export interface Session {
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    /** Of a statement to be prepared, and its plan kept, on the connection. */
    name?: string,
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>
  /** Overrides the database's clock; epoch milliseconds. */
  readonly now: (() => number) | undefined
}

/** The time a statement goes by, as its parameter: null stands for the database's own clock. */
export function nowParameter(session: Session): string | null {
  return session.now === undefined ? null : new Date(session.now()).toISOString()
}

/** SQL for the time a statement goes by; `$n` is where {@link nowParameter} is passed. */
export function nowSql(parameter: `$${number}`): string {
  return `coalesce(${parameter}::timestamptz, clock_timestamp())`
}

/** SQL: a time as whole epoch milliseconds. */
export function epochMs(time: string): string {
  return `round(extract(epoch from ${time}) * 1000)`
}

export function timestamp(ms: number): string
export function timestamp(ms: number | null): string | null
export function timestamp(ms: number | null): string | null {
  if (ms === null) return null
  // What is written together happened at the same moment as a rule.
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() }
  return last.text
}

let last = { ms: 0, text: new Date(0).toISOString() }

export function json(value: unknown): string {
  return JSON.stringify(value)
}
