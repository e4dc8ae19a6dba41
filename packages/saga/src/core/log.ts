/** Where the engine and its steps say what happens; a pino logger fits. */
export interface Log {
  /** What only the engine's own developers look for. */
  debug(fields: object, message: string): void
  /** What happened as it should. */
  info(fields: object, message: string): void
  /** What did not, and is dealt with: a database that does not answer, a lost lease. */
  warn(fields: object, message: string): void
  /** What somebody has to look at. */
  error(fields: object, message: string): void
}

/** Says nothing: what an engine has that is given no log. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
