import { EmbeddedPostgresError, errorCode } from './errors.ts'

/**
 * All that the server's processes get to know of our environment. Not the rest: it holds tokens,
 * which the server would keep for its life, and `PG…` variables that would change what it does.
 * The C locale keeps its messages in English, which is how a taken lock file is recognised.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/** Words for a program of the runtime that did not even start. */
export function explainSpawnError(error: Error, program: string): EmbeddedPostgresError {
  // The file is there (we looked); then ENOENT speaks of the loader it asks for, which musl lacks.
  const why =
    errorCode(error) === 'ENOENT'
      ? 'the system lacks the C library it was built for (glibc; Alpine Linux has musl)'
      : error.message
  return new EmbeddedPostgresError(
    'runtime_unusable',
    `Cannot run ${program}: ${why}. Set DATABASE_URL to a PostgreSQL 15 or newer instead.`,
    { cause: error },
  )
}
