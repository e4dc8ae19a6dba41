import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Whether a skip is a failure: `.ci/run` installs all that the proofs need, and says so. */
export const requireAll: boolean = process.env['REQUIRE_ALL'] === '1'

/**
 * The folder of the programs of an installed PostgreSQL: `POSTGRES_<major>_BIN`, or where packages
 * of Debian, Red Hat and Homebrew put it; undefined where it is not installed.
 */
export function findPostgresPrograms(major: number): string | undefined {
  const named = process.env[`POSTGRES_${major}_BIN`]
  const known = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    `/usr/local/opt/postgresql@${major}/bin`,
  ]
  return (named === undefined ? known : [named]).find((folder) =>
    ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))),
  )
}

/** What to do where PostgreSQL 15 is missing. */
export const no15 =
  'PostgreSQL 15 is not installed: install postgresql-15, or name the folder of its programs in POSTGRES_15_BIN'

/** The path of a program of the system, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
