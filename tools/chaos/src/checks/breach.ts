/** Something that must never be. */
export interface Breach {
  /** Which check has found it. */
  readonly check: string
  /** What is wrong, for people. */
  readonly what: string
  /** The run that it is about, where there is one. */
  readonly runId?: string
}
