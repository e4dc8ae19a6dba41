import { MigrationError } from '@arcadia-cloud/saga/postgres'
import { EmbeddedPostgresError } from '../database/embedded/index.ts'
import { SettingsError } from '../settings/index.ts'

/** What kept the program from starting. The message is one line: what happened, and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What to tell of an error at the start: a line, and the exit code. Others are defects. */
export interface Explained {
  readonly message: string
  /** 2 for a wrong setting, 1 for everything else. */
  readonly exitCode: 1 | 2
}

/** An error at the start in words; undefined when it is none that we foresaw. */
export function explainStart(error: unknown): Explained | undefined {
  if (error instanceof SettingsError) return { message: error.message, exitCode: 2 }
  if (error instanceof StartError) return { message: error.message, exitCode: 1 }
  if (error instanceof EmbeddedPostgresError) return { message: error.message, exitCode: 1 }
  if (error instanceof MigrationError) {
    return { message: `The database does not fit this program: ${error.message}.`, exitCode: 1 }
  }
  return undefined
}

/** The `code` of a system or driver error, e.g. `EADDRINUSE`; undefined when it has none. */
export function codeIn(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
