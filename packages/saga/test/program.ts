import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The folder of this package. */
export const packageFolder = fileURLToPath(new URL('..', import.meta.url))

/** How a program ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end. Of the environment of the tests it gets what finds programs and the
 * user's own files, and nothing else.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd = packageFolder, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  const program = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // One that hangs fails its test with what it has said so far, and does not outlive it.
    timeout: 90_000,
    killSignal: 'SIGKILL',
  })
  const [stdout, stderr] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close'),
  ])
  return { code: program.exitCode, signal: program.signalCode, stdout, stderr }
}

/** Runs a TypeScript program of this package, which finds the packages' sources. */
export function runScript(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Ended> {
  const conditions = '--conditions=@arcadia-cloud/source'
  return runProgram(process.execPath, [conditions, file, ...args], { env })
}
