/** What kept the embedded PostgreSQL from running, by class, for the edge that puts it into words. */
export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'package_missing'
  | 'runtime_unusable'
  | 'no_server_user'
  | 'data_unreachable'
  | 'data_lost'
  | 'data_unrecognised'
  | 'other_major_version'
  | 'initdb_failed'
  | 'start_failed'
  | 'start_timed_out'
  | 'stop_failed'

/** A failure of the embedded PostgreSQL. The message says what happened and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The `code` of a system or PostgreSQL error (`ENOENT`, `57P03`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
