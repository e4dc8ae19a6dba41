/** The two levels the embedded PostgreSQL speaks at; a pino logger is one of these. */
export interface EmbeddedPostgresLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
