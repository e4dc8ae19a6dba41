import { sep } from 'node:path'
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

const denied = 'it may not be written to by this user'
const noFolder = 'it, or what it would be in, is no folder'
/** Wherever in the folder they are met. */
const unwritable: { readonly [code: string]: string } = {
  EACCES: denied,
  EPERM: denied,
  EROFS: 'it is on a file system that is read-only',
  ENOSPC: 'there is no space left for it',
}
/** Only when it is made: met inside, they are defects. */
const unmakeable: { readonly [code: string]: string } = {
  ENOTDIR: noFolder,
  EEXIST: noFolder,
  ENOENT: 'it cannot be made there',
}

/** A system's refusal to make or write the data folder, by the setting that names it. */
export function unusableFolder(error: unknown, dataDir: string): SettingsError | undefined {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') {
    return undefined
  }
  const { path } = error
  const code = codeIn(error) ?? ''
  const isAbove = isWithin(dataDir, path)
  const reason = unwritable[code] ?? (isAbove ? unmakeable[code] : undefined)
  if (reason === undefined || !(isAbove || isWithin(path, dataDir))) return undefined
  return new SettingsError(
    'DATA_DIR',
    `DATA_DIR ${dataDir} cannot be used: ${reason} (${code}, ${path}). Choose another folder, or open this one to the user that runs ArcadiaCloud.`,
    { cause: error },
  )
}

/** Whether a path is another one, or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
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
