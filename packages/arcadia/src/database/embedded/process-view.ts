import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { errorCode } from './errors.ts'

/** A living process, as far as this user may see it. */
export type ProcessView = Readonly<{
  pid: number
  /** Short name of the program, e.g. `postgres`. */
  program: string
  command: readonly string[]
  /** Working directory; undefined where the platform or the process's owner hides it. */
  folder: string | undefined
}>

/**
 * The process with this id, or undefined when there is none.
 * A zombie (dead, but not reaped by its parent) counts as none: `kill(pid, 0)` alone would take it
 * for a living server, as happens in containers whose first process reaps nobody.
 */
export async function findProcess(pid: number): Promise<ProcessView | undefined> {
  return process.platform === 'linux' ? findInProc(pid) : findByPs(pid)
}

async function findInProc(pid: number): Promise<ProcessView | undefined> {
  try {
    const stat = parseProcStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
    if (stat === undefined || isDead(stat.state)) return undefined
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
    return { pid, program: stat.program, command: commandLine.split('\0').filter(Boolean), folder }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/** Program and state of `/proc/<pid>/stat`; the program stands in brackets and may hold any character. */
export function parseProcStat(stat: string): { program: string; state: string } | undefined {
  const open = stat.indexOf('(')
  const close = stat.lastIndexOf(')')
  const state = stat.slice(close + 2, close + 3)
  if (open < 0 || close < open || state === '') return undefined
  return { program: stat.slice(open + 1, close), state }
}

async function findByPs(pid: number): Promise<ProcessView | undefined> {
  try {
    const fields = ['-o', 'stat=', '-o', 'ucomm=', '-o', 'command=']
    const { stdout } = await promisify(execFile)('ps', ['-ww', ...fields, '-p', String(pid)])
    return parsePsLine(pid, stdout)
  } catch (error) {
    // ps answers 1 when no process has the id; a missing ps must not pass for a missing process.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined
    throw error
  }
}

/** One line of `ps -o stat=,ucomm=,command=`. Words of the command are split at blanks. */
export function parsePsLine(pid: number, line: string): ProcessView | undefined {
  const [state, program, ...command] = line.trim().split(/\s+/)
  if (state === undefined || program === undefined || isDead(state)) return undefined
  return { pid, program, command, folder: undefined }
}

function isDead(state: string): boolean {
  return state.startsWith('Z') || state.startsWith('X')
}
