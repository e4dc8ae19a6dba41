import { run } from './program.ts'
import { processTerminal } from './terminal.ts'

/**
 * Runs the command line.
 * @param argv without the program and the script
 * @returns the exit code: see `exit-codes.ts`
 */
export async function main(argv: string[]): Promise<number> {
  return run(argv, processTerminal())
}
